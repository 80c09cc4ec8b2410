import { describe, expect } from '@jest/globals';
import { approve, browserTest, cardOf, expectText, inBrowser, pressAgain, world } from './page-world.ts';

describe(inBrowser('editing a call on the page'), () => {
  const rules = [
    { rule_id: 'held', action: 'REQUIRE_APPROVAL' as const },
    { rule_id: 'root', condition: { body_contains_any: ['/etc'] }, action: 'DENY' as const, reason: 'Not that one.' },
  ];

  browserTest('sends the edited arguments, and shows next to them what is wrong with them', async () => {
    const { ask, visit, gateway, trouble } = await world({ policies: { name: 'own', rules } });
    const id = await ask({ takesEdits: true, body: { path: '/srv/reports', note: 'a\u202eb' } });
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await card.getByRole('button', { name: 'Edit' }).click();
    const text = card.getByLabel('Arguments to run instead');
    expect(await text.inputValue()).toBe('{\n  "path": "/srv/reports",\n  "note": "a\\u202eb"\n}');
    for (const [written, problem] of [
      ['{"n":1},"note":"x"', 'Not sent: this is not JSON.'],
      ['{"path":1,"path":2}', 'Not decided: arguments.path: Duplicate key.'],
      ['{"path":"/etc"}', 'rule "root" of policy "own" denies the edited call (BODY_MATCH): Not that one.'],
    ] as const) {
      await text.fill(written);
      await approve(card);
      await expectText(card.getByRole('alert'), problem);
    }
    expect(await gateway.approvalStatus(id)).toEqual({ status: 'pending' });
    await text.fill('{"path":"/srv/old"}');
    await approve(card);
    await expectText(card, 'You approved this. Edited by an approver: path, note.');
    expect(await gateway.approvalStatus(id)).toMatchObject({ decidedBy: 'ann', editedArguments: { path: '/srv/old' } });
    expect(trouble.filter((line) => !/\b4(?:00|22)\b/.test(line))).toEqual([]);
  });

  browserTest('shows an edit to the other approvers, who approve the edited call', async () => {
    const two = [{ action: 'REQUIRE_APPROVAL' as const, x_approvers: { count: 2 } }];
    const { ask, visit, gateway, trouble } = await world({ policies: { name: 'two', rules: two } });
    const id = await ask({ takesEdits: true });
    const [ann, bob] = await Promise.all([visit(), visit({ as: 'bob' })]);
    const [own, other] = [cardOf(ann, 'delete_file'), cardOf(bob, 'delete_file')];
    await expectText(other.locator('.values'), '/srv/reports');
    await own.getByRole('button', { name: 'Edit' }).click();
    await own.getByLabel('Arguments to run instead').fill('{"path":"/srv/old"}');
    await approve(own);
    await expectText(other, 'Edited by an approver: path.');
    await expectText(other.locator('.values'), '/srv/old');
    await approve(other);
    await expectText(other, 'You and ann approved this. Edited by an approver: path.');
    expect(await gateway.approvalStatus(id)).toMatchObject({
      status: 'approved',
      editedArguments: { path: '/srv/old' },
    });
    expect(trouble).toEqual([]);
  });

  browserTest('is not offered if the agent’s client would run the call as it was', async () => {
    const { ask, visit } = await world();
    await ask({});
    const card = cardOf(await visit(), 'delete_file');
    await expectText(card.locator('.values'), '/srv/reports');
    expect(await card.getByRole('button', { name: 'Edit' }).isVisible()).toBe(false);
  });
});

describe(inBrowser('grants on the page'), () => {
  browserTest('are given with an approval as far as the rule allows, listed and revoked', async () => {
    const x_grant = { for: ['conversation', 'similar'], max_minutes: 90 } as const;
    const rules = [{ action: 'REQUIRE_APPROVAL', x_grant } as const];
    const { ask, visit, gateway, trouble } = await world({ policies: { name: 'granting', rules } });
    const call = { principal: { id: 'ada' }, threadId: 't', body: { to: 'Bob', amount: 5 } };
    await ask(call);
    const [page, other] = [await visit(), await visit({ as: 'bob' })];
    const card = cardOf(page, 'delete_file');
    await card.getByLabel('Allow').selectOption('similar calls of this tool');
    await card.getByRole('checkbox', { name: 'amount' }).uncheck();
    await card.getByLabel('For how long').selectOption('1 h');
    await approve(card);
    await expectText(card, 'You approved this.');
    for (const shown of [page, other])
      await expectText(
        shown.locator('#grant-list li'),
        /In effect.*delete_file: similar calls, in which amount may differ until.*on behalf of ada.*{"to":"Bob"}.*by ann/s,
      );
    const [grant] = await gateway.grants();
    expect(grant).toMatchObject({ grant: { for: 'similar', free: ['amount'] }, decidedBy: 'ann' });
    expect(Math.round(((grant?.expiresAt ?? 0) - (grant?.createdAt ?? 0)) / 60_000)).toBe(60);
    expect(await ask({ ...call, body: { to: 'Bob', amount: 6 } })).toBe('');
    await other.locator('#grant-list').getByRole('button', { name: 'Revoke' }).click();
    await expectText(page.locator('#grant-list li'), /Revoked.*revoked by bob/s);
    expect(await ask({ ...call, body: { to: 'Bob', amount: 7 } })).not.toBe('');
    expect(trouble).toEqual([]);
  });

  browserTest('are not offered if the rule allows none', async () => {
    const { ask, visit, trouble } = await world();
    await ask({});
    const page = await visit();
    await expectText(cardOf(page, 'delete_file').locator('.values'), '/srv/reports');
    expect(await cardOf(page, 'delete_file').getByLabel('Allow').isVisible()).toBe(false);
    expect(await page.locator('#grants-section').isVisible()).toBe(false);
    expect(trouble).toEqual([]);
  });
});

describe(inBrowser('freezing on the page'), () => {
  browserTest('asks for a confirmation, shows who froze the gateway and why, and can end it', async () => {
    const { visit, gateway, trouble } = await world();
    const [page, other] = [await visit(), await visit({ as: 'bob' })];
    await page.getByRole('button', { name: 'Freeze', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await gateway.frozen()).toBeUndefined();
    await page.getByRole('button', { name: 'Freeze', exact: true }).click();
    await page.getByLabel('Reason').fill('<b>incident</b> 12');
    await page.getByLabel('Reason').press('Enter');
    expect(await gateway.frozen()).toBeUndefined();
    await page.getByLabel('Also make pending and unused approvals expire').check();
    await page.getByRole('button', { name: 'Freeze the gateway' }).click();
    for (const shown of [page, other]) {
      await expectText(shown.locator('#frozen'), /ann froze the gateway.*<b>incident<\/b> 12.*Approvals were voided/s);
    }
    expect(await gateway.frozen()).toMatchObject({ by: 'ann', reason: '<b>incident</b> 12', pending: 'void' });
    await other.getByRole('button', { name: 'End the freeze' }).dblclick();
    const again = other.getByRole('button', { name: 'Press again to end the freeze' });
    await again.waitFor();
    expect(await gateway.frozen()).toBeDefined();
    // The browser counts a press that follows too soon as a part of the double click.
    await pressAgain(again);
    await page.getByRole('button', { name: 'Freeze', exact: true }).waitFor();
    expect(await gateway.frozen()).toBeUndefined();
    expect(trouble).toEqual([]);
  });
});

describe(inBrowser('explaining a call on the page'), () => {
  const two = {
    rule_id: 'two',
    action: 'REQUIRE_APPROVAL' as const,
    x_approvers: { count: 2, roles: ['finance'] },
    x_grant: { for: ['similar' as const], max_minutes: 60 },
  };

  browserTest('shows the rules that apply, the approvers and what was found, and holds no call', async () => {
    const { visit, gateway, trouble } = await world({ policies: { name: 'own\u202e', rules: [two] } });
    const page = await visit();
    const call = page.getByLabel('The rules judge a call that you paste');
    await call.fill('{"function":"pay","arguments":{"to":"ann@example.com"}}');
    await page.getByRole('button', { name: 'Explain' }).click();
    const answer = page.locator('#explain-answer');
    await expectText(answer, 'REQUIRE_APPROVAL by two of ownU+202E');
    await expectText(answer, '2 with the role finance');
    await expectText(answer, 'similar, for at most 60 min');
    expect(await gateway.approvals()).toEqual([]);
    expect(trouble).toEqual([]);

    await call.fill('{"function":"pay"}');
    await page.getByRole('button', { name: 'Explain' }).click();
    await expectText(page.locator('#explain-problem'), 'The call is missing "arguments"');
    expect(await answer.textContent()).toBe('');
  });
});
