import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { Hono } from 'hono';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { createGatewayServer } from '../../src/server.ts';
import { ANN, BOB, KEY, POLICY, refusalOf, serving } from './serving.ts';

const FOR_AGENTS = [
  ['POST', '/v1/scan'],
  ['POST', '/v1/scan/response'],
  ['GET', '/v1/approvals/some-id/status'],
] as const;
const FOR_APPROVERS = [
  ['GET', '/v1/approvals'],
  ['POST', '/v1/approvals/some-id/approve'],
  ['POST', '/v1/approvals/some-id/deny'],
  ['GET', '/v1/frozen'],
  ['POST', '/v1/freeze'],
  ['POST', '/v1/unfreeze'],
  ['GET', '/v1/decisions'],
  ['GET', '/v1/events'],
  ['POST', '/v1/policies/apply'],
  ['GET', '/session'],
  ['POST', '/sign-out'],
] as const;
const FOR_BOTH = [['GET', '/v1/policies/by-name/tests']] as const;

describe('a request', () => {
  test.each([...FOR_AGENTS, ...FOR_APPROVERS, ...FOR_BOTH])(
    'to %s %s without a valid key or token is unauthorized',
    async (method, path) => {
      const { ask, as } = serving();
      const anonymous = await ask(method, path);
      expect(anonymous.headers.get('www-authenticate')).toBe('Bearer');
      const refusal = await refusalOf(anonymous);
      expect(refusal).toMatchObject({ status: 401, code: 'unauthorized' });
      // A guess that is nearly right gets the same response.
      for (const guess of ['wrong', KEY.slice(0, -1), `${ANN}x`, `${KEY} ${ANN}`]) {
        expect(await refusalOf(await as(guess)(method, path))).toEqual(refusal);
      }
      for (const authorization of [`Basic ${KEY}`, KEY, 'Bearer', '']) {
        expect(await refusalOf(await ask(method, path, { headers: { authorization } }))).toEqual(refusal);
      }
    },
  );

  test.each(FOR_APPROVERS)('with an agent’s key may not %s %s', async (method, path) => {
    expect(await refusalOf(await serving().agent(method, path))).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test.each(FOR_AGENTS)('with an approver’s token, or signed in, may not %s %s', async (method, path) => {
    const { ann, ask, signIn } = serving();
    expect(await refusalOf(await ann(method, path))).toMatchObject({ status: 403, code: 'forbidden' });
    const headers = await signIn();
    expect(await refusalOf(await ask(method, path, { headers }))).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test.each([
    ['GET', '/v1/scan', 'POST'],
    ['PUT', '/v1/policies/apply', 'POST'],
    ['HEAD', '/v1/events', 'GET'],
    ['HEAD', '/v1/approvals/some-id/status', 'GET'],
    ['OPTIONS', '/v1/approvals', 'GET'],
    ['DELETE', '/', 'GET'],
  ])('with the wrong method %s to %s gets the allowed method', async (method, path, allow) => {
    const { as } = serving();
    const response = await as(ANN)(method, path);
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });

  test.each(['/v1', '/v1/', '/v1/nothing', '/v2/scan', '/page.ts', '/..%2fserver.ts', '/nothing.js'])(
    'to %s is not found',
    async (path) => {
      expect(await refusalOf(await serving().ann('GET', path))).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  test.each([
    ['GET', '/'],
    ['GET', '/page.css'],
    ['GET', '/page.js'],
    ['GET', '/v1/approvals'],
    ['GET', '/v1/events'],
    ['POST', '/v1/scan'],
    ['GET', '/nothing'],
    ['POST', '/sign-in'],
    ['POST', '/sign-out'],
  ])('with %s to %s gets the security headers for browsers', async (method, path) => {
    const { ann, server } = serving();
    const { headers } = await ann(method, path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    server.close();
  });
});

test('the server reads no body of a request without a valid key or with the wrong role', async () => {
  for (const [secret, path, status] of [
    ['wrong', '/v1/scan', 401],
    ['wrong', '/v1/policies/apply', 401],
    [ANN, '/v1/scan', 403],
    [KEY, '/v1/policies/apply', 403],
  ] as const) {
    let read = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      read += 1;
      controller.enqueue(new Uint8Array(1_000));
    };
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const request = new Request(`https://gateway.example${path}`, { method: 'POST', headers, body, duplex: 'half' });
    expect((await serving().server.fetch(request)).status).toBe(status);
    expect(read).toBe(0);
  }
});

describe('guessing', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is slow after ten wrong secrets a minute, and locks out no valid one', async () => {
    const { as, agent, ann, ask } = serving();
    const guess = async (): Promise<Response> => as('wrong')('GET', '/v1/approvals');
    for (let count = 0; count < 9; count += 1) expect((await guess()).status).toBe(401);
    const headers = { 'content-type': 'application/json' };
    expect((await ask('POST', '/sign-in', { headers, body: '{"token":"wrong"}' })).status).toBe(401);
    const tenth = guess();
    expect(await Promise.race([tenth, setImmediate('waits')])).toBe('waits');
    expect((await ann('GET', '/v1/approvals')).status).toBe(200);
    jest.advanceTimersByTime(1_000);
    expect((await tenth).status).toBe(401);
    expect((await agent('GET', '/v1/policies/by-name/tests')).status).toBe(200);
  });

  test('from an address with 32 delayed guesses does not learn which token is right, while sessions and agents go on', async () => {
    const { as, agent, ann, ask, signIn } = serving();
    const headers = await signIn();
    const guesses = Array.from({ length: 10 + 32 }, async () => as('wrong')('GET', '/v1/approvals'));
    for (const refused of [await ann('GET', '/v1/approvals'), await as('wrong')('GET', '/v1/approvals')]) {
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refusalOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    }
    expect((await ask('GET', '/v1/approvals', { headers })).status).toBe(200);
    expect((await agent('GET', '/v1/policies/by-name/tests')).status).toBe(200);
    jest.advanceTimersByTime(1_000);
    await Promise.all(guesses);
    expect((await ann('GET', '/v1/approvals')).status).toBe(200);
  });
});

test('another app can mount the gateway', async () => {
  const { server, agent } = serving();
  const app = new Hono().get('/mine', (context) => context.text('mine')).mount('/', server.fetch);
  expect(await (await app.request('/mine')).text()).toBe('mine');
  const headers = { authorization: `Bearer ${KEY}` };
  const path = '/v1/policies/by-name/tests';
  expect(await (await app.request(path, { headers })).json()).toEqual(await (await agent('GET', path)).json());
});

describe('a server cannot be created', () => {
  const make = (wrong: object) => () =>
    createGatewayServer({
      gateway: new EmbeddedGateway({ policies: POLICY }),
      keys: [KEY],
      approvers: [{ name: 'ann', token: ANN }],
      ...wrong,
    });

  test.each([
    ['without keys', { keys: [] }, 'keys must be an array with at least one API key'],
    ['with an empty key', { keys: [''] }, 'keys[0] must be at least 16'],
    [
      'with a short key',
      { keys: [KEY, 'fifteen-letters'] },
      'keys[1] must be at least 16 printable ASCII characters, without spaces.',
    ],
    ['with a key that no header carries', { keys: ['a b'] }, 'keys[0] must be at least'],
    ['with a short token', { approvers: [{ name: 'ann', token: 'fifteen-letters' }] }, 'approvers[0].token must be'],
    ['with a token that is a key', { keys: [ANN] }, 'duplicate secret'],
    [
      'with a token of two people',
      {
        approvers: [
          { name: 'ann', token: ANN },
          { name: 'bob', token: ANN },
        ],
      },
      'duplicate secret',
    ],
    [
      'with two people of one name',
      {
        approvers: [
          { name: 'ann', token: ANN },
          { name: 'ann', token: BOB },
        ],
      },
      'approvers contains the duplicate name "ann"',
    ],
    [
      'with two keys of one name',
      { keys: [`support:${KEY}`, { name: 'support', key: BOB }] },
      'duplicate name "support"',
    ],
    ['with a key that has an empty name', { keys: [`:${KEY}`] }, 'keys[0].name must be'],
    ['with a short key that has a name', { keys: [`${ANN}:short`] }, 'keys[0].key must be'],
    ['with a named duplicate', { keys: [KEY, `support:${KEY}`] }, 'duplicate secret'],
    ['with a key that is no string', { keys: [undefined] }, 'keys[0] must be'],
    ['with a name of two lines', { approvers: [{ name: 'ann\nbob', token: ANN }] }, 'approvers[0].name must be'],
    ['without a gateway', { gateway: {} }, 'gateway needs the methods'],
    ['with an unknown option', { key: KEY }, 'createGatewayServer: Unknown option "key". Did you mean "keys"?'],
    ...[
      'gateway.example.com',
      'ftp://gateway.example.com',
      'https://gateway.example.com/interven',
      'https://gateway.example.com/?',
      'https://gateway.example.com#x',
      `https://ann:${ANN}@gateway.example.com`,
      '',
      443,
    ].map(
      (publicUrl) =>
        [
          'with a public address that is no origin',
          { publicUrl },
          'publicUrl must be an http or https origin',
        ] as const,
    ),
    ['with an invalid limit', { scansPerMinute: 0 }, 'scansPerMinute is 0'],
  ])('%s, and the error quotes no secret', (_, wrong, message) => {
    expect(make(wrong)).toThrow(TypeError);
    expect(make(wrong)).toThrow(message);
    expect(make(wrong)).not.toThrow(ANN);
  });
});
