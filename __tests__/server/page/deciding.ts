import { describe, expect } from '@jest/globals';
import {
  approve,
  browserTest,
  cardOf,
  expectText,
  expectTitle,
  inBrowser,
  pressAgain,
  signIn,
  TOKENS,
  world,
} from './page-world.ts';

describe(inBrowser('deciding on the page'), () => {
  browserTest('requires an approver token', async () => {
    const { visit, trouble } = await world();
    const page = await visit({ as: null });
    await signIn(page, 'not-the-token-of-anybody');
    await expectText(page.getByRole('alert'), 'This is not an approver token.');
    // The browser itself reports the status.
    expect(trouble.splice(0).filter((text) => !text.includes('401'))).toEqual([]);
    await signIn(page, TOKENS.ann);
    await expectText(page.locator('#first-steps'), 'No calls yet.');
    await expectText(page.getByRole('status'), 'Live');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Approver token').waitFor();
    expect(trouble).toEqual([]);
  });

  browserTest('takes two presses to approve, and a double click counts as one', async () => {
    const { ask, visit, gateway, trouble } = await world();
    const id = await ask({});
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await expectTitle(page, '(1) Interven approvals');
    await card.getByRole('button', { name: 'Approve' }).dblclick({ delay: 5 });
    await card.getByRole('button', { name: 'Press again to approve' }).waitFor();
    expect(await gateway.approvals()).toMatchObject([{ status: 'pending' }]);
    await page.keyboard.press('Escape');
    await approve(card);
    await expectText(card, 'You approved this.');
    await expectText(page.getByRole('listitem'), /Approved.*delete_file.*by ann/s);
    await expectTitle(page, 'Interven approvals');
    expect(await gateway.approvalStatus(id)).toMatchObject({ status: 'approved', decidedBy: 'ann' });
    expect(trouble).toEqual([]);
  });

  browserTest('takes a note for a denial, which is stored', async () => {
    const { ask, visit, gateway, trouble } = await world();
    await ask({});
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await card.getByLabel('Note for the record').fill('Ask me <b>tomorrow</b>');
    await card.getByRole('button', { name: 'Deny' }).click();
    await expectText(card, 'You denied this. Ask me <b>tomorrow</b>');
    await expectText(page.getByRole('listitem'), 'Ask me <b>tomorrow</b>');
    expect(await gateway.approvals()).toMatchObject([
      { status: 'denied', decidedBy: 'ann', note: 'Ask me <b>tomorrow</b>' },
    ]);
    expect(trouble).toEqual([]);
  });

  browserTest('works with the keyboard alone', async () => {
    const { ask, visit, gateway, trouble } = await world();
    await ask({ functionName: 'delete_first' });
    await ask({ functionName: 'delete_second' });
    const page = await visit();
    const second = cardOf(page, 'delete_second');
    await second.waitFor();
    for (const key of ['j', 'j', 'n']) await page.keyboard.press(key);
    await page.keyboard.type('a day is enough');
    await page.keyboard.press('Escape');
    await pressAgain(second.getByRole('button', { name: /approve/i }), async () => page.keyboard.press('a'));
    await expectText(second, 'You approved this. a day is enough');
    expect(await gateway.approvals()).toMatchObject([
      { status: 'pending' },
      { status: 'approved', note: 'a day is enough' },
    ]);
    expect(trouble).toEqual([]);
  });

  browserTest('includes a new call without a reload', async () => {
    const { ask, visit, trouble } = await world();
    const page = await visit();
    await expectText(page.getByRole('status'), 'Live');
    await ask({ functionName: 'delete_everything' });
    await cardOf(page, 'delete_everything').waitFor();
    await expectText(page.locator('[aria-live]'), 'New approval: delete_everything wants to delete /srv/reports');
    await expectTitle(page, '(1) Interven approvals');
    expect(trouble).toEqual([]);
  });

  browserTest('disables the approval of a call that expires', async () => {
    const { ask, visit, pass, trouble } = await world();
    await ask({});
    pass(597_000);
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await card.waitFor();
    pass(3_000);
    await expectText(card, 'No approver decided in time.');
    expect(await card.getByRole('button', { name: 'Approve' }).isVisible()).toBe(false);
    await expectText(page.getByRole('listitem'), /Expired.*delete_file.*no decision in time/s);
    expect(trouble).toEqual([]);
  });

  browserTest('shows another approver’s decision', async () => {
    const { ask, visit, trouble } = await world();
    await ask({});
    const [ann, bob] = await Promise.all([visit(), visit({ as: 'bob' })]);
    await Promise.all([ann, bob].map(async (page) => expectText(page.getByRole('status'), 'Live')));
    await cardOf(ann, 'delete_file').getByRole('button', { name: 'Deny' }).click();
    await expectText(cardOf(bob, 'delete_file'), 'ann denied this.');
    expect(trouble).toEqual([]);
  });

  browserTest('needs two approvers if a rule says so, and shows who has approved and who cannot', async () => {
    const rules = [{ action: 'REQUIRE_APPROVAL' as const, x_approvers: { count: 2 } }];
    const { ask, visit, gateway, trouble } = await world({ policies: { name: 'two', rules } });
    const id = await ask({});
    const [ann, bob] = await Promise.all([visit(), visit({ as: 'bob' })]);
    const [first, second] = [cardOf(ann, 'delete_file'), cardOf(bob, 'delete_file')];
    await expectText(second, '0 of 2 approvers');
    await approve(first);
    for (const card of [first, second]) await expectText(card, '1 of 2 approvers; approved by ann');
    await expectText(first, 'ann has approved this call already; it needs another approver.');
    expect(await first.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    expect(await gateway.approvalStatus(id)).toEqual({ status: 'pending' });
    await approve(second);
    await expectText(second, 'You and ann approved this.');
    await expectText(first, 'You and bob approved this.');
    expect(await gateway.approvalStatus(id)).toMatchObject({ status: 'approved', decidedBy: 'ann, bob' });
    expect(trouble).toEqual([]);
  });

  browserTest('shows the first approver when two decide at once', async () => {
    const { ask, visit, gateway, trouble } = await world();
    const id = await ask({});
    const page = await visit({ as: null });
    // Without events, the page does not know the other approver's decision.
    await page.route('**/v1/events', () => undefined);
    await signIn(page, TOKENS.bob);
    const card = cardOf(page, 'delete_file');
    await card.getByLabel('Note for the record').fill('no');
    await gateway.approve(id, { decidedBy: 'ann' });
    await card.getByRole('button', { name: 'Deny' }).click();
    await expectText(card, 'ann approved this first. Your decision does not count.');
    expect(trouble.filter((text) => !text.includes('409'))).toEqual([]);
  });

  browserTest('keeps the card and its note while the gateway is unreachable', async () => {
    const { ask, visit, trouble } = await world();
    await ask({});
    const page = await visit();
    const card = cardOf(page, 'delete_file');
    await card.getByLabel('Note for the record').fill('seen with Carol');
    await page.route('**/v1/**', async (route) => route.abort());
    await card.getByRole('button', { name: 'Deny' }).click();
    await expectText(card.getByRole('alert'), 'The gateway does not respond.');
    await expectText(page.getByRole('status'), 'Not connected');
    expect(await card.getByLabel('Note for the record').inputValue()).toBe('seen with Carol');
    await page.unroute('**/v1/**');
    await card.getByRole('button', { name: 'Deny' }).click();
    await expectText(card, 'You denied this. seen with Carol');
    await expectText(page.getByRole('status'), 'Live');
    expect(trouble.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });

  browserTest('shows that no approver decided only once the gateway confirms it', async () => {
    const { ask, visit, pass, gateway, trouble } = await world();
    const [id, other] = [await ask({}), await ask({ functionName: 'delete_other' })];
    pass(596_000);
    const page = await visit();
    const [card, otherCard] = [cardOf(page, 'delete_file'), cardOf(page, 'delete_other')];
    await card.locator('.values').getByText('/srv/reports').waitFor();
    await page.route('**/v1/**', async (route) => route.abort());
    await gateway.approve(id, { decidedBy: 'bob' });
    await gateway.approvalStatus(id);
    await gateway.approve(other, { decidedBy: 'bob' });
    await expectText(card, 'Waiting for the outcome.');
    pass(4_000);
    await page.unroute('**/v1/**');
    await expectText(card, 'bob approved this.');
    await expectText(otherCard, 'bob approved this, but the agent did not use it in time. The call did not run.');
    await expectText(page.getByRole('listitem'), /delete_other.*approved by bob, not used/s);
    expect(trouble.filter((text) => !text.includes('ERR_FAILED'))).toEqual([]);
  });

  browserTest('keeps the card of a pending call that is beyond the limit of the list', async () => {
    const { ask, visit, gateway, trouble } = await world();
    const id = await ask({});
    const page = await visit({ as: null });
    let isListed = true;
    await page.route('**/v1/approvals?*', async (route) => {
      if (isListed) return route.continue();
      return route.fulfill({ json: { approvals: [], now: new Date().toISOString() } });
    });
    await signIn(page, TOKENS.ann);
    const card = cardOf(page, 'delete_file');
    await card.waitFor();
    isListed = false;
    const lookedUp = page.waitForResponse(`**/v1/approvals/${id}`);
    await gateway.scan({ functionName: 'f', method: 'GET', url: 'https://tools.invalid/f', body: {}, runtimeType: '' });
    await lookedUp;
    expect(await card.getByRole('button', { name: 'Approve' }).isVisible()).toBe(true);
    await approve(card);
    await expectText(card, 'You approved this.');
    expect(trouble).toEqual([]);
  });

  browserTest(
    'is signed in after a reload and in each tab of its origin, without a cookie, until one signs out',
    async () => {
      const { ask, visit, url, trouble } = await world();
      await ask({});
      const page = await visit();
      const card = cardOf(page, 'delete_file');
      await card.waitFor();
      await page.reload();
      await expectText(page.getByRole('status'), 'Live');
      expect(await page.context().cookies()).toEqual([]);
      const other = await page.context().newPage();
      await other.goto(`${url}/#from-a-chat`);
      await cardOf(other, 'delete_file').waitFor();
      await other.getByRole('button', { name: 'Sign out' }).click();
      await other.getByLabel('Approver token').waitFor();
      expect(other.url()).toBe(`${url}/#from-a-chat`);
      // The first tab asks for a token, too, without a request.
      await signIn(page, TOKENS.bob);
      await expectText(other.locator('.signed-in'), 'Signed in as bob');
      await page.evaluate(`(async () => {
        const { secret } = JSON.parse(localStorage.getItem('interven-session'));
        await fetch('/sign-out', { method: 'POST', headers: { authorization: 'Session ' + secret } });
      })()`);
      await card.getByRole('button', { name: 'Deny' }).click();
      await expectText(page.getByRole('alert'), 'Your session has ended.');
      await page.getByRole('button', { name: 'Sign in again' }).click();
      await page.getByLabel('Approver token').waitFor();
      expect(trouble.filter((text) => !text.includes('401'))).toEqual([]);
    },
  );

  browserTest(
    'notifies an approver who wants it of new calls, by the function’s name only, and leads to the call',
    async () => {
      const { ask, visit, trouble } = await world();
      await ask({ functionName: 'before_it' });
      const page = await visit({ context: { permissions: ['notifications'] } });
      await cardOf(page, 'before_it').waitFor();
      await page.evaluate(`{
      const Shown = class extends EventTarget { constructor(title, { tag }) { super(); shown.push({ title, tag, at: this }); } close() {} };
      globalThis.shown = [];
      Object.assign(Shown, { permission: 'granted', requestPermission: async () => 'granted' });
      globalThis.Notification = Shown;
      document.hasFocus = () => false;
    }`);
      const titles = async () => page.evaluate('shown.map(({ title }) => title)');
      await ask({ functionName: 'unwanted' });
      await cardOf(page, 'unwanted').waitFor();
      await page.getByRole('button', { name: 'Notify me' }).click();
      await page.getByRole('button', { name: 'Stop notifying me' }).waitFor();
      const id = await ask({ functionName: 'delete_file', body: { path: '/secret-plan' } });
      await cardOf(page, 'delete_file').waitFor();
      expect(await titles()).toEqual(['delete_file waits for an approver']);
      await page.evaluate(`shown[0].at.dispatchEvent(new Event('click'))`);
      expect(page.url()).toMatch(new RegExp(`/#${id}$`));
      await page.getByRole('button', { name: 'Stop notifying me' }).click();
      await ask({ functionName: 'later' });
      await cardOf(page, 'later').waitFor();
      expect(await titles()).toHaveLength(1);
      expect(trouble).toEqual([]);
    },
  );

  browserTest(
    'is live in more tabs than a browser has connections, with one stream, also when its tab is closed',
    async () => {
      const { ask, visit, url, trouble } = await world();
      const first = await visit();
      let streams = 0;
      first.context().on('request', (request) => (streams += request.url().endsWith('/v1/events') ? 1 : 0));
      await expectText(first.getByRole('status'), 'Live');
      const others = await Promise.all(Array.from({ length: 6 }, async () => first.context().newPage()));
      for (const page of others) {
        await page.goto(url);
        await expectText(page.getByRole('status'), 'Live');
      }
      expect(streams).toBeLessThanOrEqual(1);
      await first.close();
      await ask({});
      for (const page of others) await cardOf(page, 'delete_file').waitFor();
      expect(streams).toBeLessThanOrEqual(2);
      expect(trouble).toEqual([]);
    },
  );
});
