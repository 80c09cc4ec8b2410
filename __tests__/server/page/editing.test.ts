import { describe, expect } from '@jest/globals';
import { approve, browserTest, cardOf, expectText, inBrowser, setUpBrowser, world } from './page-world.ts';

setUpBrowser();
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
