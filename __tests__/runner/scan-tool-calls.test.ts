import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GatewayError, scanToolCalls, type Decision, type Gateway } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
import { ScriptedGateway } from 'interven-openai-assistants/testing';
import nock from 'nock';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { gate } from '../setup/gate.ts';
import { MODEL } from '../setup/model.ts';
import { rejection } from '../setup/world.ts';

const HOST = 'https://gateway.example';
const KEY = 'iv_test_key';
const AT_ONCE = { 'retry-after': '0' };

let made = 0;
const call = (name: string, args: object | string = {}) => {
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  return { id: `call_${(made += 1)}`, type: 'function', function: { name, arguments: text } };
};

/** A custom gateway without validation. */
const gatewayThat = (scan: () => unknown): Gateway => ({
  scan: async () => scan() as Decision,
  approvalStatus: async () => ({ status: 'pending' }),
});

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  nock.abortPendingRequests();
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('The result of scanToolCalls', () => {
  test('has one entry per call, in their order, whichever scan ends first', async () => {
    const finished: string[] = [];
    const ends = { fast: gate(), middle: gate(), slow: gate() };
    const after = (before?: keyof typeof ends) => async (request: { functionName: string }) => {
      await (before && ends[before].opened);
      finished.push(request.functionName);
      ends[request.functionName as keyof typeof ends].open();
      return 'ALLOW' as const;
    };
    const gateway = new ScriptedGateway({ slow: after('middle'), middle: after('fast'), fast: after() });
    const calls = [call('slow', { n: 1 }), call('middle', { n: 2 }), call('fast', { n: 3 })];
    const scanned = await scanToolCalls(calls, { gateway });
    expect(finished).toEqual(['fast', 'middle', 'slow']);
    expect(scanned.map(({ effectiveArguments }) => effectiveArguments)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    for (const [index, { toolCall }] of scanned.entries()) expect(toolCall).toBe(calls[index]);
  });

  test('has the same entries for the function calls of a response', async () => {
    const gateway = new ScriptedGateway({ send: { decision: 'SANITIZE', sanitizedBody: { to: '[X]' } } });
    const item = { type: 'function_call', call_id: 'call_1', name: 'send', arguments: '{"to":"ann"}' } as const;
    const [scanned] = await scanToolCalls([item], { gateway });
    expect(gateway.scans[0]).toMatchObject({ functionName: 'send', body: { to: 'ann' } });
    expect(scanned).toMatchObject({ toolCall: item, effectiveArguments: { to: '[X]' } });
  });

  test.each([
    ['ALLOW', {}, { to: 'ann', text: 'hi' }],
    ['DENY', { reasonCodes: ['SECRETS', 'PII'] }, { to: 'ann', text: 'hi' }],
    ['REQUIRE_APPROVAL', { approvalId: 'a1', approvalUrl: 'https://h/a1' }, { to: 'ann', text: 'hi' }],
    ['SANITIZE', { sanitizedBody: { to: '[X]' } }, { to: '[X]' }],
  ] as const)('has the effective arguments after %s', async (decision, more, expected) => {
    const gateway = new ScriptedGateway({ send: { decision, ...more } });
    const toolCall = call('send', { to: 'ann', text: 'hi' });
    const text = toolCall.function.arguments;
    const [only, ...others] = await scanToolCalls([toolCall], { gateway });
    expect(only).toMatchObject({ scan: { decision, ...more }, effectiveArguments: expected });
    expect(only?.effectiveArguments).toStrictEqual(expected);
    expect(only?.scan).not.toHaveProperty('fault');
    expect([others.length, toolCall.function.arguments]).toEqual([0, text]);
  });

  test('is an empty array for no calls, without a request to the gateway', async () => {
    const gateway = new ScriptedGateway({});
    expect(await scanToolCalls([], { gateway })).toEqual([]);
    expect(gateway.scans).toEqual([]);
  });

  test('has the decisions of an embedded gateway', async () => {
    const calls = [
      call('post_message', { text: 'Ask ann@example.com' }),
      call('delete_page', { id: 1 }),
      call('ping', ''),
    ];
    const scanned = await scanToolCalls(calls, {
      gateway: new EmbeddedGateway({ policies: [...starterPolicies, agentSafety] }),
    });
    expect(scanned.map(({ scan }) => scan.decision)).toEqual(['SANITIZE', 'REQUIRE_APPROVAL', 'ALLOW']);
    expect(scanned.map((one) => one.effectiveArguments)).toEqual([{ text: 'Ask [REDACTED:EMAIL]' }, { id: 1 }, {}]);
  });
});

test.each([
  ['post_message', {}, 'POST', 'https://slack.com/api/chat.postMessage'],
  ['gh_list_issues', {}, 'GET', 'https://api.github.com/gh_list_issues'],
  ['share_file', {}, 'POST', 'https://www.googleapis.com/drive/v3/share_file'],
  ['fetch_page', { url: 'https://h.example/a b', method: 'put' }, 'PUT', 'https://h.example/a%20b'],
  ['delete_user', {}, 'DELETE', 'https://tools.invalid/delete_user'],
  ['delete_user', { url: 'ftp://h.example' }, 'DELETE', 'https://tools.invalid/delete_user'],
])('A call of %s with %j is scanned as %s %s', async (name, args, method, url) => {
  const gateway = new ScriptedGateway({ [name]: 'ALLOW' });
  await scanToolCalls([call(name, args)], { gateway });
  const request = { functionName: name, method, url, body: args, runtimeType: 'openai_assistants' };
  expect(gateway.scans).toStrictEqual([request]);
});

describe('With apiKey and gatewayUrl, scanToolCalls', () => {
  const options = { apiKey: KEY, gatewayUrl: HOST, timeoutMs: 30_000 };

  test('sends the scan to that gateway', async () => {
    const body = { channel: '#ops', text: 'hi' };
    const wire = { method: 'POST', url: 'https://slack.com/api/chat.postMessage', body };
    const reply = { decision: 'SANITIZE', sanitized_body: { text: '[X]' }, reason_codes: ['PII'] };
    const scope = nock(HOST, { reqheaders: { authorization: `Bearer ${KEY}` } })
      .post('/v1/scan', { ...wire, runtime_type: 'openai_assistants', agent_id: 'a', agent_name: 'Ann' })
      .reply(200, reply);
    const agent = { agentId: 'a', agentName: 'Ann' };
    const [only] = await scanToolCalls([call('post_message', body)], { ...options, ...agent });
    expect(only).toMatchObject({ scan: { decision: 'SANITIZE', reasonCodes: ['PII'], raw: reply } });
    expect(only?.effectiveArguments).toStrictEqual({ text: '[X]' });
    expect(scope.isDone()).toBe(true);
  });

  test('requires a key', async () => {
    delete process.env['INTERVEN_API_KEY'];
    expect(await rejection(scanToolCalls([call('a')], { gatewayUrl: HOST }))).toBeInstanceOf(TypeError);
  });

  test('rejects with a configuration fault', async () => {
    nock(HOST).persist().post('/v1/scan').reply(401);
    const error = await rejection(scanToolCalls([call('a'), call('b')], options));
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ fault: 'configuration', status: 401 });
  });

  test.each([
    ['server_error', {}, () => nock(HOST).persist().post('/v1/scan').reply(500, '', AT_ONCE)],
    ['rate_limited', {}, () => nock(HOST).persist().post('/v1/scan').reply(429, '', AT_ONCE)],
    ['unreachable', {}, () => nock(HOST).persist().post('/v1/scan').replyWithError('reset')],
    ['timeout', { timeoutMs: 100 }, () => nock(HOST).post('/v1/scan').delay(60_000).reply(200)],
    ['malformed_reply', {}, () => nock(HOST).post('/v1/scan').reply(200, { decision: 'MAYBE' })],
    ['too_large', {}, () => nock(HOST).post('/v1/scan').reply(413)],
  ])('denies a call whose scan has the fault %s', async (fault, more, reply) => {
    reply();
    const [only] = await scanToolCalls([call('a', { n: 1 })], { ...options, ...more });
    expect(only).toMatchObject({
      scan: { decision: 'DENY', reasonCodes: ['SCAN_UNAVAILABLE'], classifications: [], fault, error: { fault } },
      effectiveArguments: { n: 1 },
    });
  });
});

describe('A custom gateway', () => {
  test.each([
    ['an unknown decision', () => ({ decision: 'MAYBE', reasonCodes: [] }), 'malformed_reply'],
    ['a decision in lower case', () => ({ decision: 'allow', reasonCodes: [] }), 'malformed_reply'],
    ['no decision', () => ({}), 'malformed_reply'],
    ['SANITIZE without a body', () => ({ decision: 'SANITIZE', reasonCodes: [] }), 'malformed_reply'],
    ['SANITIZE with an array', () => ({ decision: 'SANITIZE', sanitizedBody: [1] }), 'malformed_reply'],
    ['SANITIZE with a string', () => ({ decision: 'SANITIZE', sanitizedBody: '{}' }), 'malformed_reply'],
    ['nothing', () => undefined, 'malformed_reply'],
    [
      'a rejection',
      () => {
        throw new Error('no');
      },
      'unknown',
    ],
  ])('that returns %s denies the call', async (_what, scan, fault) => {
    const [only] = await scanToolCalls([call('a', { n: 1 })], { gateway: gatewayThat(scan) });
    expect(only?.scan).toMatchObject({ decision: 'DENY', reasonCodes: ['SCAN_UNAVAILABLE'], fault });
    expect(only?.scan).not.toHaveProperty('sanitizedBody');
  });

  test('that fails for one call does not affect the others', async () => {
    const gateway = new ScriptedGateway({ good: 'ALLOW', bad: { fault: 'unreachable' } });
    const scanned = await scanToolCalls([call('bad'), call('good'), call('bad')], { gateway });
    expect(scanned.map(({ scan }) => scan.decision)).toEqual(['DENY', 'ALLOW', 'DENY']);
  });
});

test.each([
  'not json',
  '{"a":1',
  '[]',
  '"text"',
  'null',
  '3',
  '{"__proto__":{"admin":true}}',
  '{"id":2512292042121000001}',
  '{"a":1,"a":2}',
  '{"text":"\\ud83d"}',
  '{"url":"https://a!b.example/"}',
  '{"deep":[{"__proto__":1}]}',
  `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`,
])('A call with the invalid arguments %.30s is denied and not scanned', async (text) => {
  const gateway = new ScriptedGateway({ good: 'ALLOW' });
  const [bad, good] = await scanToolCalls([call('good', text), call('good', { n: 1 })], { gateway });
  expect(bad?.scan).toMatchObject({ decision: 'DENY', reasonCodes: ['INVALID_ARGUMENTS'] });
  expect(bad?.scan.error).toBeInstanceOf(Error);
  expect(bad?.effectiveArguments).toStrictEqual({});
  expect(good?.scan.decision).toBe('ALLOW');
  expect(gateway.scans.map(({ body }) => body)).toEqual([{ n: 1 }]);
});

describe('The tool calls of the SDKs', () => {
  const message = {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'send', arguments: '{"to":"ann"}' } },
      { id: 'call_2', type: 'custom', custom: { name: 'query', input: 'select 1' } },
    ],
  };
  const output = [
    { type: 'function_call', call_id: 'call_1', name: 'send', arguments: '{"to":"ann"}' },
    { type: 'custom_tool_call', call_id: 'call_2', name: 'query', input: 'select 1' },
  ];
  const replying = { apiKey: 'test', fetch: async () => Response.json({ choices: [{ message }], output }) };
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const model = MODEL;

  // Without a cast: that these lines compile is part of the test.
  test.each([
    ['openai 5', async () => (await new OpenAI5(replying).chat.completions.create({ model, messages })).choices],
    ['openai 6', async () => (await new OpenAI(replying).chat.completions.create({ model, messages })).choices],
    ['openai 7', async () => (await new OpenAI7(replying).chat.completions.create({ model, messages })).choices],
  ])('of Chat Completions fit, custom ones included: %s', async (_, ask) => {
    const gateway = new ScriptedGateway({ send: 'ALLOW', query: 'ALLOW' });
    const [choice] = await ask();
    const scanned = await scanToolCalls(choice?.message.tool_calls ?? [], { gateway });
    expect(scanned.map(({ toolCall: { id }, name, effectiveArguments }) => [id, name, effectiveArguments])).toEqual([
      ['call_1', 'send', { to: 'ann' }],
      ['call_2', 'query', { input: 'select 1' }],
    ]);
    expect(gateway.scans.map(({ body }) => body)).toEqual([{ to: 'ann' }, { input: 'select 1' }]);
  });

  test('of the Responses API fit, custom ones included', async () => {
    const gateway = new ScriptedGateway({ send: 'ALLOW', query: 'DENY' });
    const response = await new OpenAI(replying).responses.create({ model, input: 'Hello' });
    const calls = response.output.filter((item) => item.type === 'function_call' || item.type === 'custom_tool_call');
    const scanned = await scanToolCalls(calls, { gateway });
    expect(scanned.map(({ toolCall, scan }) => [toolCall.call_id, scan.decision])).toEqual([
      ['call_1', 'ALLOW'],
      ['call_2', 'DENY'],
    ]);
  });

  test('of an unknown type are an error, before any scan', async () => {
    const gateway = new ScriptedGateway({});
    const odd = { ...call('send'), type: 'telepathy' };
    expect(await rejection(scanToolCalls([call('send'), odd], { gateway }))).toMatchObject({
      message:
        'toolCalls[1] has the type "telepathy", which is not supported. Pass only calls of functions and custom tools.',
    });
    expect(gateway.scans).toEqual([]);
  });

  test('with a custom tool’s input that is not a string are denied', async () => {
    const gateway = new ScriptedGateway({});
    const [scanned] = await scanToolCalls([{ id: 'a', type: 'custom', function: { name: 'query' } }], { gateway });
    expect(scanned?.scan).toMatchObject({ decision: 'DENY', reasonCodes: ['INVALID_ARGUMENTS'] });
  });
});

describe('An abort', () => {
  const reason = new Error('aborted');

  test("rejects with the signal's reason, though the gateway ignores the signal", async () => {
    const caller = new AbortController();
    const gateway = gatewayThat(() => new Promise(() => undefined));
    const scanning = scanToolCalls([call('a'), call('b')], { gateway, signal: caller.signal });
    caller.abort(reason);
    expect(await rejection(scanning)).toBe(reason);
  });

  test('before the call rejects with the reason, also for a gateway over HTTP', async () => {
    const options = { apiKey: KEY, gatewayUrl: HOST, signal: AbortSignal.abort(reason) };
    expect(await rejection(scanToolCalls([call('a')], options))).toBe(reason);
  });

  test('after the decisions has no effect', async () => {
    const caller = new AbortController();
    const scanned = await scanToolCalls([call('a')], { gateway: new EmbeddedGateway(), signal: caller.signal });
    caller.abort(reason);
    expect(scanned.map(({ scan }) => scan.decision)).toEqual(['ALLOW']);
  });
});
