import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { GuardedRunner } from 'interven-openai-assistants';
import { callTools, emitItems, requestApprovals, say, stopShort } from 'interven-openai-assistants/testing';
import { gate, stepsAfter } from '../../setup/gate.ts';
import { MODEL } from '../../setup/model.ts';
import { ending, type Item, misbehaveAt, oneCall, type Params, responding, soon } from '../../setup/responses.ts';
import { whenAsked } from '../../setup/when-asked.ts';

const unlessAnswered = { script: twoStops };
function twoStops({ outputs }: { outputs: readonly unknown[] }) {
  return outputs.length > 0 ? say('ok') : callTools({ name: 'pay' });
}

const mcp = { type: 'mcp', server_label: 'files', server_url: 'http://files.test' } as const;
const hosted = (...tools: object[]): Params => ({ tools: tools as NonNullable<Params['tools']> });

describe('in a chain, a request whose response is lost', () => {
  test.each([
    ['the first', 0],
    ['the one with the outputs', 1],
  ])('is sent again, from the same previous response: %s', async (_, number) => {
    const { openai, respond, ran, sent } = oneCall(unlessAnswered);
    misbehaveAt(openai, number, { dropReply: true });
    expect(await respond()).toMatchObject({ text: 'ok', status: 'completed' });
    expect(sent()).toHaveLength(3);
    expect(sent()[number + 1]).toEqual(sent()[number]);
    expect(ran).toHaveLength(1);
  });

  test('is sent again when the caller replays the conversation, with the same items', async () => {
    const { openai, respond, ran, sent } = oneCall(unlessAnswered);
    misbehaveAt(openai, 1, { cutBody: true });
    expect(await respond({ store: false })).toMatchObject({ text: 'ok' });
    expect(sent()[2]).toEqual(sent()[1]);
    expect(ran).toHaveLength(1);
  });

  test('is sent at most three times', async () => {
    const { openai, respond, sent } = oneCall({ decisions: {} });
    openai.misbehave('responses.create', { status: 500, headers: soon, times: 3 });
    expect(await ending(respond())).toMatchObject({ code: 'api_error', cause: { status: 500 }, leftOpen: false });
    expect(sent()).toHaveLength(0);
  });

  test.each([
    ['an MCP server', hosted({ ...mcp, require_approval: 'always' })],
    ['an MCP server with the default approvals', hosted(mcp)],
    ['a shell of our own', hosted({ type: 'shell', environment: { type: 'local' } })],
    ['searches', hosted({ type: 'web_search' }, { type: 'file_search', vector_store_ids: [] })],
    ['code', hosted({ type: 'code_interpreter', container: { type: 'auto' } })],
  ])('is sent again with tools without hosted side effects: %s', async (_, params) => {
    const { openai, respond } = responding({ script: () => say('ok'), decisions: {}, tools: {} });
    openai.misbehave('responses.create', { dropReply: true });
    expect(await respond(params)).toMatchObject({ text: 'ok' });
    expect(openai.responses()).toHaveLength(2);
  });

  describe.each([
    ['an MCP server without approvals', hosted({ ...mcp, require_approval: 'never' }), 'mcp'],
    [
      'an MCP server that asks sometimes',
      hosted({ ...mcp, require_approval: { never: { tool_names: ['read'] } } }),
      'mcp',
    ],
    [
      'a shell of the API',
      hosted({ type: 'function', name: 'f' }, { type: 'shell', environment: { type: 'container_auto' } }),
      'shell',
    ],
    ['a stored prompt', { prompt: { id: 'pmpt_1' } }, 'prompt'],
  ])('with %s', (_, params: Params, named) => {
    test('is not sent again, because the API may have caused a side effect', async () => {
      const { openai, respond, sent } = responding({ script: () => say('ok'), decisions: {}, tools: {} });
      openai.misbehave('responses.create', { dropReply: true });
      const error = await ending(respond(params));
      expect(error).toMatchObject({ code: 'reply_lost', leftOpen: false, calls: [] });
      expect(error.message).toContain(named);
      expect(error.cause).toBeInstanceOf(Error);
      expect(sent()).toHaveLength(1);
    });

    test('is found among the items of a conversation', async () => {
      const { openai, on, sent } = responding({ script: () => say('ok'), decisions: {}, tools: {} });
      openai.misbehave('responses.create', { dropReply: true });
      expect(await on(params)).toMatchObject({ text: 'ok' });
      expect(sent()).toHaveLength(1);
    });

    test('is sent again after a rate limit, because nothing was done', async () => {
      const { openai, respond } = responding({ script: [say('ok')], decisions: {}, tools: {} });
      openai.misbehave('responses.create', { status: 429, headers: soon });
      expect(await respond(params)).toMatchObject({ text: 'ok' });
    });
  });

  test('that may have caused a side effect, and is not in its conversation, is not sent again', async () => {
    const { openai, on, sent, count } = responding({ script: () => say('ok'), decisions: {}, tools: {} });
    openai.misbehave('responses.create', { status: 500, headers: soon });
    const error = await ending(on(hosted({ ...mcp, require_approval: 'never' })));
    expect(error).toMatchObject({ code: 'reply_lost', cause: { status: 500 } });
    expect(error.message).toContain('mcp');
    expect(sent()).toHaveLength(0);
    expect(count('conversations.items.list')).toBeGreaterThan(1);
  });

  test.each([
    ['approves an MCP call is not sent again', 'ALLOW', 2],
    ['refuses an MCP call is sent again', 'DENY', 3],
  ] as const)('and that %s', async (_, decision, requests) => {
    const { openai, respond, sent } = responding({
      script: ({ outputs }) => (outputs.length > 0 ? say('ok') : requestApprovals({ name: 'wipe' })),
      decisions: { wipe: decision },
      tools: {},
    });
    misbehaveAt(openai, 1, { dropReply: true });
    const outcome = await respond(hosted(mcp)).then(
      ({ text }) => text,
      (error: unknown) => (error as { code: string }).code,
    );
    expect(outcome).toBe(decision === 'ALLOW' ? 'reply_lost' : 'ok');
    expect(sent()).toHaveLength(requests);
  });

  test('and that approves an MCP call is found among the items of a conversation', async () => {
    const { openai, on, sent, items } = responding({
      script: [requestApprovals({ name: 'wipe' }), say('ok')],
      decisions: { wipe: 'ALLOW' },
      tools: {},
    });
    misbehaveAt(openai, 1, { dropReply: true });
    const { response, calls } = await on(hosted(mcp));
    expect(calls).toMatchObject([{ outcome: 'allowed', executed: 'unknown' }]);
    expect(response.output).toMatchObject([{ type: 'mcp_call' }, { type: 'message' }]);
    expect(items('mcp_call')).toHaveLength(1);
    expect(sent()).toHaveLength(2);
  });
});

test.each([400, 401, 403, 404, 422])('a request that the API refuses with %d is not sent again', async (status) => {
  const { openai, respond, on, sent } = oneCall({ decisions: {} });
  openai.misbehave('responses.create', { status, times: 2 });
  expect(await ending(respond())).toMatchObject({ code: 'api_error', cause: { status }, leftOpen: false });
  expect(await ending(on())).toMatchObject({ code: 'api_error', cause: { status }, leftOpen: false });
  expect(sent()).toEqual([]);
});

describe('a call that another run left open', () => {
  const poisoned = () => oneCall({ script: [callTools({ name: 'theirs', id: 'call_theirs' })], decisions: {} });

  test('in the conversation is an error that names it and the remedy', async () => {
    const { client, conversationId, on, sent } = poisoned();
    await client.responses.create({ model: MODEL, conversation: conversationId, input: 'Hi' });
    const error = await ending(on());
    expect(error).toMatchObject({ code: 'open_calls', threadId: conversationId, calls: [], cause: { status: 400 } });
    expect(error.message).toContain(conversationId);
    expect(error.message).toContain('call_theirs. Another run may be working on them');
    expect(error.message).toContain('conversations.items.create');
    expect(error.message).toContain('conversations.items.delete');
    expect(sent()).toHaveLength(2);
  });

  test('in the previous response is an error that names it and the remedy', async () => {
    const { client, respond } = poisoned();
    const { id } = await client.responses.create({ model: MODEL, input: 'Hi' });
    const error = await ending(respond({ previous_response_id: id }));
    expect(error).toMatchObject({ code: 'open_calls', threadId: undefined, leftOpen: false });
    expect(error.message).toMatch(/call_theirs. Add their outputs to input, or continue from an earlier response/);
  });

  test('and that the input answers is no error', async () => {
    const { client, conversationId, on } = oneCall({
      script: [callTools({ name: 'theirs', id: 'call_theirs' }), say('ok')],
      decisions: {},
    });
    await client.responses.create({ model: MODEL, conversation: conversationId, input: 'Hi' });
    const output = { type: 'function_call_output', call_id: 'call_theirs', output: 'done' } as const;
    expect(await on({ input: [output] })).toMatchObject({ text: 'ok', calls: [] });
  });
});

test.each([
  ['openai 5', OpenAI5],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7],
])('%s: lost responses, a truncated response and an abort have the same results', async (_, Client) => {
  const { openai, conversationId, gateway } = oneCall();
  const client = new Client({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
  const ran: string[] = [];
  const runner = new GuardedRunner({ client, gateway, tools: { pay: () => ran.push('paid') } });
  misbehaveAt(openai, 0, { dropReply: true });
  misbehaveAt(openai, 0, { cutBody: true });
  openai.misbehave('conversations.items.list', { cutBody: true });
  const params = { model: MODEL, input: 'Pay' };
  const result = await runner.responses({ ...params, conversation: conversationId });
  expect(result).toMatchObject({ status: 'completed', text: 'ok' });
  expect(ran).toEqual(['paid']);
  expect(openai.responses()).toHaveLength(2);
  openai.assertDone();

  const thought = gate();
  const slow = oneCall({ script: stepsAfter(thought.opened, callTools({ name: 'pay' })), decisions: {} });
  const slowClient = new Client({ apiKey: 'test', baseURL: slow.openai.baseURL, fetch: slow.openai.fetch });
  const patient = new GuardedRunner({ client: slowClient, gateway, tools: { pay: () => ran.push('again') } });
  const signal = whenAsked(slow.openai, 'responses.create');
  signal.addEventListener('abort', thought.open);
  const left = patient.responses({ ...params, conversation: slow.conversationId }, { signal });
  expect(await ending(left)).toMatchObject({ code: 'aborted', leftOpen: false, calls: [{ outcome: 'not_run' }] });
  expect(slow.items('function_call_output')).toHaveLength(1);
  expect(ran).toEqual(['paid']);
});

const ENCRYPTED = 'reasoning.encrypted_content';
const call = (more: Item = {}): Item => ({
  type: 'function_call',
  call_id: 'call_1',
  name: 'pay',
  arguments: '{}',
  ...more,
});
const reasoning = (more: Item = {}): Item => ({ type: 'reasoning', id: 'rs_1', summary: [], ...more });

describe('include', () => {
  test.each(['poll', 'stream'] as const)('asks for encrypted reasoning with store: false (%s)', async (transport) => {
    const { respond, sent } = oneCall();
    await respond({ store: false }, { transport });
    expect(sent().map(({ include }) => include)).toEqual([[ENCRYPTED], [ENCRYPTED]]);
  });

  test.each<[string, Params, unknown]>([
    [
      'keeps the caller’s own',
      { store: false, include: ['message.output_text.logprobs'] },
      ['message.output_text.logprobs', ENCRYPTED],
    ],
    ['does not ask twice', { store: false, include: [ENCRYPTED] }, [ENCRYPTED]],
    ['is unchanged with store: true', { store: true }, undefined],
    ['is unchanged by default', {}, undefined],
  ])('%s', async (_, params, include) => {
    const { respond, sent } = oneCall();
    await respond(params);
    expect(sent().map((body) => body['include'])).toEqual([include, include]);
  });

  test('is unchanged in a conversation, which keeps the reasoning', async () => {
    const { on, sent } = oneCall();
    await on({ store: false });
    expect(sent().map(({ include }) => include)).toEqual([undefined, undefined]);
  });

  describe('of encrypted reasoning that the API rejects', () => {
    const rejecting = (status: number, error: Item) => {
      const parts = oneCall();
      const fetch: typeof parts.openai.fetch = async (input, init) => {
        const asks = typeof init?.body === 'string' && init.body.includes(ENCRYPTED);
        return asks ? Response.json(error, { status }) : parts.openai.fetch(input, init);
      };
      const client = new OpenAI({ apiKey: 'test', baseURL: parts.openai.baseURL, fetch });
      const { gateway, ran } = parts;
      const tools = { pay: (_: unknown, { callId }: { callId: string }) => ran.push(callId) };
      const runner = new GuardedRunner({ client, gateway, tools });
      const respond = async (params: Params) =>
        runner.responses({ model: MODEL, input: 'Pay', store: false, ...params });
      return { ...parts, respond };
    };
    const unsupported = { error: { message: 'Encrypted content is not supported with this model.', param: 'include' } };

    test.each<[string, number, Item]>([
      ['a model that does not reason', 400, unsupported],
      ['a server that does not know it', 422, { detail: [{ loc: ['body', 'include', 0], msg: 'Input should be …' }] }],
    ])('is left out from then on: %s', async (_, status, error) => {
      const { respond, sent, ran } = rejecting(status, error);
      const logprobs = 'message.output_text.logprobs';
      expect(await respond({ include: [logprobs] })).toMatchObject({ text: 'ok' });
      expect(sent().map(({ include }) => include)).toEqual([[logprobs], [logprobs]]);
      expect(ran).toEqual(['call_1']);
    });

    test('is the caller’s error if the caller asked for it', async () => {
      const { respond } = rejecting(400, unsupported);
      expect(await ending(respond({ include: [ENCRYPTED] }))).toMatchObject({
        code: 'api_error',
        cause: { status: 400 },
      });
    });
  });
});

describe('with store: false, an item is sent again', () => {
  const replayed = async (...items: Item[]): Promise<Item[]> => {
    const { respond, sent } = oneCall({ script: [emitItems(...items), say('ok')] });
    await respond({ store: false });
    return (sent()[1]?.['input'] as Item[]).slice(1, -1);
  };

  test.each<[string, Item, Item]>([
    ['without null', call({ status: null, namespace: null, caller: null }), {}],
    ['without a status that requests do not have', call({ status: 'done' }), {}],
    ['without its author', call({ created_by: 'user_1' }), {}],
    ['with arguments that are not JSON as {}', call({ arguments: '{"half": ' }), { arguments: '{}' }],
    ['with an object of arguments as JSON', call({ arguments: { sum: 1 } }), { arguments: '{"sum":1}' }],
    ['with whole characters', call({ arguments: '{"a":"\ud83d"}' }), { arguments: '{"a":"\ufffd"}' }],
    ['with whole escaped characters', call({ arguments: '{"a":"\\ud83d"}' }), { arguments: '{"a":"\ufffd"}' }],
    [
      'as it is',
      call({ arguments: '{"a": 1.50}', status: 'completed' }),
      { arguments: '{"a": 1.50}', status: 'completed' },
    ],
  ])('%s', async (_, item, changed) => {
    expect(await replayed(item)).toEqual([{ ...call(changed), id: expect.any(String) }]);
  });

  test('with what follows it, if it is reasoning', async () => {
    const encrypted = { encrypted_content: 'abc' };
    const items = await replayed(reasoning({ ...encrypted, status: null, content: null }), call());
    expect(items).toMatchObject([reasoning(encrypted), call()]);
    expect(Object.keys(items[0] ?? {})).toEqual(['type', 'id', 'summary', 'encrypted_content']);
  });

  test.each<[string, Item[]]>([
    ['has no content', [reasoning(), call()]],
    ['is the last item', [call(), reasoning({ encrypted_content: 'abc' })]],
  ])('unless it is reasoning that %s', async (_, items) => {
    expect(await replayed(...items)).toMatchObject([call()]);
  });

  test('in the history of a response that stopped short, so that the next request is accepted', async () => {
    const { respond } = oneCall({
      script: [stopShort('max_completion_tokens', { name: 'pay', arguments: { sum: 12345 } }), say('more')],
    });
    const { history = [] } = await respond({ store: false });
    expect(history).toMatchObject([
      { role: 'user' },
      { type: 'function_call', arguments: '{}', status: 'incomplete' },
      {},
    ]);
    expect(await respond({ store: false, input: history })).toMatchObject({ text: 'more' });
  });

  test('also when the input of a text tool is null', async () => {
    const { respond, sent } = oneCall({
      script: [emitItems({ type: 'custom_tool_call', call_id: 'call_1', name: 'query', input: null }), say('ok')],
    });
    await respond({ store: false });
    expect(sent()[1]?.['input']).toMatchObject([{}, { type: 'custom_tool_call', input: '""' }, {}]);
  });
});

test('in a chain, the calls stay at the API', async () => {
  const { respond, sent } = oneCall({
    script: [callTools({ name: 'pay', id: 'call_1', arguments: '{"half": ' }), say('ok')],
  });
  await respond();
  expect(sent()[1]?.['input']).toMatchObject([{ type: 'function_call_output' }]);
});
