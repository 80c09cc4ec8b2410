import { describe, expect } from '@jest/globals';
import { browserTest, expectText, inBrowser, setUpBrowser, world } from './page-world.ts';

setUpBrowser();
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
    while (await again.isVisible()) await again.click();
    await page.getByRole('button', { name: 'Freeze', exact: true }).waitFor();
    expect(await gateway.frozen()).toBeUndefined();
    expect(trouble).toEqual([]);
  });
});
