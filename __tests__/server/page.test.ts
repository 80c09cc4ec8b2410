import { describe, expect, test } from '@jest/globals';
import { ANN, jsonOf, KEY, refusalOf, serving } from './serving.ts';

const JSON_BODY = { 'content-type': 'application/json' };
const ANNS = JSON.stringify({ token: ANN });

describe('the page', () => {
  test('is the same with and without a session, so that its HTML is worth nothing', async () => {
    const { ask, signIn } = serving();
    const page = await ask('GET', '/');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await page.text();
    expect(await (await ask('GET', '/', { headers: await signIn() })).text()).toBe(html);
  });

  test('sets no cookie, which a browser would send to every port of the host, and reads none', async () => {
    const { ask, asked } = serving();
    const reply = await ask('POST', '/sign-in', { headers: JSON_BODY, body: ANNS });
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([200, null]);
    const { session, ...answer } = await jsonOf(reply);
    expect(session).toMatch(/^[\w-]{43}$/);
    expect(answer).toEqual({ approver: 'ann', expires_at: '2026-03-02T00:00:00.000Z' });
    const headers = { cookie: `interven_session=${String(session)}; interven-session=${String(session)}` };
    for (const [method, path] of [
      ['GET', '/v1/approvals'],
      ['POST', `/v1/approvals/${await asked()}/approve`],
      ['POST', '/v1/policies/apply'],
    ] as const)
      expect((await ask(method, path, { headers })).status).toBe(401);
  });

  test('decides in the name of the signed-in approver', async () => {
    const { asked, ask, signIn } = serving();
    const path = `/v1/approvals/${await asked()}/approve`;
    const headers = { ...(await signIn()), 'sec-fetch-site': 'same-origin' };
    expect(await jsonOf(await ask('GET', '/session', { headers }))).toEqual({ approver: 'ann' });
    expect(await jsonOf(await ask('POST', path, { headers }))).toMatchObject({ status: 'approved', decided_by: 'ann' });
  });

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'https://gateway.example:8000' },
    { origin: 'http://gateway.example' },
    { origin: 'null' },
  ])('signs no one in and decides nothing for a request of another origin: %j', async (other) => {
    const { asked, ask, signIn, approvals } = serving();
    const path = `/v1/approvals/${await asked()}/approve`;
    const session = await signIn();
    for (const reply of [
      await ask('POST', path, { headers: { ...session, ...other } }),
      await ask('GET', '/v1/approvals', { headers: { ...session, ...other } }),
      await ask('POST', '/sign-out', { headers: { ...session, ...other } }),
      await ask('POST', '/sign-in', { headers: { ...JSON_BODY, ...other }, body: ANNS }),
    ])
      expect(await refusalOf(reply)).toMatchObject({ status: 403, code: 'not_from_page' });
    expect((await approvals())[0]?.status).toBe('pending');
    const own = { ...session, origin: 'https://gateway.example' };
    expect((await ask('POST', path, { headers: own })).status).toBe(200);
  });

  test('has the origin of publicUrl, whatever the URL of the request', async () => {
    const { server } = serving({ publicUrl: 'https://gateway.acme.example' });
    const signIn = async (origin: string) =>
      server.fetch('http://127.0.0.1:4000/sign-in', { method: 'POST', headers: { ...JSON_BODY, origin }, body: ANNS });
    expect((await signIn('https://gateway.acme.example')).status).toBe(200);
    expect((await signIn('http://127.0.0.1:4000')).status).toBe(403);
  });

  test.each([
    ['a wrong token', { token: 'wrong' }, 401],
    ['an agent’s key', { token: KEY }, 401],
    ['an empty token', { token: '' }, 401],
    ['no token', {}, 400],
    ['a large body', { token: 'x'.repeat(5_000) }, 413],
  ])('refuses %s at sign-in, and does not quote it', async (_, body, status) => {
    const reply = await serving().ask('POST', '/sign-in', { headers: JSON_BODY, body: JSON.stringify(body) });
    expect(reply.status).toBe(status);
    expect(await reply.text()).not.toMatch(/wrong|iv_test|xxx/);
  });

  test('takes no form, which another site could send', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await serving().ask('POST', '/sign-in', { headers, body: `token=${ANN}` })).status).toBe(400);
  });

  test('signing out ends that session only', async () => {
    const { ask, signIn } = serving();
    const [left, kept] = [await signIn(), await signIn()];
    expect((await ask('POST', '/sign-out', { headers: left })).status).toBe(200);
    const statusOf = async (headers: { authorization: string }) =>
      (await ask('GET', '/v1/approvals', { headers })).status;
    expect([await statusOf(left), await statusOf(kept)]).toEqual([401, 200]);
  });

  test('a session ends after twelve hours, or when the approver has fifty newer ones', async () => {
    const { ask, signIn, wait } = serving();
    const statusOf = async (headers: { authorization: string }) => (await ask('GET', '/session', { headers })).status;
    const [first, bobs] = [await signIn(), await signIn(['bob', 'has', 'another', 'one'].join('-'))];
    for (let count = 0; count < 49; count += 1) await signIn();
    expect(await statusOf(first)).toBe(200);
    const newest = await signIn();
    expect([await statusOf(first), await statusOf(bobs), await statusOf(newest)]).toEqual([401, 200, 200]);
    wait(12 * 60 * 60_000 - 1);
    expect(await statusOf(newest)).toBe(200);
    wait(1);
    expect(await statusOf(newest)).toBe(401);
  });

  test.each(['Session', 'Session ', 'Session x', 'Bearer Session', 'Session undefined'])(
    'asks for a token if the header is %j',
    async (authorization) => {
      const { ask, signIn } = serving();
      await signIn();
      expect((await ask('GET', '/session', { headers: { authorization } })).status).toBe(401);
    },
  );

  test.each([
    ['/page.css', 'text/css; charset=utf-8'],
    ['/page.js', 'text/javascript; charset=utf-8'],
  ])('serves its %s', async (path, type) => {
    const reply = await serving().ask('GET', path);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, type]);
  });
});
