import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { GuardedRunError, GuardedRunner, tool } from 'interven-openai-assistants';
import { callTools, emitItems, fail, type ModelStep, requestApprovals, say } from 'interven-openai-assistants/testing';
import { idle } from '../../setup/idle.ts';
import { oneByOne, sequentialTool } from '../../setup/sequential.ts';
import { MODEL } from '../../setup/model.ts';
import { ending, type Item, misbehaveAt, oneCall, responding } from '../../setup/responses.ts';
import OpenAI from 'openai';

const call = (callId: string, more: Item = {}): Item => ({
  type: 'function_call',
  call_id: callId,
  name: 'pay',
  arguments: '{}',
  status: 'completed',
  ...more,
});

describe('one conversation', () => {
  test('is served once at a time by a runner: a second run is refused, and starts nothing', async () => {
    const { on, ran, count } = oneCall({ script: [callTools({ name: 'pay', id: 'call_1' }), say('ok'), say('more')] });
    const first = on();
    const second = await ending(on());
    expect(second).toBeInstanceOf(GuardedRunError);
    expect(second).toMatchObject({ code: 'active_run', leftOpen: false, calls: [] });
    expect(await first).toMatchObject({ text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(count('responses.create')).toBe(2);
    expect(await on()).toMatchObject({ text: 'more' });
  });

  test('that another run left open is reported with its call', async () => {
    const { client, conversationId, on } = oneCall({
      script: [callTools({ name: 'pay', id: 'call_1' })],
      decisions: {},
    });
    await client.responses.create({ model: MODEL, input: 'Pay', conversation: conversationId });
    expect(await ending(on())).toMatchObject({ code: 'open_calls', openCalls: ['call_1'], leftOpen: false });
  });

  test.each<[string, Item[]]>([
    [
      'a search',
      [
        { type: 'tool_search_call', execution: 'server', call_id: null, arguments: {}, status: 'completed' },
        { type: 'tool_search_output', execution: 'server', call_id: null, tools: [], status: 'completed' },
      ],
    ],
    [
      'a container’s shell',
      [
        {
          type: 'shell_call',
          call_id: 'sh_1',
          action: { commands: ['ls'] },
          environment: { type: 'container_reference', container_id: 'c_1' },
          status: 'completed',
        },
        { type: 'shell_call_output', call_id: 'sh_1', output: [], status: 'completed' },
      ],
    ],
  ])('detects a lost response of which %s of the API is a part', async (_, hosted) => {
    const { openai, on, ran, sent } = oneCall({ script: [emitItems(...hosted, call('call_1')), say('ok')] });
    openai.misbehave('responses.create', { dropReply: true });
    expect(await on()).toMatchObject({ text: 'ok' });
    expect(ran).toEqual(['call_1']);
    expect(sent()).toHaveLength(2);
  });
});

describe('a lost response to outputs', () => {
  test.each<[string, Item]>([
    ['a shell’s', { type: 'shell_call', action: { commands: ['ls'] }, environment: { type: 'local' } }],
    ['a patch’s', { type: 'apply_patch_call', operation: { type: 'delete_file', path: 'x' } }],
    ['a search’s', { type: 'tool_search_call', execution: 'client', arguments: {} }],
  ])('is detected in a conversation where they are %s', async (_, item) => {
    const { openai, on, sent } = oneCall({
      script: [emitItems({ ...item, call_id: 'call_1', status: 'completed' }), say('ok')],
      decisions: {},
    });
    misbehaveAt(openai, 1, { dropReply: true });
    expect(await on()).toMatchObject({ text: 'ok' });
    expect(sent()).toHaveLength(2);
  });
});

test('a call with the id of an earlier one is closed by its own outcome: not run', async () => {
  const { on, items } = oneCall({
    script: [
      callTools({ name: 'pay', id: 'call_1' }),
      callTools({ name: 'pay', id: 'call_1', arguments: { more: 1 } }),
    ],
  });
  const { code, calls } = await ending(on({}, { maxTurns: 1 }));
  expect(code).toBe('max_turns');
  expect(calls).toMatchObject([{ output: 'paid' }, { outcome: 'not_run', executed: 'no' }]);
  expect(items('function_call_output').map(({ output }) => output)).toEqual(['paid', calls[1]?.output]);
});

describe('asynchronous calls', () => {
  test('of a sequential tool wait for each other, and so do their siblings', async () => {
    const { steps, tool } = sequentialTool();
    const { respond } = responding({
      script: [
        emitItems(call('call_1', { async: true }), call('call_2'), call('call_3', { async: true })),
        say('so far'),
        say('ok'),
      ],
      decisions: { pay: 'ALLOW' },
      tools: { pay: tool },
    });
    await respond();
    expect(steps).toEqual(oneByOne('call_1', 'call_2', 'call_3'));
  });

  test('end the run, like all others, when two have one id', async () => {
    const { respond, ran } = oneCall({
      script: [emitItems(call('call_1', { async: true }), call('call_1'))],
      decisions: {},
    });
    expect(await ending(respond())).toMatchObject({ code: 'invalid_turn' });
    expect(ran).toEqual([]);
  });

  test('end the run when a later response uses the id of an open one', async () => {
    const { respond, ran } = oneCall({
      script: [emitItems(call('call_1', { async: true }), call('call_2')), callTools({ name: 'pay', id: 'call_1' })],
      tools: {
        pay: async (_, { callId }) => {
          ran.push(callId);
          return callId === 'call_2' ? 'paid' : new Promise(() => undefined);
        },
      },
      options: { graceMs: 0 },
    });
    const { code, message } = await ending(respond());
    expect([code, message]).toEqual(['invalid_turn', expect.stringContaining('"call_1"')]);
    expect(ran).toEqual(['call_1', 'call_2']);
  });

  test('are aborted when a later response fails', async () => {
    const { respond } = responding({
      script: [callTools({ name: 'pay', async: true }, { name: 'look' }), fail('Out of order.')],
      decisions: { pay: 'ALLOW', look: 'ALLOW' },
      tools: {
        look: () => 'seen',
        pay: async (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve('stopped');
            });
          }),
      },
    });
    expect(await respond()).toMatchObject({ status: 'failed', calls: [{ output: 'stopped' }, { output: 'seen' }] });
  });
});

describe('a response that failed with calls in it', () => {
  test('is continued without them: the API has forgotten them', async () => {
    const { openai, respond } = oneCall({
      script: [callTools({ name: 'pay', id: 'call_1' }), callTools({ name: 'pay', id: 'call_2' }), say('fine')],
    });
    misbehaveAt(openai, 1, { rewrite: (reply) => ({ ...reply, status: 'failed' }) });
    const { status, history = [], continueFrom, calls } = await respond();
    expect(status).toBe('failed');
    expect(calls).toMatchObject([{ outcome: 'allowed' }, { outcome: 'not_run', executed: 'no' }]);
    expect(history).toEqual([{ type: 'function_call_output', call_id: 'call_1', output: 'paid' }]);
    expect(await respond({ ...continueFrom, input: history })).toMatchObject({ text: 'fine' });
  });
});

describe('an odd response of the API', () => {
  test('with null as its output is malformed, and requested again', async () => {
    const { openai, respond } = oneCall({ script: () => say('ok'), decisions: {} });
    openai.misbehave('responses.create', { rewrite: (reply) => ({ ...reply, output: [null] }) });
    expect(await respond()).toMatchObject({ text: 'ok' });
  });

  test('with a call of a text tool without its text does not run it', async () => {
    const ran: unknown[] = [];
    const { respond } = responding({
      script: [
        emitItems({ type: 'custom_tool_call', call_id: 'call_1', name: 'query', status: 'completed' }),
        say('ok'),
      ],
      decisions: {},
      tools: { query: tool({ text: true, execute: (text) => ran.push(text) }) },
    });
    expect(await respond()).toMatchObject({ calls: [{ outcome: 'invalid_arguments', executed: 'no' }] });
    expect(ran).toEqual([]);
  });

  test('cannot hide an unknown item type behind the output of another call', async () => {
    const { respond } = oneCall({
      script: [
        emitItems(
          { type: 'novel_call', call_id: null },
          { type: 'tool_search_output', execution: 'server', call_id: null, tools: [], status: 'completed' },
        ),
      ],
      decisions: {},
    });
    expect(await ending(respond())).toMatchObject({ code: 'unknown_action' });
  });
});

describe('an MCP call', () => {
  test('with the name of a tool is not counted as that tool’s, and its record names the server', async () => {
    const { respond } = responding({
      script: [requestApprovals({ name: 'pay', server: 'bank' }), callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: 'ALLOW' },
      tools: { pay: tool({ parameters: z.object({}), limit: 1, execute: () => 'paid' }) },
    });
    const { calls } = await respond();
    expect(calls).toMatchObject([
      { outcome: 'allowed', executed: 'unknown', server: 'bank' },
      { outcome: 'allowed', executed: 'yes' },
    ]);
  });

  test('that was cleared is refused, and recorded so, if an abort precedes its approval', async () => {
    const controller = new AbortController();
    const { openai, on, items } = responding({
      script: [
        emitItems(
          { type: 'mcp_approval_request', id: 'mcpr_1', server_label: 'wiki', name: 'read', arguments: '{}' },
          call('call_1'),
        ),
        say('fine'),
      ],
      decisions: { read: 'ALLOW', pay: 'ALLOW' },
      tools: {
        pay: async (_, { signal }) => {
          void idle().then(() => {
            controller.abort();
          });
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve('stopped');
            });
          });
        },
      },
    });
    const { calls } = await ending(on({}, { signal: controller.signal }));
    expect(calls).toMatchObject([{ outcome: 'aborted', executed: 'no' }, { outcome: 'allowed' }]);
    expect(items('mcp_approval_response')).toMatchObject([
      { approve: false, reason: 'The run was ended while this call was in flight.' },
    ]);
    expect(await on()).toMatchObject({ text: 'fine' });
    openai.assertDone();
  });
});

test('many runs may share one signal, without a warning', async () => {
  const { signal } = new AbortController();
  const { respond, ran } = oneCall({ script: ({ turn }) => (turn === 1 ? callTools({ name: 'pay' }) : say('ok')) });
  await Promise.all(Array.from({ length: 30 }, async () => respond({}, { signal })));
  expect(ran).toHaveLength(30);
});

const stream = { transport: 'stream' } as const;
const empty = (response: Item): Item => ({ ...response, output: [] });
const lastItem = (response: Item): Item => ({ ...response, output: (response['output'] as Item[]).slice(1) });
const pay = { name: 'pay', id: 'call_1' };
const message = (text: string): Item => ({
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});

describe('a stream that ends with an empty output', () => {
  test.each<[string, ModelStep, object]>([
    ['a function call', callTools(pay), { outcome: 'allowed', output: 'paid' }],
    ['a text call', callTools({ ...pay, name: 'query', kind: 'text' }), { outcome: 'allowed', output: 'paid' }],
    ['an MCP approval request', requestApprovals(pay), { outcome: 'allowed', executed: 'unknown' }],
  ])('has the items that it reported: %s', async (_, step, record) => {
    for (const where of [{}, { background: true }, { store: false }] as const) {
      const { openai, respond, on } = oneCall({
        script: [step, say('ok'), step, say('ok')],
        decisions: { pay: 'ALLOW', query: 'ALLOW' },
        tools: { pay: () => 'paid', query: tool({ text: true, execute: () => 'paid' }) },
      });
      openai.misbehave('responses.create', { rewrite: empty, times: 4 });
      for (const run of [respond, on]) {
        const { status, text, calls, response } = await run(where, stream);
        expect({ status, text, calls }).toMatchObject({ status: 'completed', text: 'ok', calls: [record] });
        expect(response).toMatchObject({ output_text: 'ok' });
      }
      openai.assertDone();
    }
  });

  test('after it was joined again has the items from before, too', async () => {
    const { openai, respond } = oneCall();
    openai.misbehave('responses.create', { rewrite: empty, cutAfterEvents: 7 });
    openai.misbehave('responses.retrieve', { rewrite: empty });
    expect(await respond({ background: true }, stream)).toMatchObject({ text: 'ok', calls: [{ output: 'paid' }] });
  });

  test('and has begun an item that was never done is no response', async () => {
    const { openai, gateway } = oneCall({ script: () => say('never whole') });
    const fetch: typeof openai.fetch = async (...request) => {
      const reply = await openai.fetch(...request);
      const text = (await reply.text()).replaceAll('output_item.done', 'output_item.almost');
      return new Response(text, { headers: reply.headers });
    };
    openai.misbehave('responses.create', { rewrite: empty, times: Infinity });
    openai.misbehave('responses.retrieve', { status: 404, times: Infinity });
    const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
    const { code, message: says } = await ending(
      new GuardedRunner({ client, gateway, pollIntervalMs: 5 }).responses({ model: MODEL, input: 'Hello' }, stream),
    );
    expect([code, says]).toEqual(['api_error', expect.stringContaining('without the items that the stream began')]);
  });
});

describe('a stream that completes without something that it reported as done', () => {
  test.each<[string, ModelStep]>([
    ['without the call "call_1" as it was streamed', callTools(pay, { name: 'look' })],
    ['without the text that was streamed', emitItems(message('Done.'), { type: 'reasoning', summary: [] })],
  ])('is no response: %s', async (what, step) => {
    const { openai, respond, ran } = oneCall({ script: () => step });
    openai.misbehave('responses.create', { rewrite: lastItem, times: Infinity });
    openai.misbehave('responses.retrieve', { status: 404, times: Infinity });
    const { code, message: says } = await ending(respond({}, stream));
    expect(code).toBe('api_error');
    expect(says).toContain(what);
    expect(ran).toEqual([]);
  });
});
