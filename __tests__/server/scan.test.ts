import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { ANN, jsonOf, KEY, refusalOf, SECRET, serving } from './serving.ts';
import { IntervenGateway } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { world } from '../setup/world.ts';

const call = { method: 'POST', url: 'https://tools.invalid/read_page', body: { page: 1 } };

describe('a scan', () => {
  test('returns the fields of the HTTP API, with a link to its approval on the page', async () => {
    const { agent } = serving();
    const allowed = await jsonOf(await agent('POST', '/v1/scan', call));
    expect(allowed).toMatchObject({ decision: 'ALLOW', reason_codes: [], classifications: [], risk_band: 'LOW' });
    expect(allowed['trace_id']).toMatch(/^[\da-f-]{36}$/);
    expect(allowed).not.toHaveProperty('approval_url');

    const text = `Write to ${['ann', 'example.com'].join('@')} now`;
    const sanitized = await jsonOf(await agent('POST', '/v1/scan', { ...call, body: { text } }));
    expect(sanitized).toMatchObject({
      decision: 'SANITIZE',
      sanitized_body: { text: 'Write to [REDACTED:EMAIL] now' },
    });

    const asked = await jsonOf(
      await agent('POST', '/v1/scan', { ...call, method: 'DELETE', url: 'https://tools.invalid/delete_page' }),
    );
    expect(asked).toMatchObject({
      decision: 'REQUIRE_APPROVAL',
      policy_name: 'tests',
      rule_id: 'tests-2',
      x_reason: 'Deleted pages are gone.',
      approval_url: `https://gateway.example/#${String(asked['approval_id'])}`,
    });
  });

  test('ignores fields that are null or unknown', async () => {
    const { agent } = serving();
    const more = { agent_id: null, agent_name: null, context: null, headers: null, runtime_type: null, later: [1] };
    expect((await agent('POST', '/v1/scan', { ...call, ...more })).status).toBe(200);
  });

  test.each([
    ['the name in the path of a tool without a URL', 'POST', 'https://tools.invalid/send%20it', 'send it'],
    ['the operation of a known API', 'POST', 'https://slack.com/api/chat.postMessage', 'post_message'],
    ['the operation that a URL describes', 'GET', 'https://shop.example/orders', 'get_orders'],
  ])('derives the function name from %s', async (_, method, url, name) => {
    const names: string[] = [];
    const { agent, gateway } = serving();
    gateway.observe((event) => (event.type === 'decision' ? names.push(event.request.functionName) : 0));
    await agent('POST', '/v1/scan', { method, url, body: {} });
    expect(names).toEqual([name]);
  });

  test('that exceeds its key’s limit of pending approvals is denied, with the reason', async () => {
    const { agent } = serving({ scansPerMinute: Infinity });
    const asking = { ...call, method: 'DELETE', url: 'https://tools.invalid/delete_page' };
    for (let page = 0; page < 200; page += 1) await agent('POST', '/v1/scan', { ...asking, body: { page } });
    const refused = await jsonOf(await agent('POST', '/v1/scan', { ...asking, agent_id: 'another' }));
    expect(refused).toMatchObject({ decision: 'DENY', reason_codes: expect.arrayContaining(['x_too_many_approvals']) });
    expect(refused).not.toHaveProperty('approval_id');
  });

  test('passes the requester and the conversation to the gateway', async () => {
    const requests: unknown[] = [];
    const { agent, gateway } = serving();
    gateway.observe((event) => (event.type === 'decision' ? requests.push(event.request) : 0));
    const who = { agent_id: 'a-1', agent_name: 'helper', runtime_type: 'openai_assistants', context: 'user: Hello' };
    await agent('POST', '/v1/scan', { ...call, ...who });
    expect(requests).toMatchObject([
      {
        agentId: 'a-1',
        agentName: 'helper',
        conversation: { userMessages: ['Hello'], toolOutputs: [] },
        body: { page: 1 },
      },
    ]);
  });

  test('passes the principal and the thread, with the fields that it knows, to the gateway', async () => {
    const requests: unknown[] = [];
    const { agent, gateway } = serving();
    gateway.observe((event) => (event.type === 'decision' ? requests.push(event.request) : 0));
    const principal = { id: 'ada', roles: ['intern'], attributes: { limit: 500, remote: true, team: 'sales' } };
    await agent('POST', '/v1/scan', { ...call, x_principal: { ...principal, later: 1 }, x_thread_id: 'thread_1' });
    await agent('POST', '/v1/scan', { ...call, x_principal: null, x_thread_id: null });
    expect(requests).toMatchObject([{ principal, threadId: 'thread_1' }, {}]);
    expect(requests[0]).not.toHaveProperty('principal.later');
    expect(requests[1]).not.toHaveProperty('principal');
  });

  test.each([
    [
      'x_principal',
      { ...call, x_principal: 'ada' },
      'It must be { id, roles, attributes }, of which roles and attributes are optional.',
    ],
    ['x_principal.id', { ...call, x_principal: {} }, 'It must be a string.'],
    ['x_principal.id', { ...call, x_principal: { id: '' } }, 'It must not be empty.'],
    ['x_principal.roles', { ...call, x_principal: { id: 'ada', roles: 'intern' } }, 'It must be an array of strings.'],
    ['x_thread_id', { ...call, x_thread_id: 7 }, 'It must be a string.'],
    ['x_thread_id', { ...call, x_thread_id: '' }, 'It must not be empty.'],
    ['method', { ...call, method: 7 }, 'It must be a string.'],
    ['method', { ...call, method: 'PO ST' }, 'It must be an HTTP method.'],
    ['url', { ...call, url: [] }, 'It must be a string.'],
    ['url', { ...call, url: '/relative' }, 'It must be an absolute URL.'],
    ['headers', { ...call, headers: [] }, 'It must be an object.'],
    ['agent_id', { ...call, agent_id: 7 }, 'It must be a string.'],
    ['context', { ...call, context: [] }, 'It must be a string.'],
  ])('is refused for an invalid %s', async (path, body, message) => {
    const { agent } = serving();
    expect(await refusalOf(await agent('POST', '/v1/scan', body))).toEqual({
      status: 400,
      code: 'invalid_request',
      message,
      path,
    });
  });

  test.each([
    [{}, 'method', 'Missing required fields "method", "url". Example: {"method":"POST","url":"https://tools.invalid/'],
    [{ url: 7 }, 'method', 'Missing required field "method". Example: {'],
    [{ method: 'POST' }, 'url', 'Missing required field "url". Example: {'],
  ])('with the body %j reports every missing field and an example', async (body, path, message) => {
    const { agent } = serving();
    expect(await refusalOf(await agent('POST', '/v1/scan', body))).toEqual({
      status: 400,
      code: 'invalid_request',
      message: expect.stringContaining(message),
      path,
    });
  });

  test.each([
    'https://acme.com\\@evil.com/x',
    'https://acme.com/a\\b',
    'https://ac\tme.com/',
    'https://acme.com/\n',
    ' https://acme.com/',
    'https://acme.com/a b',
    'https://acme.com/\u0000',
    'https://acme.com/\u007f',
    'https://acme.com/\u0085',
    'https://acme.com/\ud800',
    'https:acme.com',
    'https:/acme.com/x',
    'https:///acme.com/x',
    'https://ann@acme.com/',
    'https://ann:secret@acme.com/',
    'https://@acme.com/',
    'https://acme%2ecom/',
    'https://ａcme.com/',
    'https://faß.example/',
    'https://acme.com;evil.com/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://2130706433/',
    'https://acme.com/pages/../admin',
    'https://acme.com/pages/%2E%2e',
    'mailto:ann',
  ])('is refused for the URL %j, which another parser may read differently', async (url) => {
    const { agent } = serving();
    const refusal = await refusalOf(await agent('POST', '/v1/scan', { ...call, url }));
    expect(refusal).toMatchObject({ status: 400, path: 'url' });
  });

  test.each([
    ['HTTPS://ACME.com:443/a', 'https://acme.com/a'],
    ['https://acme.com', 'https://acme.com/'],
    ['https://acme.com/ü?q=ü#ü', 'https://acme.com/%C3%BC?q=%C3%BC#%C3%BC'],
    ['https://acme.com/a/..b/.../?x=/../', 'https://acme.com/a/..b/.../?x=/../'],
    ['http://[::0001]:8080/', 'http://[::1]:8080/'],
    ['http://127.0.0.1:8080/?to=a@b', 'http://127.0.0.1:8080/?to=a@b'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
  ])('uses the normal form of the URL %j', async (url, normal) => {
    const parts = serving({}, { policies: { name: 'all', rules: [{ action: 'REQUIRE_APPROVAL' }] } });
    const { approval_id } = await jsonOf(await parts.agent('POST', '/v1/scan', { ...call, url }));
    expect(await jsonOf(await parts.ann('GET', `/v1/approvals/${String(approval_id)}`))).toMatchObject({ url: normal });
    await parts.ann('POST', `/v1/approvals/${String(approval_id)}/approve`);
    const again = await jsonOf(await parts.agent('POST', '/v1/scan', { ...call, url: normal }));
    expect(again['decision']).toBe('ALLOW');
  });

  test.each([
    ['no body', 'application/json', '', ''],
    ['a body that is not JSON', 'application/json', '{"method":', ''],
    ['JSON that is not an object', 'application/json', '[]', ''],
    ['JSON under another type', 'text/plain', JSON.stringify(call), 'content-type'],
    ['a __proto__ key', 'application/json', '{"method":"POST","body":{"__proto__":{"a":1}}}', 'body.__proto__'],
    ['a __proto__ key of its own', 'application/json', '{"__proto__":{"method":"GET"}}', '__proto__'],
    ['a number that JSON readers turn into Infinity', 'application/json', '{"body":[1e999]}', 'body[0]'],
    ['arguments nested too deep', 'application/json', `{"body":${'['.repeat(300)}${']'.repeat(300)}}`, 'body'],
    [
      'arguments nested as deep as fits',
      'application/json',
      `{"body":${'['.repeat(120_000)}${']'.repeat(120_000)}}`,
      'body',
    ],
  ])('is refused for %s, and the error quotes nothing', async (_, type, body, path) => {
    const { ask } = serving();
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': type };
    const refusal = await refusalOf(await ask('POST', '/v1/scan', { headers, body }));
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_request', path });
    expect(refusal['message']).toMatch(/^[A-Z][\w /"-]{5,60}\.$/);
  });

  test('is refused above 256 KB, by its declared and by its actual length', async () => {
    const { ask, server } = serving();
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ ...call, body: 'x'.repeat(300_000) });
    expect((await ask('POST', '/v1/scan', { headers, body })).status).toBe(413);
    const announced = { ...headers, 'content-length': '300000' };
    expect((await ask('POST', '/v1/scan', { headers: announced, body: '{}' })).status).toBe(413);

    let read = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        read += 1;
        controller.enqueue(new Uint8Array(1_000));
      },
    });
    const url = 'https://gateway.example/v1/scan';
    const request = new Request(url, { method: 'POST', headers, body: endless, duplex: 'half' });
    expect((await server.fetch(request)).status).toBe(413);
    expect(read).toBeLessThan(300);
  });

  test('is accepted up to 256 KB', async () => {
    const { agent } = serving();
    expect((await agent('POST', '/v1/scan', { ...call, body: 'x '.repeat(130_000) })).status).toBe(200);
  });

  test('is refused after sixty requests of its key in a minute, with Retry-After', async () => {
    const other = ['iv', 'other', 'key', 'of', 'agents'].join('_');
    const { as, agent, wait } = serving({ keys: [KEY, other] });
    for (let count = 0; count < 60; count += 1) expect((await agent('POST', '/v1/scan', call)).status).toBe(200);
    wait(20_500);
    const refused = await agent('POST', '/v1/scan', call);
    expect(refused.headers.get('retry-after')).toBe('40');
    expect(await refusalOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect((await as(other)('POST', '/v1/scan', call)).status).toBe(200);
    wait(39_500);
    expect((await agent('POST', '/v1/scan', call)).status).toBe(200);
  });

  test('is not limited by requests counted while the clock was ahead', async () => {
    const { agent, wait } = serving({ scansPerMinute: 1 });
    wait(86_400_000);
    expect((await agent('POST', '/v1/scan', call)).status).toBe(200);
    wait(-86_400_000);
    expect((await agent('POST', '/v1/scan', call)).status).toBe(200);
    expect((await agent('POST', '/v1/scan', call)).status).toBe(429);
  });

  test('has the configured rate limit', async () => {
    const { agent } = serving({ scansPerMinute: 1 });
    expect((await agent('POST', '/v1/scan', call)).status).toBe(200);
    expect((await agent('POST', '/v1/scan', call)).status).toBe(429);
  });

  test('that makes the gateway throw is a server error, without the gateway’s message', async () => {
    const { agent } = serving({}, { policies: '/nowhere/at-all' });
    expect(await refusalOf(await agent('POST', '/v1/scan', call))).toEqual({
      status: 500,
      code: 'internal',
      message: 'Internal error.',
    });
  });
});

describe('a tool’s response', () => {
  const scanned = async (response_body: unknown) => {
    const { agent } = serving();
    return jsonOf(await agent('POST', '/v1/scan/response', { trace_id: 't', response_body, response_status: 200 }));
  };

  test('is recorded as its classes, its number of non-empty fields and its hash', async () => {
    const output = { b: `key ${SECRET}`, a: [{ text: `by ${['ann', 'example.com'].join('@')}` }, 'fine'] };
    const canonical = JSON.stringify({ a: output.a, b: output.b });
    expect(await scanned(output)).toEqual({
      data_classes: expect.arrayContaining(['SECRETS', 'PII']),
      fields_redacted_count: 2,
      content_fingerprint: createHash('sha256').update(canonical).digest('hex'),
    });
  });

  test('may be any value, or missing', async () => {
    expect(await scanned(undefined)).toMatchObject({ data_classes: [], fields_redacted_count: 0 });
    expect(await scanned('fine')).toMatchObject({ data_classes: [], fields_redacted_count: 0 });
  });

  test('requires a trace id and an agent’s key', async () => {
    const { agent, as } = serving();
    expect(await refusalOf(await agent('POST', '/v1/scan/response', {}))).toMatchObject({
      status: 400,
      path: 'trace_id',
    });
    expect((await as(ANN)('POST', '/v1/scan/response', { trace_id: 't' })).status).toBe(403);
  });
});

test('What the model writes never makes the server refuse a scan, which would end the run', async () => {
  const { server } = serving();
  const gateway = new IntervenGateway({
    apiKey: KEY,
    gatewayUrl: 'https://gateway.example',
    fetch: server.fetch,
    sendConversation: true,
  });
  const odd = [
    '{"url":"https://a!b.example/"}',
    `{"url":"https://a.example/${'a'.repeat(20_000)}"}`,
    '{"url":"https://a:b@a%24b.example/"}',
    '{"id":12345678901234567890}',
    '{"id":1,"id":2}',
    '{"half":"\\ud83d"}',
    `${'{"a":'.repeat(202)}1${'}'.repeat(202)}`,
  ];
  const fine = ['{"url":"https://bücher.example/a b/../c?d#e"}', '{"url":"HTTPS://A.EXAMPLE:443"}', '{"url":"//a"}'];
  const { runner, threadId, assistantId } = world({
    script: [callTools(...[...odd, ...fine].map((args) => ({ name: 'fetch_page', arguments: args }))), say('ok')],
    decisions: {},
    tools: { fetch_page: () => 'half \ud83d' },
    options: { gateway, provenance: true },
  });
  const { status, calls } = await runner.run(threadId, assistantId);
  expect(status).toBe('completed');
  expect(calls.map(({ outcome }) => outcome)).toEqual([
    ...odd.map(() => 'invalid_arguments'),
    ...fine.map(() => 'allowed'),
  ]);
});
