import { describe, expect, test } from '@jest/globals';
import { ANN, jsonOf, KEY, refusalOf, serving } from './serving.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the page', () => {
  test('asks for a token and shows approvals to a signed-in approver', async () => {
    const { ask, signIn } = serving();
    expect(await (await ask('GET', '/')).text()).toContain('action="/sign-in"');
    const { cookie, csrf, reply } = await signIn();
    expect([reply.status, reply.headers.get('location')]).toEqual([303, '/']);
    expect(csrf).toMatch(/^[\w-]{43}$/);
    const page = await ask('GET', '/', { headers: { cookie } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('ann');
  });

  test('sets a cookie that no script can read and no other site can send', async () => {
    const { signIn, server } = serving();
    const { reply } = await signIn();
    expect(reply.headers.get('set-cookie')).toMatch(
      /^__Host-interven_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const init = { method: 'POST', headers: FORM, body: `token=${ANN}` };
    const plain = await server.fetch(new Request('http://127.0.0.1:4000/sign-in', init));
    expect(plain.headers.get('set-cookie')).toMatch(
      /^interven_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  test.each([
    ['https://gateway.acme.example', '__Host-interven_session', '; Secure'],
    ['http://gateway.acme.example:4000', 'interven_session', ''],
  ])('uses its publicUrl %s, whatever the URL of the request', async (publicUrl, name, secure) => {
    const { server } = serving({ publicUrl });
    for (const address of ['http://127.0.0.1:4000', 'https://other.example']) {
      const signedIn = await server.fetch(`${address}/sign-in`, {
        method: 'POST',
        headers: FORM,
        body: `token=${ANN}`,
      });
      const set = signedIn.headers.get('set-cookie') ?? '';
      expect(set.replace(/=[\w-]{43};/, '=…;')).toBe(
        `${name}=…; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict${secure}`,
      );
      const cookie = set.split(';')[0] ?? '';
      const statusOf = async (shown: string) =>
        (await server.fetch(`${address}/v1/approvals`, { headers: { cookie: shown } })).status;
      expect(await statusOf(cookie)).toBe(200);
      // Another host may have set a cookie without the prefix.
      const other = name.startsWith('_') ? cookie.slice('__Host-'.length) : `__Host-${cookie}`;
      expect(await statusOf(other)).toBe(401);
    }
  });

  test('limits the size of the sign-in form', async () => {
    const { ask } = serving();
    const body = `token=${'x'.repeat(5_000)}`;
    expect(await refusalOf(await ask('POST', '/sign-in', { headers: FORM, body }))).toMatchObject({
      status: 413,
      message: 'The body is larger than 4 KB.',
    });
  });

  test.each([
    ['a wrong token', FORM, 'token=wrong'],
    ['an agent’s key', FORM, `token=${KEY}`],
    ['no token', FORM, ''],
    ['a token in another form', { 'content-type': 'application/json' }, JSON.stringify({ token: ANN })],
  ])('refuses %s at sign-in, and does not show it', async (_, headers, body) => {
    const { ask } = serving();
    const reply = await ask('POST', '/sign-in', { headers, body });
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([401, null]);
    const wrong = await ask('POST', '/sign-in', { headers: FORM, body: 'token=<script>' });
    expect(await reply.text()).toBe(await wrong.text());
  });

  test('checks at most ten wrong tokens a minute, and always accepts a valid one', async () => {
    const { ask, signIn, wait } = serving();
    const wrong = async () => ask('POST', '/sign-in', { headers: FORM, body: 'token=wrong' });
    for (let count = 0; count < 10; count += 1) expect((await wrong()).status).toBe(401);
    const refused = await wrong();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    expect(refused.headers.get('content-type')).toMatch('text/html');
    expect((await signIn()).reply.status).toBe(303);
    wait(60_000);
    expect((await wrong()).status).toBe(401);
  });

  test('decides in the name of the signed-in approver, with the page’s CSRF token', async () => {
    const { asked, ask, signIn } = serving();
    const id = await asked();
    const { cookie, csrf } = await signIn();
    const headers = { cookie: `theme=dark; ${cookie}`, 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' };
    const reply = await ask('POST', `/v1/approvals/${id}/approve`, { headers });
    expect(await jsonOf(reply)).toMatchObject({ status: 'approved', decided_by: 'ann' });
  });

  test('decides nothing without its CSRF token, with another session’s, or for a cross-site request', async () => {
    const { asked, ask, signIn, approvals } = serving();
    const path = `/v1/approvals/${await asked()}/approve`;
    const { cookie, csrf } = await signIn();
    const other = await signIn();
    for (const more of [
      {},
      { 'x-csrf-token': '' },
      { 'x-csrf-token': other.csrf },
      { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' },
      { 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' },
    ]) {
      const reply = await ask('POST', path, { headers: { cookie, ...more } });
      expect(await refusalOf(reply)).toMatchObject({ status: 403, code: 'not_from_page' });
    }
    expect((await approvals())[0]?.status).toBe('pending');
    const policies = await ask('POST', '/v1/policies/apply', { headers: { cookie } });
    expect(policies.status).toBe(403);
  });

  test('checks the Origin header if the browser sends no other hint', async () => {
    const { asked, ask, signIn } = serving();
    const path = `/v1/approvals/${await asked()}/approve`;
    const { cookie, csrf } = await signIn();
    for (const origin of ['https://evil.example', 'http://gateway.example', 'null']) {
      const headers = { ...FORM, cookie, 'x-csrf-token': csrf, origin };
      expect((await ask('POST', path, { headers })).status).toBe(403);
      expect((await ask('POST', '/sign-in', { headers, body: `token=${ANN}` })).status).toBe(403);
      expect((await ask('POST', '/sign-out', { headers })).status).toBe(403);
    }
    const headers = { cookie, 'x-csrf-token': csrf, origin: 'https://gateway.example' };
    expect((await ask('POST', path, { headers })).status).toBe(200);
  });

  test('ends the previous session at a new sign-in', async () => {
    const { ask, signIn } = serving();
    const { cookie } = await signIn();
    await ask('POST', '/sign-in', { headers: { ...FORM, cookie }, body: `token=${ANN}` });
    expect((await ask('GET', '/v1/approvals', { headers: { cookie } })).status).toBe(401);
  });

  test('signing out ends that session only', async () => {
    const { ask, signIn } = serving();
    const [left, kept] = [await signIn(), await signIn()];
    const reply = await ask('POST', '/sign-out', { headers: { cookie: left.cookie } });
    expect(reply.status).toBe(303);
    expect(reply.headers.get('set-cookie')).toMatch(
      /^__Host-interven_session=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const statusOf = async (cookie: string) => (await ask('GET', '/v1/approvals', { headers: { cookie } })).status;
    expect([await statusOf(left.cookie), await statusOf(kept.cookie)]).toEqual([401, 200]);
    expect(await (await ask('GET', '/', { headers: { cookie: left.cookie } })).text()).toContain('action="/sign-in"');
  });

  test('refuses cross-site sign-in and sign-out', async () => {
    const { ask, signIn } = serving();
    const { cookie } = await signIn();
    for (const site of ['cross-site', 'same-site']) {
      const headers = { ...FORM, cookie, 'sec-fetch-site': site };
      expect((await ask('POST', '/sign-out', { headers })).status).toBe(403);
      expect((await ask('POST', '/sign-in', { headers, body: `token=${ANN}` })).status).toBe(403);
    }
    expect((await ask('GET', '/v1/approvals', { headers: { cookie } })).status).toBe(200);
  });

  test('ends sessions after twelve hours', async () => {
    const { ask, signIn, wait } = serving();
    const { cookie } = await signIn();
    wait(12 * 60 * 60_000 - 1);
    expect((await ask('GET', '/v1/approvals', { headers: { cookie } })).status).toBe(200);
    wait(1);
    expect((await ask('GET', '/v1/approvals', { headers: { cookie } })).status).toBe(401);
  });

  test.each(['__Host-interven_session=', '__Host-interven_session=x', '__Host-interven_session', '', ';;;', 'other=1'])(
    'asks for a token if the cookie is %s',
    async (cookie) => {
      const { ask } = serving();
      expect((await ask('GET', '/v1/approvals', { headers: { cookie } })).status).toBe(401);
      expect((await ask('GET', '/', { headers: { cookie } })).status).toBe(200);
    },
  );

  test('shows a hostile approver name as text', async () => {
    const name = '"><script>alert(1)</script>';
    const { ask, signIn } = serving({ approvers: [{ name, token: ANN }] });
    const { cookie } = await signIn();
    const page = await (await ask('GET', '/', { headers: { cookie } })).text();
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert(1)');
  });

  test.each([
    ['/page.css', 'text/css; charset=utf-8'],
    ['/page.js', 'text/javascript; charset=utf-8'],
  ])('serves its %s', async (path, type) => {
    const reply = await serving().ask('GET', path);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, type]);
  });
});
