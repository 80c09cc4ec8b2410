import { describe, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserTest, cardOf, expectText, inBrowser, signIn, TOKENS, world } from './page-world.ts';

const SCRIPT = `alert('ran'); document.title = 'ran'`;
const HOSTILE = {
  '<img src=x onerror="alert(1)">': `</code></script><script>${SCRIPT}</script>`,
  image: `<img src=x onerror="${SCRIPT}"><svg onload="${SCRIPT}">`,
  link: `javascript:${SCRIPT}`,
  template: '{{constructor.constructor("alert(1)")()}} ${alert(1)}',
  turned: 'invoice\u202Efdp.exe',
  hidden: 'pay\u200B\u{E0041}\u{E0042}pal',
  __defineGetter__: 'toString',
};

describe(inBrowser('the page shows'), () => {
  browserTest('hostile calls as text', async () => {
    const { ask, visit, trouble } = await world();
    await ask({
      functionName: 'delete_"><img src=x onerror=alert(1)>',
      url: 'https://evil.example/"><script>alert(1)</script>',
      agentName: '<script>alert(1)</script>',
      body: HOSTILE,
    });
    const page = await visit();
    const card = cardOf(page, 'onerror');
    await expectText(card, `</code></script><script>${SCRIPT}</script>`);
    await expectText(card, 'invoiceU+202Efdp.exe');
    await expectText(card, 'payU+200B U+E0041 U+E0042pal');
    await card.getByRole('button', { name: 'Reveal' }).click();
    await expectText(card.locator('pre'), `javascript:${SCRIPT}`);
    await card.getByLabel('Note for the record').fill(`<script>${SCRIPT}</script>`);
    await card.getByRole('button', { name: 'Deny' }).click();
    await expectText(card, 'You denied this.');
    await page.getByLabel('Search').fill('<script>');
    await expectText(page.locator('#decision-list'), 'onerror');
    expect(
      await page.locator('main :is(img, script, a:not([href^="#"]), iframe, [onerror], [onload], [style])').count(),
    ).toBe(0);
    expect(trouble).toEqual([]);
  });

  browserTest('the reason of the rule, as text', async () => {
    const reason = '<b>Files</b> stay.\u202e';
    const policies = { name: 'p', rules: [{ action: 'REQUIRE_APPROVAL', reason } as const] };
    const { ask, visit, trouble } = await world({ policies });
    await ask({});
    await expectText(cardOf(await visit(), 'delete_file'), /Reason\s*<b>Files<\/b> stay\.U\+202E/);
    expect(trouble).toEqual([]);
  });

  browserTest('invisible characters in names and addresses, line breaks included', async () => {
    const { ask, visit, trouble } = await world();
    await ask({
      functionName: 'delete\u00a0it',
      url: 'https://api.acme.com/a\tb\n',
      agentName: 'Office\u2800helper\nfrom IT',
      body: { text: 'a\tb\r\nc\u3164d\u{E0100}e' },
    });
    const page = await visit();
    const card = cardOf(page, 'it');
    await expectText(card, 'deleteU+00A0it');
    await expectText(card, 'claims to be OfficeU+2800helperU+000Afrom IT');
    await expectText(card, 'cU+3164dU+E0100e');
    expect(await card.locator('.values .mark').count()).toBe(2);
    await card.getByRole('button', { name: 'Reveal' }).click();
    await expectText(card.locator('.address'), 'https://api.acme.com/aU+0009bU+000A');
    expect(trouble).toEqual([]);
  });

  browserTest('the requesting key, whatever name the agent claims', async () => {
    const { ask, visit, gateway, trouble } = await world();
    await ask({}, { key: 'a1b2c3d4e5f60718' });
    const page = await visit();
    await expectText(cardOf(page, 'delete_file'), 'key a1b2c3d4e5f60718, claims to be Office helper');
    await expectText(page.locator('#decision-list li'), 'key a1b2c3d4e5f60718, claims to be Office helper');
    for (const { approvalId } of await gateway.approvals()) await gateway.deny(approvalId);
    await expectText(page.locator('#decided-list li'), 'key a1b2c3d4e5f60718, claims to be Office helper');
    expect(trouble).toEqual([]);
  });

  browserTest('exactly the redacted fields as hidden, also beside a name with a dot', async () => {
    const { ask, visit, trouble } = await world();
    const card = ['4111', '1111', '1111', '1111'].join('');
    await ask({ body: { 'a.b': 'plain', a: { b: card }, [`x${card}`]: 'said', 'l[0]': 'plain', l: [card] } });
    const page = await visit();
    const shown = cardOf(page, 'delete_file');
    await shown.locator('.tag', { hasText: 'hidden' }).first().waitFor();
    expect(await shown.locator('.redacted').allInnerTexts()).toEqual([
      '[REDACTED:CARD] hidden',
      '[REDACTED:CARD] hidden',
    ]);
    expect(trouble).toEqual([]);
  });

  browserTest('sensitive arguments only after Reveal, then exactly', async () => {
    const { ask, visit, trouble } = await world();
    const card = ['4111', '1111', '1111', '1111'].join('');
    const body = { to: 'bob@example.com', text: `Charge ${card} for it`, list: [1, { deep: [true, null] }], empty: {} };
    await ask({ functionName: 'send_note', body });
    const page = await visit();
    const shown = cardOf(page, 'send_note');
    await expectText(shown, /sensitive values? (is|are) hidden/);
    expect(await page.locator('#app').innerText()).not.toContain(card);
    await shown.getByRole('button', { name: 'Reveal exact arguments' }).click();
    expect(JSON.parse(await shown.locator('pre').innerText())).toEqual(body);
    await shown.getByRole('button', { name: 'Hide exact arguments' }).click();
    expect(await page.locator('#app').innerText()).not.toContain(card);
    expect(trouble).toEqual([]);
  });

  browserTest('a sensitive address and sensitive headers only after Reveal', async () => {
    const { ask, visit, trouble } = await world();
    const mail = ['bob', 'example.com'].join('@');
    const url = `https://api.acme.com/users/${encodeURIComponent(mail)}?note=${encodeURIComponent(mail)}`;
    await ask({ url, body: { note: mail } }, { headers: { Authorization: 'Basic abc', 'X-Tenant': 'acme' } });
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await expectText(card, 'https://api.acme.com/users/[REDACTED:EMAIL]?note=[REDACTED:EMAIL]');
    await expectText(card.locator('.headers'), /Authorization.*\[REDACTED\] hidden.*X-Tenant.*acme/s);
    expect(await page.locator('#app').innerText()).not.toMatch(/bob|Basic/);
    await card.getByRole('button', { name: 'Reveal' }).click();
    await expectText(card, url);
    await expectText(card.locator('.headers'), 'Basic abc');
    await card.getByRole('button', { name: 'Hide' }).click();
    expect(await page.locator('#app').innerText()).not.toMatch(/bob|Basic/);
    expect(trouble).toEqual([]);
  });

  browserTest('the call as fully hidden only if it is, whatever its field names', async () => {
    const { ask, visit, trouble } = await world();
    await ask({ body: { '*': ['4111', '1111', '1111', '1111'].join(''), plan: 'delete the backups' } });
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await expectText(card, '1 sensitive value is hidden');
    expect(await card.locator('.tag', { hasText: 'hidden' }).count()).toBe(1);
    expect(trouble).toEqual([]);
  });

  browserTest('each call when it arrives, and fetches it once', async () => {
    const { ask, visit, trouble } = await world();
    const id = await ask({ functionName: 'delete_first' });
    const page = await visit({ as: null });
    let fetched = 0;
    let isAway = true;
    await page.route(`**/v1/approvals/${id}`, async (route) => {
      fetched += 1;
      return isAway ? route.abort() : route.continue();
    });
    await signIn(page, TOKENS.ann);
    const card = cardOf(page, 'delete_first');
    await expectText(card, 'Not loaded yet.');
    expect(await card.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    expect(await card.getByRole('button', { name: 'Deny' }).isDisabled()).toBe(false);
    isAway = false;
    await ask({ functionName: 'delete_second' });
    await expectText(card.locator('.values'), '/srv/reports');
    expect(await card.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(false);
    const before = fetched;
    await ask({ functionName: 'delete_third' });
    await expectText(cardOf(page, 'delete_third').locator('.values'), '/srv/reports');
    expect(fetched).toBe(before);
    expect(trouble.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });

  browserTest('the call of a decided approval on request', async () => {
    const { ask, visit, gateway, trouble } = await world();
    const [first, second] = [await ask({ body: { path: '/first' } }), await ask({ body: { path: '/second' } })];
    await gateway.deny(first, { decidedBy: 'bob' });
    const page = await visit();
    const row = page.locator('#decided-list li').filter({ hasText: 'by bob' });
    await row.getByRole('button', { name: 'Show the call' }).click();
    await expectText(row, '/first');
    // It stays open when another call arrives.
    await gateway.deny(second, { decidedBy: 'ann' });
    await expectText(page.locator('#decided-list li').filter({ hasText: 'by ann' }), 'Show the call');
    await expectText(row, '/first');
    expect(trouble).toEqual([]);
  });

  browserTest('large arguments collapsed', async () => {
    const { ask, visit, trouble } = await world();
    const rows = Array.from({ length: 400 }, (_, row) => `row ${row}`);
    await ask({ body: { text: 'long '.repeat(20_000), rows } });
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    expect((await card.innerText()).length).toBeLessThan(3_000);
    await card.getByRole('button', { name: 'Show all 100,000 characters' }).click();
    await card.getByRole('button', { name: 'Show 375 more' }).click();
    await expectText(card, 'row 399');
    expect(await card.locator('.tag', { hasText: 'hidden' }).count()).toBe(0);
    expect((await card.innerText()).length).toBeGreaterThan(100_000);
    expect(trouble).toEqual([]);
  });

  browserTest('recent decisions, filtered by decision and tool', async () => {
    const { ask, visit, trouble } = await world({
      policies: {
        name: 'mail',
        rules: [{ match: { tool_name: 'slack' }, action: 'DENY' }, { action: 'REQUIRE_APPROVAL' }],
      },
    });
    await ask({
      functionName: 'post_message',
      url: 'https://slack.com/api/chat.postMessage',
      body: { channel: 'all' },
    });
    await ask({ agentName: 'Night shift' });
    await ask({ agentName: 'Day shift', body: { path: '/tmp' } });
    const page = await visit();
    const rows = page.locator('#decision-list li');
    await expectText(page.getByRole('button', { name: 'All 3' }), 'All');
    await page.getByRole('button', { name: 'Denied 1' }).click();
    await expectText(page.locator('#decisions-shown'), /^1 shown/);
    expect(await rows.allInnerTexts()).toEqual([expect.stringContaining('post_message')]);
    await page.getByRole('button', { name: 'All 3' }).click();
    await expectText(page.locator('#decisions-shown'), /^3 shown/);
    await page.getByLabel('Search').fill('night');
    expect(await rows.allInnerTexts()).toEqual([expect.stringContaining('Night shift')]);
    await page.getByLabel('Search').fill('');
    await page.locator('#tool-filter').selectOption('slack');
    await expectText(page.locator('#decisions-shown'), /^1 shown/);
    expect(trouble).toEqual([]);
  });

  browserTest('everything on a narrow dark screen, without scrolling sideways', async () => {
    const { ask, visit, trouble } = await world();
    await ask({
      url: `https://example.com/${'very-long-path/'.repeat(20)}`,
      body: {
        [`key${'y'.repeat(200)}`]: 'x'.repeat(2_000),
        nested: { list: [{ deep: { deeper: { deepest: [1, 2] } } }] },
      },
    });
    const page = await visit({ context: { colorScheme: 'dark', viewport: { width: 320, height: 640 } } });
    const card = cardOf(page, 'delete_file');
    await card.waitFor();
    expect(await widthOf(page)).toBe(320);
    await card.getByRole('button', { name: 'Reveal' }).click();
    expect(await widthOf(page)).toBe(320);
    const ground = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    expect(ground).toBe('rgb(19, 20, 22)');
    expect(trouble).toEqual([]);
  });
});

async function widthOf(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth');
}
