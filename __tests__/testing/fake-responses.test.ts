import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import * as testing from 'interven-openai-assistants/testing';
import { gate, stepsAfter } from '../setup/gate.ts';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { MODEL } from '../setup/model.ts';
import { waitFor } from '../setup/wait-for.ts';
import { output, refusal, world, type Item } from './responses-world.ts';

const { callTools, emitItems, fail, reportStatus, requestApprovals, say, stopShort } = testing;
const CALLS = callTools({ id: 'call_a', name: 'add', arguments: { x: 1 } }, { id: 'call_b', name: 'sub' });
const clients: [string, typeof OpenAI][] = [
  ['openai 5', OpenAI5 as unknown as typeof OpenAI],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7 as unknown as typeof OpenAI],
];

describe.each(clients)('with %s', (_, Client) => {
  test('a response calls functions, and the next one of the chain receives their outputs', async () => {
    const { api, next } = world([CALLS, say('Done.')], {}, Client);
    const asking = await next(undefined);
    expect(asking).toMatchObject({ status: 'completed', output_text: '' });
    expect(asking.output).toMatchObject([
      { type: 'function_call', status: 'completed', call_id: 'call_a', name: 'add', arguments: '{"x":1}' },
      { type: 'function_call', status: 'completed', call_id: 'call_b', name: 'sub', arguments: '{}' },
    ]);
    const done = await next(asking, [output('call_b'), output('call_a')]);
    expect(done).toMatchObject({ status: 'completed', output_text: 'Done.', previous_response_id: asking.id });
    const chain = { status: 'completed', conversationId: undefined };
    expect(api.responses()).toEqual([
      { id: asking.id, ...chain, previousResponseId: undefined },
      { id: done.id, ...chain, previousResponseId: asking.id },
    ]);
    expect(api.requests.map(({ operation }) => operation)).toEqual(['responses.create', 'responses.create']);
    api.assertDone();
  });

  test('the fake serves the same on a local port', async () => {
    const { api, conversationId } = world([CALLS, say('Done.')]);
    const server = await api.listen();
    const { responses, conversations } = new Client({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 });
    try {
      const { id } = await responses.create({ model: MODEL, conversation: conversationId });
      expect((await responses.retrieve(id)).output).toHaveLength(2);
      expect((await responses.inputItems.list(id)).data).toEqual([]);
      const input = [output('call_a'), output('call_b')];
      await responses.create({ model: MODEL, conversation: conversationId, input });
      expect((await conversations.retrieve(conversationId)).id).toBe(conversationId);
      expect((await conversations.items.list(conversationId)).data).toHaveLength(6);
      await responses.delete(id);
      expect(await refusal(responses.retrieve(id))).toBe(`404 Response with id '${id}' not found.`);
    } finally {
      await server.close();
    }
  });
});

test('one script drives the Assistants API and the Responses API', async () => {
  const script =
    (): testing.Script =>
    ({ messages, turn, outputs }) =>
      turn === 1
        ? CALLS
        : say(`${messages.at(0)?.text ?? ''} ${outputs.map(({ name, output: text }) => name + text).join()}`);
  const { api, client, on } = world(script());
  const { threadId: thread_id, assistantId: assistant_id } = api.seed('Hello');
  const { runs } = client.beta.threads;
  const { id } = await runs.createAndPoll(thread_id, { assistant_id }, { pollIntervalMs: 5 });
  const tool_outputs = ['call_a', 'call_b'].map((tool_call_id) => ({ tool_call_id, output: '!' }));
  await runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs }, { pollIntervalMs: 5 });
  await on();
  const { output_text } = await on([output('call_a', '!'), output('call_b', '!')]);
  expect([api.messages(thread_id).at(-1)?.text, output_text]).toEqual(['Hello add!,sub!', 'Hello add!,sub!']);
});

describe('the script', () => {
  const recorded = (steps: testing.ModelStep[]) => {
    const turns: testing.ModelTurn[] = [];
    const script: testing.Script = (turn) => steps[turns.push(turn) - 1] ?? say('Done.');
    return { turns, script };
  };
  const hello = { role: 'user', text: 'Hello' };
  const outputs = [
    { callId: 'call_a', name: 'add', output: 'A' },
    { callId: 'call_b', name: 'sub', output: '[{"type":"input_text","text":"B"}]' },
  ];
  const answers = [output('call_b', [{ type: 'input_text', text: 'B' }]), output('call_a')];

  test('receives a chain as a thread; a request without outputs starts a run', async () => {
    const { turns, script } = recorded([CALLS, say('One'), say('Two')]);
    const { next } = world(script);
    const first = await next(undefined);
    const second = await next(first, answers);
    const third = await next(second, 'Go on');
    const said = [hello, { role: 'assistant', text: 'One' }, { role: 'user', text: 'Go on' }];
    expect(turns).toEqual([
      { runId: first.id, threadId: first.id, turn: 1, messages: [hello], outputs: [] },
      { runId: first.id, threadId: first.id, turn: 2, messages: [hello], outputs },
      { runId: third.id, threadId: first.id, turn: 1, messages: said, outputs: [] },
    ]);
  });

  test('receives a conversation as a thread, in which a user message starts a run', async () => {
    const { turns, script } = recorded([CALLS, say('One'), say('Two')]);
    const { on, conversationId: threadId } = world(script);
    const first = await on();
    await on(answers);
    const third = await on([{ role: 'user', content: 'Go on' }]);
    expect(turns.map(({ runId, turn }) => [runId, turn])).toEqual([
      [first.id, 1],
      [first.id, 2],
      [third.id, 1],
    ]);
    expect(turns.every((turn) => turn.threadId === threadId)).toBe(true);
    expect(turns[1]?.outputs).toEqual(outputs);
  });

  test.each([
    ['with its ids', (items: object[]) => items],
    ['without the ids of its items', (items: object[]) => items.map((item) => ({ ...item, id: undefined }))],
  ])('receives a replayed input %s as the same run, with only the new outputs', async (_, replayed) => {
    const again = callTools({ id: 'call_c', name: 'mul' });
    const { turns, script } = recorded([CALLS, again, say('Done.')]);
    const { create } = world(script);
    const input: Item[] = [{ role: 'user', content: 'Hello' }];
    const ask = async () => {
      const response = await create({ input, store: false });
      input.push(...(replayed(response.output) as Item[]));
      return response;
    };
    const first = await ask();
    input.push(...answers);
    await ask();
    // A user message beside the output is not an output, and hides none.
    input.push(output('call_c', 'C'), { role: 'user', content: 'Go on' });
    await ask();
    const run = turns.map(({ runId, threadId, turn }) => [runId, threadId, turn]);
    expect(run).toEqual([1, 2, 3].map((turn) => [first.id, first.id, turn]));
    expect(turns[2]?.outputs).toEqual([{ callId: 'call_c', name: 'mul', output: 'C' }]);
  });

  test('receives a conversation whose last response failed without that response', async () => {
    const { turns, script } = recorded([CALLS, fail('Busy.'), say('Done.')]);
    const { on } = world(script);
    const first = await on();
    for (const status of ['failed', 'completed']) expect((await on(answers)).status).toBe(status);
    const again = { runId: first.id, turn: 2, messages: [hello], outputs };
    expect(turns.slice(1)).toMatchObject([again, again]);
  });

  test('receives the texts of messages of any shape', async () => {
    const parts = [
      { type: 'output_text', text: 'A' },
      { type: 'refusal', refusal: 'B' },
    ];
    const message = { type: 'message', role: 'assistant' };
    const { turns, script } = recorded([emitItems({ ...message, content: parts }, { ...message, content: 'C' })]);
    const { next } = world(script);
    await next(await next(undefined, [{ role: 'user', content: [{ type: 'input_text', text: 'D' }] }]), 'E');
    expect(turns[1]?.messages.map(({ text }) => text)).toEqual(['D', 'A\nB', 'C', 'E']);
  });

  test('calls custom tools, in a namespace, asynchronously and from a program', async () => {
    const caller = { type: 'program', caller_id: 'prog_1' } as const;
    const { next } = world([
      callTools(
        { kind: 'text', name: 'sql', arguments: 'SELECT 1', namespace: 'db' },
        { name: 'f', async: true, caller },
      ),
    ]);
    const [text, call] = (await next(undefined)).output;
    expect(text).toMatchObject({ type: 'custom_tool_call', input: 'SELECT 1', namespace: 'db', status: 'completed' });
    expect(call).toMatchObject({ type: 'function_call', arguments: '{}', async: true, caller });
    expect([text?.id?.slice(0, 4), call?.id?.slice(0, 3)]).toEqual(['ctc_', 'fc_']);
    expect(Object.keys(text ?? {})).not.toEqual(expect.arrayContaining(['arguments', 'async', 'caller']));
  });

  test.each<[string, testing.Script, object]>([
    ['fail', [fail('Busy.', 'busy')], { status: 'failed', error: { code: 'busy', message: 'Busy.' }, output: [] }],
    ['an error', () => Promise.reject(new Error('Oops')), { error: { message: 'The script threw: Error: Oops' } }],
    ['reportStatus', [reportStatus('on_fire')], { status: 'on_fire', error: null, usage: null }],
    ['stopShort', [stopShort('content_filter')], { incomplete_details: { reason: 'content_filter' } }],
  ])('ends a response with %s', async (_, script, expected) => {
    expect(await world(script).next(undefined)).toMatchObject(expected);
  });

  test('stops short with its last call cut in half', async () => {
    const { next } = world([stopShort(undefined, { name: 'add' }, { name: 'pay', arguments: '{"sum":10}' })]);
    const { status, incomplete_details, output: items } = await next(undefined);
    expect([status, incomplete_details]).toEqual(['incomplete', { reason: 'max_output_tokens' }]);
    expect(items).toMatchObject([
      { name: 'add', status: 'completed', arguments: '{}' },
      { name: 'pay', status: 'incomplete', arguments: '{"sum' },
    ]);
  });

  test('emits items of any type unchanged, and fills in a missing id', async () => {
    const { next } = world([emitItems({ type: 'wand_call', spell: 7 }, { id: 'x', type: 'message', content: [] })]);
    const { output: items } = await next(undefined);
    expect(items).toEqual([
      { id: expect.stringMatching(/^item_/), type: 'wand_call', spell: 7 },
      { id: 'x', type: 'message', content: [] },
    ]);
  });

  test('requests approvals of MCP calls, and the server runs the approved ones', async () => {
    const approvals = requestApprovals({ id: 'mcpr_1', name: 'search', server: 'docs' }, { id: 'mcpr_2', name: 'buy' });
    const { turns, script } = recorded([approvals]);
    const { next } = world(script);
    const asking = await next(undefined);
    const request = {
      id: 'mcpr_1',
      type: 'mcp_approval_request',
      server_label: 'docs',
      name: 'search',
      arguments: '{}',
    };
    expect(asking.output).toMatchObject([request, { id: 'mcpr_2', server_label: 'fake' }]);
    const { output: items } = await next(asking, [
      { type: 'mcp_approval_response', approval_request_id: 'mcpr_2', approve: false },
      { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true },
    ]);
    const call = { type: 'mcp_call', server_label: 'docs', name: 'search', arguments: '{}' };
    expect(items).toMatchObject([{ ...call, approval_request_id: 'mcpr_1' }, { type: 'message' }]);
    expect(turns[1]?.outputs).toEqual([
      { callId: 'mcpr_1', name: 'search', output: 'true' },
      { callId: 'mcpr_2', name: 'buy', output: 'false' },
    ]);
  });

  test.each([
    [
      'emitItems',
      emitItems({}),
      'The Assistants API takes no items from the script: emitItems is for the Responses API alone.',
    ],
    [
      'calls in stopShort',
      stopShort('x', { name: 'f' }),
      'A run of the Assistants API that stops short holds no calls: give stopShort its reason alone.',
    ],
    ...(
      [
        ['kind "text"', { kind: 'text' }],
        ['namespace', { namespace: 'n' }],
        ['async', { async: false }],
        ['caller', { caller: { type: 'direct' } }],
      ] as const
    ).map(
      ([feature, more]) =>
        [
          feature,
          callTools({ name: 'g' }, { name: 'f', ...more }),
          `The Assistants API has no ${feature}: the call of "f" is for the Responses API alone.`,
        ] as const,
    ),
  ])('causes a complaint if an Assistants run gets %s', async (_, step, complaint) => {
    const { api, client } = world([step]);
    const { threadId, assistantId: assistant_id } = api.seed('Hello');
    const run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id }, { pollIntervalMs: 5 });
    expect(run).toMatchObject({ status: 'failed', last_error: { code: 'server_error', message: complaint } });
    expect(api.assertDone.bind(api)).toThrow(new Error(`FakeOpenAI:\n- ${complaint}`));
  });
});

describe('a response', () => {
  test('has all fields, and tokens once it has ended', async () => {
    const { next } = world([say('Done.')]);
    const given = { instructions: 'Be brief.', metadata: { tag: 'x' }, max_output_tokens: 99, temperature: 0.5 };
    const response = await next(undefined, 'Hello', {
      ...given,
      tools: [{ type: 'web_search' }],
      tool_choice: 'required',
    });
    expect(response).toMatchObject({
      ...given,
      tools: [{ type: 'web_search' }],
      tool_choice: 'required',
      model: MODEL,
    });
    const other = {
      object: 'response',
      background: false,
      error: null,
      incomplete_details: null,
      max_tool_calls: null,
    };
    const defaults = { parallel_tool_calls: true, previous_response_id: null, store: true, top_p: 1, user: null };
    expect(response).toMatchObject({ ...other, ...defaults, truncation: 'disabled', top_logprobs: 0 });
    const more = { prompt_cache_key: null, safety_identifier: null, service_tier: 'default', text: {}, reasoning: {} };
    expect(response).toMatchObject(more);
    expect(response).not.toHaveProperty('conversation');
    expect(response).toHaveProperty('completed_at', expect.any(Number));
    const { input_tokens = 0, output_tokens = 0, total_tokens } = response.usage ?? {};
    expect(input_tokens * output_tokens).toBeGreaterThan(0);
    expect(total_tokens).toBe(input_tokens + output_tokens);
  });

  test('in the foreground arrives when the model has finished', async () => {
    const { next } = world([say('Done.')], { thinkMs: 30 });
    const began = performance.now();
    expect((await next(undefined)).status).toBe('completed');
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  test('in the background is queued, then in progress, then completed', async () => {
    const half = holdTimers(30);
    const { next, responses } = world([say('Done.')], { thinkMs: 60 });
    const { id, status, usage } = await next(undefined, 'Hello', { background: true });
    expect(usage).toBeNull();
    const seen = [status];
    for (let look = 0; look < 2; look += 1) {
      half.pass();
      await idle();
      seen.push((await responses.retrieve(id)).status);
    }
    expect(seen).toEqual(['queued', 'in_progress', 'completed']);
  });

  test('in the background without thinkMs has ended at the first retrieval', async () => {
    const { next, responses } = world(async () => idle().then(() => say('Done.')));
    const { id, status } = await next(undefined, 'Hello', { background: true });
    expect([status, (await responses.retrieve(id)).status]).toEqual(['queued', 'completed']);
  });

  test('continues when its client disconnects', async () => {
    const thought = gate();
    const { api, on, conversationId } = world(stepsAfter(thought.opened, say('Done.')));
    const controller = new AbortController();
    const asking = on([], {}, controller.signal);
    const left = expect(asking).rejects.toThrow('Request was aborted.');
    await waitFor(() => api.responses().length === 1);
    controller.abort();
    await left;
    expect([api.responses()[0]?.status, api.items(conversationId).length]).toEqual(['in_progress', 1]);
    thought.open();
    await idle();
    expect([api.responses()[0]?.status, api.items(conversationId).length]).toEqual(['completed', 2]);
  });

  test('keeps a scripted status until it is cancelled', async () => {
    const { next, responses } = world([reportStatus('in_progress')]);
    const { id } = await next(undefined, 'Hello', { background: true });
    await idle();
    expect((await responses.retrieve(id)).status).toBe('in_progress');
    expect((await responses.cancel(id)).status).toBe('cancelled');
  });

  test('in the background can be cancelled while the model thinks, and not after its end', async () => {
    const half = holdTimers(10);
    const { next, responses } = world([say('Done.')], { thinkMs: 20 });
    const { id } = await next(undefined, 'Hello', { background: true });
    expect(await responses.cancel(id)).toMatchObject({ status: 'cancelled', output: [], usage: null });
    half.end();
    await idle();
    expect((await responses.retrieve(id)).status).toBe('cancelled');
    const done = await next(undefined, 'Hello', { background: true });
    await waitFor(async () => (await responses.retrieve(done.id)).status === 'completed');
    expect((await responses.cancel(done.id)).status).toBe('completed');
  });

  test.each(['decides', 'throws'])('that is cancelled keeps that status when its script %s later', async (word) => {
    const decided = gate();
    const { api, next, responses, conversations, conversationId } = world(async () => {
      await decided.opened;
      if (word === 'throws') throw new Error('Oops');
      return say('Done.');
    });
    const body = { background: true, conversation: conversationId };
    const { id } = await next(undefined, 'Hello', body);
    await responses.cancel(id);
    decided.open();
    await idle();
    await conversations.items.create(conversationId, { items: [{ role: 'user', content: 'Hi' }] });
    expect(await responses.retrieve(id)).toMatchObject({ status: 'cancelled', error: null, output: [] });
    expect(api.items(conversationId)).toHaveLength(2);
  });

  test('cannot be cancelled if it is synchronous', async () => {
    const { next, responses } = world([say('Done.')]);
    const { id } = await next(undefined);
    expect(await refusal(responses.cancel(id))).toBe('400 Cannot cancel a synchronous response.');
  });

  test.each(['cancelled', 'failed'] as const)('that the test ends as %s keeps that status', async (status) => {
    const half = holdTimers(10);
    const { api, next, responses } = world([say('Done.')], { thinkMs: 20 });
    const { id } = await next(undefined, 'Hello', { background: true });
    api.endRun(id, status);
    api.endRun(id, status === 'failed' ? 'cancelled' : 'failed');
    half.end();
    await idle();
    const code = status === 'failed' ? 'server_error' : undefined;
    const ended = await responses.retrieve(id);
    expect([ended.status, ended.error?.code]).toEqual([status, code]);
  });

  test('cannot expire, nor be ended in the foreground', async () => {
    const { api, next } = world([say('One'), say('Two')]);
    const { id } = await next(undefined, 'Hello', { background: true });
    expect(() => {
      api.endRun(id, 'expired');
    }).toThrow(TypeError);
    const synchronous = await next(undefined);
    expect(() => {
      api.endRun(synchronous.id, 'failed');
    }).toThrow('create it with background: true');
  });

  test('lists its input, newest first or in the requested order', async () => {
    const { next, responses } = world([say('Done.')]);
    const { id } = await next(undefined, [
      { role: 'user', content: 'One' },
      { role: 'user', content: 'Two' },
    ]);
    const texts = async (order?: 'asc') =>
      (await responses.inputItems.list(id, order && { order })).data.map(
        (item) => item.type === 'message' && item.content,
      );
    const part = (text: string) => [{ type: 'input_text', text }];
    expect(await texts()).toEqual([part('Two'), part('One')]);
    expect(await texts('asc')).toEqual([part('One'), part('Two')]);
  });

  test('that is deleted is not found', async () => {
    const { api, next, responses } = world([say('Done.')]);
    const { id, output: items } = await next(undefined);
    const reply = await responses.delete(id).asResponse();
    expect(await reply.json()).toEqual({ id, object: 'response', deleted: true });
    const gone = `404 Response with id '${id}' not found.`;
    expect(await refusal(responses.retrieve(id))).toBe(gone);
    expect(await refusal(responses.delete(id))).toBe(gone);
    const reference = { type: 'item_reference', id: items[0]?.id ?? '' } as const;
    expect(await refusal(next(undefined, [reference]))).toBe(`404 Item with id '${reference.id}' not found.`);
    expect(api.responses()).toHaveLength(1);
  });
});

describe.each(clients.slice(1))('a compaction with %s', (_, Client) => {
  test('has the messages of the user and one item for all others, from which a request can continue', async () => {
    const { api, responses, next } = world(
      [callTools({ id: 'call_a', name: 'add' }), say('Two'), say('Three')],
      {},
      Client,
    );
    const asking = await next(undefined, 'One');
    const answered = await next(asking, [output('call_a')]);
    const compacted = await responses.compact({ model: MODEL, previous_response_id: answered.id, input: 'And?' });
    expect(compacted).toMatchObject({ object: 'response.compaction', usage: { output_tokens: 22 } });
    const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
    expect(compacted.output).toMatchObject([
      user('One'),
      user('And?'),
      { type: 'compaction', encrypted_content: 'The fake compacted 3 items.' },
    ]);
    expect((await next(undefined, compacted.output as Item[])).output_text).toBe('Three');
    expect(api.requests.at(-2)?.operation).toBe('responses.compact');
    api.assertDone();
  });

  test('is refused without the output of a call', async () => {
    const { responses, next } = world([callTools({ id: 'call_a', name: 'add' })], {}, Client);
    const { id } = await next(undefined);
    const attempt = responses.compact({ model: MODEL, previous_response_id: id });
    expect(await refusal(attempt)).toBe('400 No tool output found for function call call_a. | input');
  });
});
