import { describe, expect } from '@jest/globals';
import { approve, browserTest, cardOf, expectText, inBrowser, setUpBrowser, world } from './page-world.ts';

setUpBrowser();
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
