import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GatewayError, IntervenGateway } from 'interven-openai-assistants';
import nock from 'nock';
import { gate } from '../../setup/gate.ts';
import { idle } from '../../setup/idle.ts';
import { shorten } from '../../setup/limits.ts';
import { takeWarnings } from '../../setup/warnings.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { rejection } from '../../setup/world.ts';

const HOST = 'https://gateway.example';
const OWN_HOST = 'https://api.intervensecurity.com';
const KEY = ['iv', 'test', 'NotARealKey'].join('_');
const AT_ONCE = { 'retry-after': '0' };
const described = { functionName: 'post_message', method: 'POST', url: 'https://slack.com/api/chat.postMessage' };
const request = { ...described, body: { channel: '#ops', list: [1, null, 'é'] }, runtimeType: 'openai_assistants' };

type Reply = [status: number, body?: unknown, headers?: Record<string, string>];
const ALLOW: Reply = [200, { decision: 'ALLOW' }];

/** Repeats the last response, so that the test counts an unexpected request, and nock does not fail. */
function serve(host: string, ...replies: Reply[]) {
  const sent: { method: string; path: string; headers: Record<string, unknown>; body: unknown; at: number }[] = [];
  for (const method of ['GET', 'POST']) {
    const every = nock(host).persist().intercept(/.*/, method);
    every.reply(function (path, body) {
      sent.push({ method, path, headers: this.req.headers, body, at: Date.now() });
      const [status, reply = '', headers = {}] = replies[Math.min(sent.length, replies.length) - 1] ?? ALLOW;
      return [status, typeof reply === 'string' ? reply : JSON.stringify(reply), headers];
    });
  }
  return sent;
}
const gatewayWith = (options = {}) => new IntervenGateway({ apiKey: KEY, gatewayUrl: HOST, ...options });
async function failure(asked: Promise<unknown>): Promise<GatewayError> {
  const error = await rejection(asked);
  expect(error).toBeInstanceOf(GatewayError);
  return error as GatewayError;
}

beforeEach(() => {
  nock.disableNetConnect();
  delete process.env['INTERVEN_API_KEY'];
  delete process.env['INTERVEN_GATEWAY_URL'];
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

test("A request has the API key and the parsed arguments, unwrapped; its agent overrides the gateway's", async () => {
  const sent = serve(HOST, ALLOW);
  await gatewayWith().scan(request);
  await gatewayWith({ agentId: 'own', agentName: 'Own' }).scan({ ...request, agentId: 'theirs' });
  const { method, url, body } = request;
  const wire = { method, url, body, runtime_type: 'openai_assistants' };
  expect(sent.map((one) => one.body)).toStrictEqual([wire, { ...wire, agent_id: 'theirs', agent_name: 'Own' }]);
  expect(sent[0]).toMatchObject({ method: 'POST', path: '/v1/scan', headers: { authorization: `Bearer ${KEY}` } });
});
const env = { INTERVEN_API_KEY: 'env-key', INTERVEN_GATEWAY_URL: 'https://env.example' };
test.each([
  [{}, env, 'https://env.example', '/v1/scan', 'env-key'],
  [{ apiKey: KEY, gatewayUrl: HOST }, env, HOST, '/v1/scan', KEY],
  [{ apiKey: KEY }, {}, OWN_HOST, '/v1/scan', KEY],
  [{ apiKey: KEY, gatewayUrl: `${HOST}/` }, {}, HOST, '/v1/scan', KEY],
  [{ apiKey: KEY, gatewayUrl: `${HOST}/firewall/eu//` }, {}, HOST, '/firewall/eu/v1/scan', KEY],
])('With %j and the environment %j, a request goes to %s%s', async (options, environment, host, path, key) => {
  Object.assign(process.env, environment);
  const sent = serve(host, ALLOW);
  await new IntervenGateway(options).scan(request);
  expect(sent).toMatchObject([{ path, headers: { authorization: `Bearer ${key}` } }]);
});
test('A request over 256 KB, counted in bytes, is not sent', async () => {
  const sent = serve(HOST, ALLOW);
  for (const text of ['x'.repeat(256 * 1024), 'é'.repeat(130 * 1024)]) {
    expect((await failure(gatewayWith().scan({ ...request, body: { text } }))).fault).toBe('too_large');
  }
  expect(sent.length).toBe(0);
  await gatewayWith().scan({ ...request, body: { text: 'x'.repeat(255 * 1024) } });
});
test('A request uses the fetch option and not the global one', async () => {
  const urls: string[] = [];
  const fetch = async (url: string) => Response.json({ status: urls.push(url) === 1 ? 'approved' : 'late' });
  expect(await gatewayWith({ fetch }).approvalStatus('a1')).toStrictEqual({ status: 'approved' });
  expect(urls).toEqual([`${HOST}/v1/approvals/a1/status`]);
});

const BAD_URL = /^gatewayUrl must be an absolute http\(s\) URL, without a query, user name or password\.$/;
type Bad = [options: object, says: RegExp];
test.each<Bad>([
  [{ apiKey: undefined }, /INTERVEN_API_KEY.*keys at https:\/\/app\.intervensecurity\.com/],
  [{ apiKey: '' }, /^Missing Interven API key/],
  ...['a b', 'a\n', 'ké'].map((apiKey): Bad => [{ apiKey }, /^apiKey is invalid: it has a space, a line break or/]),
  ...['/v1', 'ftp://h', 'https://h?a=1', 'https://u@h', 'https://:p@h'].map((gatewayUrl): Bad => [
    { gatewayUrl },
    BAD_URL,
  ]),
  [{ timeout: 30 }, /^IntervenGateway: Unknown option "timeout"\. Did you mean "timeoutMs"\?$/],
  [{ timeoutMs: -1 }, /^timeoutMs is -1; it must be milliseconds/],
  [{ maxRetries: 0.5 }, /^maxRetries is 0\.5; it must be a positive integer/],
  [{ acquire: 'soon' }, /^acquire is "soon"; it must be a function/],
])('The constructor rejects %j', (options, says) => {
  const error = expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(says) });
  expect(() => gatewayWith(options)).toThrow(error);
});

describe('A decision', () => {
  const wire = { reason_codes: ['PII'], risk_score: 0.4, risk_band: 'MED', trace_id: 't', tool_name: 'slack' };
  const ours = { reasonCodes: ['PII'], riskScore: 0.4, riskBand: 'MED', traceId: 't', toolName: 'slack' };
  const same = { operation: 'post_message', classifications: ['INTERNAL'] };
  const url = 'https://console.example/a1';
  test.each<[string, wire: object, ours: object]>([
    ['ALLOW', { x_reason: 'It reads.' }, { reason: 'It reads.' }],
    ['DENY', { policy_id: 'p1', policy_name: 'Starter' }, { policyId: 'p1', policyName: 'Starter' }],
    ['SANITIZE', { sanitized_body: { to: '[X]' } }, { sanitizedBody: { to: '[X]' } }],
    ['REQUIRE_APPROVAL', { approval_id: 'a1', approval_url: url }, { approvalId: 'a1', approvalUrl: url }],
  ])('%s is read with all its fields; unknown ones pass', async (decision, more, expected) => {
    const raw = { decision, ...wire, ...same, ...more, signals: [{}], future: { field: 1 } };
    serve(HOST, [200, raw]);
    expect(await gatewayWith().scan(request)).toStrictEqual({ decision, ...ours, ...same, ...expected, raw });
  });
  test.each<object>([
    {},
    { risk_score: null, reason_codes: null, classifications: null, trace_id: null, sanitized_body: null },
    {
      risk_score: 'high',
      reason_codes: 'PII',
      classifications: [1],
      trace_id: 7,
      risk_band: {},
      operation: [],
      x_reason: 1,
    },
  ])('is not lost for optional fields that are absent or malformed: %j', async (more) => {
    const raw = { decision: 'DENY', ...more };
    serve(HOST, [200, raw]);
    const decision = await gatewayWith().scan(request);
    expect(decision).toStrictEqual({ decision: 'DENY', reasonCodes: [], classifications: [], raw });
  });
  const page = 'https://app.intervensecurity.com/approvals/a%3A1';
  test.each([
    [OWN_HOST, url, url],
    [OWN_HOST, undefined, page],
    [`${OWN_HOST}/`, 'javascript:alert(1)', page],
    [HOST, undefined, undefined],
    [HOST, 'javascript:alert(1)', undefined],
    [HOST, '/approvals/a1', undefined],
  ])('of %s with the approval_url %s has the page %s', async (gatewayUrl, approval_url, shown) => {
    const raw = { decision: 'REQUIRE_APPROVAL', approval_id: 'a:1', approval_url };
    serve(new URL(gatewayUrl).origin, [200, raw]);
    const decision = await gatewayWith({ gatewayUrl }).scan(request);
    expect('approvalUrl' in decision ? decision.approvalUrl : undefined).toBe(shown);
  });
});

type Ask = 'scan' | 'approvalStatus';
type Fault = [ask: Ask, reply: Reply, fault: string, requests: number, says: RegExp];
const BY_URL = /with status \d+: not found. Check gatewayUrl or INTERVEN_GATEWAY_URL/;
const BY_REQUEST = /with status \d+: the gateway rejected the request. See responseText/;
const malformed = (ask: Ask, says: RegExp, ...replies: unknown[]) =>
  replies.map((reply): Fault => [ask, [200, reply], 'malformed_reply', 1, says]);
test.each<Fault>([
  ['scan', [400], 'configuration', 1, BY_REQUEST],
  ['scan', [401], 'configuration', 1, /with status 401: the API key is .*Check apiKey or INTERVEN_API_KEY/],
  [
    'scan',
    [403],
    'configuration',
    1,
    /with status 403: .*At Interven, check its IP list. For a self-hosted gateway, use an API key/,
  ],
  ...[409, 422].map((status): Fault => ['scan', [status], 'configuration', 1, BY_REQUEST]),
  ['scan', [404], 'configuration', 1, BY_URL],
  ['scan', [301, '', { location: `${HOST}/elsewhere` }], 'configuration', 1, BY_URL],
  ['approvalStatus', [404], 'configuration', 1, BY_URL],
  ['scan', [413], 'too_large', 1, /with status 413: the request is too large/],
  ['scan', [408, '', AT_ONCE], 'timeout', 3, /with status 408/],
  ['scan', [429, '', AT_ONCE], 'rate_limited', 3, /with status 429/],
  // Longer than the time limit of 30 s: must fail at once, because Jest's own limit is 5 s.
  ['scan', [429, '', { 'retry-after': '31' }], 'rate_limited', 1, /with status 429/],
  ['scan', [503, '', { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }], 'server_error', 1, /with status 503/],
  ...[500, 502, 503].map((status): Fault => ['scan', [status, '', AT_ONCE], 'server_error', 3, /with status 50[023]/]),
  ...malformed('scan', /is not JSON/, '', '<html>', '{"decision":'),
  ...malformed('scan', /the unknown decision "MAYBE"/, { decision: 'MAYBE' }),
  ...malformed('scan', /no valid decision/, {}, { decision: ['ALLOW'] }, [], 'null', '"ALLOW"', '3'),
  ...malformed('approvalStatus', /the unknown status "Approved"/, { status: 'Approved' }),
  // The call must not run as it was.
  ...malformed(
    'approvalStatus',
    /no valid x_edited_arguments/,
    { status: 'approved', x_edited_arguments: [1] },
    { status: 'approved', x_edited_arguments: null },
    { status: 'approved', x_edited_fields: ['to'] },
    { status: 'approved', x_edited_fields: 'to' },
  ),
  ...malformed('approvalStatus', /has no valid status/, {}, { status: 1 }, [{ status: 'approved' }], 'null'),
])('%s answered with %j is the fault %s after %i requests', async (ask, reply, fault, requests, says) => {
  const sent = serve(HOST, reply);
  const error = await failure(ask === 'scan' ? gatewayWith().scan(request) : gatewayWith().approvalStatus('a1'));
  expect([error.fault, sent.length]).toEqual([fault, requests]);
  expect(error.message).toMatch(says);
  if (reply[0] !== 200) expect(error.status).toBe(reply[0]);
});
test('A retry may succeed, after the wait that Retry-After asks for', async () => {
  const sent = serve(HOST, [503, '', { 'retry-after': '1' }], ALLOW);
  expect((await gatewayWith().scan(request)).decision).toBe('ALLOW');
  expect(sent.map(({ at }) => at - (sent[0]?.at ?? 0) > 900)).toEqual([false, true]);
});
test.each([0, 1])('A broken connection is the fault unreachable after %i retries', async (maxRetries) => {
  let requests = 0;
  const broken = nock(HOST).persist();
  broken.on('request', () => (requests += 1));
  broken.post('/v1/scan').replyWithError('reset');
  const { fault, message } = await failure(gatewayWith({ maxRetries }).scan(request));
  expect([fault, message]).toEqual(['unreachable', `Could not reach the gateway at ${HOST}.`]);
  expect(requests).toBe(1 + maxRetries);
});
test('A fetch whose error quotes the request leaks no key', async () => {
  const fetch = async (_: string, { headers }: RequestInit) =>
    Promise.reject(Object.assign(new Error('broken', { cause: { headers } }), { code: 'ECONNRESET' }));
  const error = await failure(gatewayWith({ maxRetries: 0, fetch }).scan(request));
  expect(error.cause).toMatchObject({ message: 'broken', code: 'ECONNRESET' });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(KEY);
});
test('A gateway that is reached over plain HTTP is a warning, but not on this machine or with a fetch of your own', async () => {
  gatewayWith({ gatewayUrl: 'http://127.0.0.1:4000' });
  gatewayWith({ gatewayUrl: 'http://gateway.invalid', fetch });
  gatewayWith({ gatewayUrl: 'http://gateway.example/secret' });
  expect(await takeWarnings()).toEqual([
    'IntervenGatewayWarning: gatewayUrl is http://gateway.example: others on the network can read the API key and the arguments. Use https.',
  ]);
});
test.each([60_000, { head: 0, body: 60_000 }])('A hanging response (ms: %j) is the fault timeout', async (ms) => {
  nock(HOST).post('/v1/scan').delay(ms).reply(200, {});
  const error = await failure(gatewayWith({ timeoutMs: 100 }).scan(request));
  expect(error).toMatchObject({ fault: 'timeout', message: 'The gateway took longer than 100 ms for /v1/scan.' });
});
test("An abort rejects with the signal's reason and sends nothing more", async () => {
  nock(HOST).post('/v1/scan').delay(60_000).reply(200);
  const inTheAir = AbortSignal.timeout(50);
  expect(await rejection(gatewayWith().scan(request, { signal: inTheAir }))).toBe(inTheAir.reason);
  shorten({ gatewayRetryFirstMs: 600_000, gatewayRetryMaxMs: 600_000 });
  const sent = serve(HOST, [500]);
  const betweenTries = new AbortController();
  const { signal } = betweenTries;
  const left = rejection(gatewayWith({ timeoutMs: 900_000 }).scan(request, { signal }));
  await waitFor(() => sent.length === 1);
  await idle();
  betweenTries.abort();
  expect(await left).toBe(signal.reason);
  expect(await rejection(gatewayWith().approvalStatus('a1', { signal }))).toBe(signal.reason);
  await idle();
  expect(sent.length).toBe(1);
});
test('acquire is awaited before each scan that is sent, and not before a status request', async () => {
  const acquired: number[] = [];
  const sent = serve(HOST, [500, '', AT_ONCE], ALLOW, [200, { status: 'pending' }]);
  const gateway = gatewayWith({ acquire: () => delay(20).then(() => acquired.push(sent.length)) });
  await gateway.scan(request);
  await gateway.approvalStatus('a1');
  expect([acquired, sent.length]).toEqual([[0, 1], 3]);
});
test('An acquire that outlasts the time limit is the fault rate_limited, and nothing is sent', async () => {
  let sent = 0;
  const held = gate();
  const fetch = async () => Response.json({ decision: 'ALLOW', sent: (sent += 1) });
  const asked = gatewayWith({ timeoutMs: 100, acquire: () => held.opened, fetch }).scan(request);
  expect((await failure(asked)).fault).toBe('rate_limited');
  held.open();
  await idle();
  expect(sent).toBe(0);
});
test.each([401, 413, 500, 200])('The body of a response %i, and the key, stay out of every log', async (status) => {
  serve(HOST, [status, `You sent ${KEY}`, AT_ONCE]);
  const gateway = gatewayWith();
  const error = await failure(gateway.scan(request));
  expect(error.responseText).toBe('You sent [key]');
  const shown = [error.stack, inspect(error, { depth: 10, showHidden: false }), JSON.stringify(error)].join();
  expect(shown).not.toContain('You sent');
  expect(`${shown}${inspect(gateway, { depth: 10, showHidden: true })}${JSON.stringify(gateway)}`).not.toContain(KEY);
});

const decided = { decidedBy: 'Ann', note: 'Fine.' };
const decidedWire = { decided_by: 'Ann', note: 'Fine.', future: 1 };
const time = '2026-11-22T10:00:00.000Z';
test.each<[status: string, wire: object, ours: object]>([
  ['pending', { decided_by: null, note: 7 }, { status: 'pending' }],
  ['approved', { ...decidedWire, decided_at: time }, { status: 'approved', ...decided, decidedAt: new Date(time) }],
  ['denied', { ...decidedWire, decided_at: 'soon' }, { status: 'denied', ...decided }],
  ['rejected', {}, { status: 'denied' }],
  ['expired', {}, { status: 'expired' }],
])('The status %s of an approval is requested by the encoded id, and read', async (status, wire, expected) => {
  const sent = serve(HOST, [200, { status, ...wire }]);
  expect(await gatewayWith().approvalStatus('a:1')).toStrictEqual(expected);
  expect(sent).toMatchObject([{ method: 'GET', path: '/v1/approvals/a%3A1/status' }]);
});
