import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai7';
import * as testing from 'interven-openai-assistants/testing';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { MODEL } from '../setup/model.ts';
import { CANCEL, decide, message, refusal, result, world, type Input } from './agents-world.ts';

const { callTools, emitItems, fail, reportStatus, requestApprovals, requireAction, requireConnection, say, stopShort } =
  testing;
const CALLS = callTools({ id: 'call_a', name: 'add', arguments: { x: 1 } }, { id: 'call_b', name: 'sub' });

const recorded = (steps: testing.ModelStep[]) => {
  const turns: testing.ModelTurn[] = [];
  const script: testing.Script = (turn) => steps[turns.push(turn) - 1] ?? say('Done.');
  return { turns, script };
};

test('one script drives the Assistants API, the Responses API and the Agents API', async () => {
  const script: testing.Script = ({ messages, turn, outputs }) =>
    turn === 1
      ? CALLS
      : say(`${messages.at(0)?.text ?? ''} ${outputs.map(({ name, output }) => name + output).join()}`);
  const { api, client, answer, run, sessionId, turnId } = world(script);
  const { threadId: thread_id, assistantId: assistant_id, conversationId: conversation } = api.seed('Hello');

  const { runs } = client.beta.threads;
  const { id } = await runs.createAndPoll(thread_id, { assistant_id }, { pollIntervalMs: 5 });
  const ids = ['call_a', 'call_b'];
  const tool_outputs = ids.map((tool_call_id) => ({ tool_call_id, output: '!' }));
  await runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs }, { pollIntervalMs: 5 });

  await client.responses.create({ model: MODEL, conversation });
  const input = ids.map((call_id) => ({ type: 'function_call_output' as const, call_id, output: '!' }));
  await client.responses.create({ model: MODEL, conversation, input });

  await run('Hello');
  await answer(ids.map((call_id) => result(turnId(), call_id, { success: true, output: '!' })));

  const last = [thread_id, conversation, sessionId].map((one) => api.messages(one).at(-1)?.text);
  expect(last).toEqual(['Hello add!,sub!', 'Hello add!,sub!', 'Hello add!,sub!']);
  api.assertDone();
});

describe('the SDK’s own dispatcher', () => {
  const handlers = { add: ({ x }: { x?: number }) => ({ sum: (x ?? 0) + 1 }), sub: () => 'B' };

  test.each(['fetch', 'listen'])('completes a turn of two calls, by %s', async (way) => {
    const { api, client, sessionId } = world([CALLS, say('Done.')]);
    const server = await api.listen();
    const own = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const { sessions } = (way === 'listen' ? own : client).beta.agents;
    try {
      const { turn, messages } = await sessions
        .stream(sessionId, { input: 'Hi', toolHandlers: handlers })
        .finalResult();
      expect(turn).toMatchObject({ status: 'completed', error: null });
      expect(messages).toMatchObject([{ phase: 'final_answer', content: [{ type: 'output_text', text: 'Done.' }] }]);
      const outputs = api.session(sessionId).items.filter((item) => 'output' in item);
      expect(outputs).toMatchObject([
        { type: 'function_call_output', call_id: 'call_a', output: '{"sum":2}', error: null, status: 'completed' },
        { type: 'function_call_output', call_id: 'call_b', output: 'B', error: null, status: 'completed' },
      ]);
    } finally {
      await server.close();
    }
    api.assertDone();
  });

  test('retries a result that came before its call was pending, also of a subagent', async () => {
    const late = callTools({ name: 'add', id: 'call_a', pendingAfterMs: 80, subagent: 'mathematician' });
    const { api, sessions, sessionId } = world([late, say('Done.')]);
    await sessions.stream(sessionId, { input: 'Hi', toolHandlers: handlers }).finalResult();
    const posts = api.requests.filter(({ operation }) => operation === 'events.create');
    expect(posts.length).toBe(3);
    expect(posts[1]).toEqual(posts[2]);
  });
});

describe('the script', () => {
  test('receives a session as a thread, and a root turn as a run', async () => {
    const { turns, script } = recorded([CALLS, say('One'), say('Two')]);
    const { run, answer, turnId, sessionId: threadId } = world(script);
    await run('Hello');
    const runId = turnId();
    const parts = [{ type: 'input_text', text: 'B' }];
    await answer([result(runId, 'call_b', { success: true, output: parts }), result(runId, 'call_a')]);
    await run('Go on');
    const hello = { role: 'user', text: 'Hello' };
    const outputs = [
      { callId: 'call_a', name: 'add', output: 'A' },
      { callId: 'call_b', name: 'sub', output: JSON.stringify(parts) },
    ];
    const said = [hello, { role: 'assistant', text: 'One' }, { role: 'user', text: 'Go on' }];
    expect(turns).toEqual([
      { runId, threadId, turn: 1, messages: [hello], outputs: [] },
      { runId, threadId, turn: 2, messages: [hello], outputs },
      { runId: turnId(), threadId, turn: 1, messages: said, outputs: [] },
    ]);
    expect(turnId()).not.toBe(runId);
  });

  test.each([
    [{ success: true, output: 'A' }, 'A'],
    [{ success: true, output: null }, ''],
    [{ success: true }, ''],
    [{ success: false, error: 'Broken.' }, 'Broken.'],
    [{ success: false, output: 'A', error: null }, 'A'],
    [{ success: false, output: 'A', error: 'Broken.' }, 'Broken.'],
  ])('receives the result %j as "%s"', async (given, seenText) => {
    const { turns, script } = recorded([callTools({ id: 'call_a', name: 'add' })]);
    const { run, answer, turnId } = world(script);
    await run();
    const { items } = await answer([result(turnId(), 'call_a', given)]);
    expect(turns[1]?.outputs).toEqual([{ callId: 'call_a', name: 'add', output: seenText }]);
    const status = given.success ? 'completed' : 'failed';
    expect(items).toContainEqual(
      expect.objectContaining({ type: 'function_call_output', output: null, error: null, ...without(given), status }),
    );
  });

  test('makes calls with arguments as an object or a string, in turns of subagents, and with its own ids', async () => {
    const args = { x: 1 };
    const { run, seen } = world([
      callTools(
        { name: 'a', arguments: args },
        { name: 'b', arguments: args, argumentsAs: 'string' },
        { name: 'c', arguments: '{"x"', argumentsAs: 'object' },
        { name: 'd', subagent: 'x' },
        { name: 'e', subagent: 'y' },
        { name: 'f', subagent: 'x' },
      ),
    ]);
    const { requiredActions, turns } = await run();
    const [root, x, y] = turns.map(({ id }) => id);
    expect(turns.map(({ subagentId, status }) => [subagentId, status])).toEqual([
      [undefined, 'waiting'],
      ['subagent_x', 'waiting'],
      ['subagent_y', 'waiting'],
    ]);
    expect(requiredActions).toMatchObject([
      { type: 'function_call', name: 'a', turn_id: root, arguments: args },
      { type: 'function_call', name: 'b', turn_id: root, arguments: '{"x":1}' },
      { type: 'function_call', name: 'c', turn_id: root, arguments: '{"x"' },
      { type: 'function_call', name: 'd', turn_id: x, arguments: {} },
      { type: 'function_call', name: 'e', turn_id: y },
      { type: 'function_call', name: 'f', turn_id: x },
    ]);
    const ids = requiredActions.map((action) => (action as { call_id: string }).call_id);
    expect(new Set(ids).size).toBe(6);
    // The items show that the calls were made, and not whether they are pending.
    expect(seen().items.slice(1)).toMatchObject(ids.map((call_id) => ({ call_id, status: 'completed' })));
  });

  const failed = (error: object) => ({ turn: { status: 'failed', error }, session: { status: 'idle', error: null } });

  test.each<[string, testing.Script, ReturnType<typeof failed> | object]>([
    ['fail', [fail('Busy.', 'busy')], failed({ code: 'busy', message: 'Busy.' })],
    [
      'fail of its session',
      [fail('Gone.', 'session_failed')],
      { turn: { status: 'failed' }, session: { status: 'failed', error: 'Gone.' } },
    ],
    ['stopShort', [stopShort('request_timeout')], failed({ code: 'request_timeout' })],
    ['stopShort without a reason', [stopShort()], failed({ code: 'max_output_tokens' })],
    ['an error', () => Promise.reject(new Error('Oops')), failed({ message: 'The script threw: Error: Oops' })],
    [
      'reportStatus',
      [reportStatus('on_fire')],
      { turn: { status: 'in_progress', error: null }, session: { status: 'on_fire' } },
    ],
    [
      'say',
      [say('Done.')],
      { turn: { status: 'completed', error: null, usage: { total_tokens: 43 } }, session: { status: 'idle' } },
    ],
  ])('ends with %s as scripted', async (_, script, expected) => {
    const { run, sessions, sessionId: session_id, turnId } = world(script);
    await run();
    const [turn, session] = await Promise.all([
      sessions.turns.retrieve(turnId(), { session_id }),
      sessions.retrieve(session_id),
    ]);
    expect({ turn, session }).toMatchObject(expected);
  });

  const forResponses = [
    [
      'emitItems',
      emitItems({}),
      'The Agents API takes no items from the script: emitItems is for the Responses API alone.',
    ],
    [
      'calls in stopShort',
      stopShort('x', { name: 'f' }),
      'A run of the Agents API that stops short holds no calls: give stopShort its reason alone.',
    ],
    [
      'async',
      callTools({ name: 'f', async: false }),
      'The Agents API has no async: the call of "f" is for the Responses API alone.',
    ],
  ] as const;

  test.each(forResponses)('causes a complaint if a session gets %s', async (_, step, complaint) => {
    const { api, run, sessions, sessionId: session_id, turnId } = world([step]);
    await run();
    const { status, error } = await sessions.turns.retrieve(turnId(), { session_id });
    expect([status, error]).toEqual(['failed', { code: 'server_error', message: complaint }]);
    expect(api.assertDone.bind(api)).toThrow(new Error(`FakeOpenAI:\n- ${complaint}`));
  });

  const actions = 'requires no such actions: requireAction and requireConnection are for the Agents API alone.';
  const alone = (feature: string) => `has no ${feature}: the call of "f" is for the Agents API alone.`;

  test.each([
    ['requireConnection', requireConnection('env_1'), actions],
    ['requireAction', requireAction({ type: 'x' }), actions],
    ['subagent', callTools({ name: 'f', subagent: 'x' }), alone('subagent')],
    ['afterMs', requestApprovals({ name: 'f', afterMs: 0 }), alone('afterMs')],
    ['pendingAfterMs', callTools({ name: 'f', pendingAfterMs: 1 }), alone('pendingAfterMs')],
  ])('causes a complaint if another API gets %s', async (_, step, complaint) => {
    const { api, client } = world([step, step]);
    const { threadId, assistantId: assistant_id } = api.seed('Hello');
    const run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id }, { pollIntervalMs: 5 });
    const response = await client.responses.create({ model: MODEL, input: 'Hello' });
    expect(run.last_error?.message).toBe(`The Assistants API ${complaint}`);
    expect(response.error?.message).toBe(`The Responses API ${complaint}`);
    expect(api.assertDone.bind(api)).toThrow(
      new Error(`FakeOpenAI:\n- The Assistants API ${complaint}\n- The Responses API ${complaint}`),
    );
  });

  test('causes a complaint if it is too short or too long', async () => {
    const { api, run } = world([say('One')]);
    await run();
    await run();
    expect(api.assertDone.bind(api)).toThrow(/The script has 1 steps, but turn 1 of turn_fake\w+ needed one more/);
    expect(() => {
      world([say('One')]).api.assertDone();
    }).toThrow('Unused steps of the script: say.');
  });
});

describe('a turn', () => {
  test('starts a moment after its input was accepted', async () => {
    const { tell, sessions, sessionId, until, turnId } = world([CALLS]);
    await tell();
    expect((await sessions.retrieve(sessionId)).status).toBe('idle');
    expect((await sessions.turns.list(sessionId)).data).toEqual([]);
    await until(() => turnId() !== '');
    expect((await sessions.retrieve(sessionId)).status).toBe('requires_action');
    expect((await sessions.turns.list(sessionId)).data).toMatchObject([{ status: 'waiting' }]);
  });

  test('whose model thinks is queued, then in progress, before it completes', async () => {
    const third = holdTimers(30);
    const { tell, seen } = world([say('Done.')], { thinkMs: 90 });
    await tell();
    const stages = new Set<string>();
    while (!stages.has('idle completed')) {
      const { status, turns } = seen();
      stages.add([status, turns[0]?.status].join(' ').trim());
      third.pass();
      await idle();
    }
    expect([...stages]).toEqual(['idle', 'in_progress queued', 'in_progress in_progress', 'idle completed']);
  });

  test('is steered by a message during the turn, which the model receives next', async () => {
    const { turns, script } = recorded([CALLS]);
    const { run, answer, tell, until, turnId } = world(script);
    await run('Hello');
    await tell('Hurry');
    const { turns: made } = await until(({ items }) => items.length === 4);
    expect(made.length).toBe(1);
    await answer([result(turnId(), 'call_a'), result(turnId(), 'call_b')]);
    expect(turns[1]?.messages.map(({ text }) => text)).toEqual(['Hello', 'Hurry']);
  });

  test('continues when the last of its calls has its result', async () => {
    const { run, answer, send, sessions, sessionId: session_id, turnId, until } = world([CALLS, say('Done.')]);
    await run();
    const turn = turnId();
    const status = async () => (await sessions.turns.retrieve(turn, { session_id })).status;
    await send([result(turn, 'call_b')]);
    const { requiredActions } = await until((session) => session.requiredActions.length === 1);
    expect(requiredActions).toMatchObject([{ call_id: 'call_a' }]);
    expect([(await sessions.retrieve(session_id)).status, await status()]).toEqual(['requires_action', 'waiting']);
    await answer([result(turn, 'call_a')]);
    expect(await status()).toBe('completed');
  });

  test('of a subagent completes with its own calls, and its items are not listed with the root agent’s', async () => {
    const both = callTools({ id: 'call_a', name: 'add' }, { id: 'call_b', name: 'sub', subagent: 'x' });
    const { run, send, answer, sessions, sessionId: session_id, until } = world([both, say('Done.')]);
    const { turns } = await run();
    const [root = '', sub = ''] = turns.map(({ id }) => id);
    await send([result(sub, 'call_b')]);
    const half = await until((session) => session.requiredActions.length === 1);
    expect(half.turns.map(({ status }) => status)).toEqual(['waiting', 'completed']);
    expect((await sessions.retrieve(session_id)).usage).toBe(null);
    await answer([result(root, 'call_a')]);
    const calls = (items: object[]) => items.flatMap((item) => ('call_id' in item ? [item.call_id] : []));
    expect(calls((await sessions.items.list(session_id)).data)).toEqual(['call_a', 'call_a']);
    expect(calls((await sessions.turns.items.list(root, { session_id })).data)).toEqual(['call_a', 'call_a']);
    expect(await refusal(sessions.turns.items.list(sub, { session_id }).then())).toBe(
      `404 Turn with id '${sub}' not found.`,
    );
    expect(await sessions.turns.retrieve(sub, { session_id })).toMatchObject({
      agent_id: 'subagent_x',
      subagent_id: 'subagent_x',
    });
  });

  test('in which only a subagent’s call is pending is in progress', async () => {
    const both = callTools({ id: 'call_a', name: 'add' }, { name: 'sub', subagent: 'x' });
    const { run, send, until, turnId } = world([both]);
    const statuses = ({ status, turns }: Awaited<ReturnType<typeof run>>) => [
      status,
      ...turns.map((turn) => turn.status),
    ];
    expect(statuses(await run())).toEqual(['requires_action', 'waiting', 'waiting']);
    await send([result(turnId(), 'call_a')]);
    const half = await until(({ requiredActions }) => requiredActions.length === 1);
    expect(statuses(half)).toEqual(['requires_action', 'in_progress', 'waiting']);
  });

  test('requires later calls while others are pending or already answered', async () => {
    const calls = callTools(
      { id: 'call_a', name: 'a' },
      { id: 'call_b', name: 'b', afterMs: 50 },
      { id: 'call_c', name: 'c', afterMs: 150, pendingAfterMs: 50 },
    );
    const [forB, forC, untilPending] = [holdTimers(50), holdTimers(150), holdTimers(200)];
    const { run, send, answer, until, seen, turnId } = world([calls, say('Done.')]);
    const pending = () => seen().requiredActions.map((action) => (action as { call_id: string }).call_id);
    const made = () => seen().items.flatMap((item) => ('name' in item ? [item.name] : []));
    await run();
    expect([pending(), made()]).toEqual([['call_a'], ['a']]);
    forB.pass();
    await until(() => pending().length === 2);
    expect([pending(), made()]).toEqual([
      ['call_a', 'call_b'],
      ['a', 'b'],
    ]);
    await send([result(turnId(), 'call_a'), result(turnId(), 'call_b')]);
    expect((await until(() => pending().length === 0)).status).toBe('in_progress');
    forC.pass();
    await until(() => made().length === 3);
    expect(pending()).toEqual([]);
    const early = refusal(send([result(turnId(), 'call_c')]));
    expect(await early).toBe('400 Unknown pending tool call: call_c | invalid_request_error');
    untilPending.pass();
    await until(() => pending().includes('call_c'));
    await answer([result(turnId(), 'call_c')]);
  });

  test('waits for approvals; the server runs the approved calls', async () => {
    const { turns, script } = recorded([
      requestApprovals(
        { id: 'r1', name: 'search', server: 'docs', arguments: { q: 1 } },
        { id: 'r2', name: 'buy' },
        { id: 'r3', name: 'sell', subagent: 'x' },
      ),
    ]);
    const { run, answer, turnId } = world(script);
    const { requiredActions, turns: made } = await run();
    const request = { type: 'mcp_tool_call', name: 'search', arguments: { q: 1 }, server_label: 'docs' };
    expect(requiredActions).toMatchObject([
      { type: 'mcp_approval_request', request_id: 'r1', turn_id: turnId(), request },
      { request_id: 'r2', request: { name: 'buy', arguments: {}, server_label: 'fake' } },
      { request_id: 'r3', turn_id: made[1]?.id },
    ]);
    const { items } = await answer([decide('r2', 'deny'), decide('r1', 'approve'), decide('r3', 'cancel')]);
    expect(turns[1]?.outputs).toEqual([
      { callId: 'r1', name: 'search', output: 'approve' },
      { callId: 'r2', name: 'buy', output: 'deny' },
      { callId: 'r3', name: 'sell', output: 'cancel' },
    ]);
    expect(items.filter((item) => 'server_label' in item)).toMatchObject([
      { type: 'mcp_call', name: 'search', server_label: 'docs', output: 'The fake ran search.', status: 'completed' },
    ]);
  });

  test.each([
    ['a connection', requireConnection('env_1'), { type: 'environment_connection', environment_id: 'env_1' }],
    ['an unknown action', requireAction({ type: 'dance', steps: 3 }), { type: 'dance', steps: 3, turn_id: 'its own' }],
    ['an action of another turn', requireAction({ type: 'x', turn_id: 'turn_x' }), { type: 'x', turn_id: 'turn_x' }],
  ])('waits for %s until it is cancelled', async (_, step, action) => {
    const { run, answer, turnId, api } = world([step]);
    const { requiredActions } = await run();
    const own = 'turn_id' in action && action.turn_id === 'its own' ? { turn_id: turnId() } : {};
    expect(requiredActions).toEqual([{ ...action, ...own }]);
    expect((await answer([CANCEL])).requiredActions).toEqual([]);
    api.assertDone();
  });

  test('accepts the result of a raw call, which has no item', async () => {
    const action = { type: 'function_call', call_id: 'call_a', name: 'add', arguments: null };
    const { turns, script } = recorded([requireAction(action)]);
    const { run, answer, turnId } = world(script);
    const { items } = await run();
    expect(items).toMatchObject([{ role: 'user' }]);
    await answer([result(turnId(), 'call_a')]);
    expect(turns[1]?.outputs).toEqual([{ callId: 'call_a', name: 'add', output: 'A' }]);
  });

  test('accepts an answer to a raw request of computer use', async () => {
    const request = { type: 'browser_origin_access', origin: 'https://a.test', reason: null };
    const action = { type: 'computer_use_approval_request', request_id: 'r1', request };
    const { turns, script } = recorded([requireAction(action)]);
    const { run, answer } = world(script);
    await run();
    const response = { type: 'browser_origin_access', decision: 'approve' };
    const type = 'agent.session.input.computer_use_approval_request_result';
    const { items } = await answer([{ type, request_id: 'r1', response } as Input]);
    expect(turns[1]?.outputs).toEqual([{ callId: 'r1', name: action.type, output: 'approve' }]);
    expect(items).toContainEqual(expect.objectContaining({ request_id: 'r1', response }));
  });
});

describe('the end of a turn', () => {
  const both = callTools({ id: 'call_a', name: 'add' }, { id: 'call_b', name: 'sub', subagent: 'x', afterMs: 50 });

  test('by a cancellation also ends its subagents’ turns and all pending actions, now or later', async () => {
    const later = holdTimers(50);
    const { run, answer, send, seen, turnId } = world([both, say('Next')]);
    await run();
    const cancelled = await answer([CANCEL]);
    const statuses = cancelled.turns.map(({ status }) => status);
    expect([cancelled.requiredActions, statuses]).toEqual([[], ['cancelled', 'cancelled']]);
    expect(await refusal(send([result(turnId(), 'call_a')]))).toBe(
      '400 Unknown pending tool call: call_a | invalid_request_error',
    );
    later.end();
    await idle();
    expect(seen().items.length).toBe(2);
    expect((await run()).turns.at(-1)?.status).toBe('completed');
  });

  test('is not undone by a cancellation that comes after it', async () => {
    const { run, answer, seen } = world([say('Done.')]);
    await run();
    const before = seen();
    await answer([CANCEL]);
    await idle();
    expect(seen()).toEqual(before);
  });

  test.each(['cancelled', 'failed'] as const)('by endRun() makes it %s, by either id, and only once', async (how) => {
    const { api, run, seen, sessions, sessionId: session_id, turnId } = world([CALLS, CALLS, CALLS]);
    await run();
    const first = turnId();
    api.endRun(session_id, how);
    expect((await run()).turns.map(({ status }) => status)).toEqual([how, 'waiting']);
    api.endRun(first, 'cancelled');
    api.endRun(turnId(), how);
    api.endRun(session_id, 'failed');
    expect(seen()).toMatchObject({ status: 'idle', requiredActions: [], turns: [{ status: how }, { status: how }] });
    const { error } = await sessions.turns.retrieve(first, { session_id });
    expect(error?.code).toBe(how === 'failed' ? 'server_error' : undefined);
    expect(() => {
      api.endRun(session_id, 'expired');
    }).toThrow(new TypeError('A turn does not expire: end it as cancelled or failed.'));
  });

  test.each([
    ['returns a message', async () => Promise.resolve(say('Late'))],
    ['throws', async () => Promise.reject(new Error('Late'))],
  ])('is final, even if the script %s later', async (_, late) => {
    let decide = (): void => undefined;
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    const { api, tell, seen, sessionId, until } = world(async () => decided.then(late));
    await tell();
    await until(({ turns }) => turns.length === 1);
    api.endRun(sessionId, 'cancelled');
    decide();
    await idle();
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }], items: [{ role: 'user' }] });
  });

  test('precedes the effect of a result that was accepted a moment ago', async () => {
    const { api, run, send, seen, sessionId, turnId } = world([CALLS], { thinkMs: 150 });
    await run();
    const moment = holdTimers(50);
    await send([result(turnId(), 'call_a'), result(turnId(), 'call_b')]);
    api.endRun(sessionId, 'cancelled');
    moment.end();
    await idle();
    expect(seen()).toMatchObject({ status: 'idle', turns: [{ status: 'cancelled' }] });
    expect(seen().items.length).toBe(3);
  });
});

describe('a session', () => {
  test('starts its first turn when it is created, and has all fields', async () => {
    const { sessions, seen } = world([say('Done.'), say('Done.')]);
    const tools = [
      { type: 'function' as const, name: 'add', description: 'Adds.', parameters: { type: 'object', properties: {} } },
    ];
    const input = [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'Hi' }] }];
    const session = await sessions.create({
      environment: { type: 'self_hosted', workspace_directory: '/w' },
      agent: { model: MODEL, instructions: 'Be brief.', tools },
      metadata: { tag: 'x' },
      input,
    });
    expect(session).toMatchObject({
      object: 'agent.session',
      status: 'in_progress',
      required_actions: [],
      error: null,
      usage: null,
      metadata: { tag: 'x' },
      vault_ids: [],
      review: 'none',
      environment: { type: 'self_hosted', workspace_directory: '/w', capability_directories: [] },
      agent: { name: null, instructions: 'Be brief.', tools: [{ ...tools[0], defer_loading: false }] },
    });
    expect(seen(session.id).items).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
    const again = await sessions.create({ environment: { type: 'none' }, agent: { model: MODEL }, input: 'Hi' });
    expect(seen(again.id)).toMatchObject({ status: 'idle', items: [{ content: input[0]?.content }, {}] });
    expect((await sessions.retrieve(again.id)).usage).toMatchObject({ input_tokens: 32, output_tokens: 11 });
  });

  test('has the settings of its agent, and overrides of its own', async () => {
    const { agents, sessions } = world([]);
    const agent = await agents.create({ model: MODEL, name: 'Clerk', instructions: 'Be brief.' });
    expect(await agents.retrieve(agent.id)).toEqual(agent);
    expect(agent).toMatchObject({ object: 'agent', name: 'Clerk', tools: [], service_tier: 'auto' });
    const environment = { type: 'openai_hosted' as const };
    const session = await sessions.create({ environment, agent_id: agent.id, agent: { model: 'gpt-6' } });
    expect(session).toMatchObject({ status: 'idle', agent: { id: agent.id, name: 'Clerk', model: 'gpt-6' } });
    expect(await refusal(agents.retrieve('agent_x'))).toBe("404 Agent with id 'agent_x' not found.");
    const attempt = sessions.create({ environment, agent_id: 'agent_x' });
    expect(await refusal(attempt)).toBe("404 Agent with id 'agent_x' not found.");
  });

  test('can be updated in part', async () => {
    const { sessions, sessionId } = world([]);
    await sessions.update(sessionId, { metadata: { tag: 'x' } });
    const session = await sessions.update(sessionId, { agent: { model: 'gpt-6' }, review: 'auto_review' });
    expect(session).toMatchObject({ metadata: { tag: 'x' }, review: 'auto_review', agent: { model: 'gpt-6' } });
    expect((await sessions.update(sessionId, { metadata: null })).metadata).toEqual({});
    expect(await sessions.retrieve(sessionId)).toMatchObject({ review: 'auto_review', agent: { model: 'gpt-6' } });
  });

  test('can be deleted once it has no active turn', async () => {
    const { run, answer, sessions, sessionId, api } = world([CALLS]);
    await run();
    const refused = await refusal(sessions.delete(sessionId));
    expect(refused).toBe(`409 Session '${sessionId}' has a running turn: cancel it first. | conflict_error`);
    await answer([CANCEL]);
    expect(await sessions.delete(sessionId)).toEqual({ id: sessionId, object: 'agent.session.deleted', deleted: true });
    expect(await refusal(sessions.retrieve(sessionId))).toBe(`404 Session with id '${sessionId}' not found.`);
    api.assertDone();
  });

  test('that is deleted ignores the input that it had accepted', async () => {
    const { api, tell, sessions, sessionId } = world([say('Done.')]);
    await tell();
    await sessions.delete(sessionId);
    await idle();
    expect(api.assertDone.bind(api)).toThrow('Unused steps of the script: say');
  });

  test('that has failed refuses messages', async () => {
    const { run, send, sessionId } = world([fail('Gone.', 'session_failed')]);
    await run();
    expect(await refusal(send([message('Hi')]))).toBe(`400 Session '${sessionId}' has failed: it takes no messages.`);
    expect(await refusal(send([CANCEL]))).toBe('accepted');
  });

  test('is listed, as are its turns and items: newest first, in pages, by agent and metadata', async () => {
    const { run, sessions, sessionId: session_id, turnId } = world([say('One'), say('Two')]);
    await run();
    const first = turnId();
    await run();
    const { turns, items } = sessions;
    const ids = async (list: PromiseLike<{ data: { id: string | null }[] }>) => (await list).data.map(({ id }) => id);
    expect(await ids(turns.list(session_id))).toEqual([turnId(), first]);
    expect(await ids(turns.list(session_id, { order: 'asc', limit: 1 }))).toEqual([first]);
    expect(await ids(turns.list(session_id, { order: 'asc', after: first }))).toEqual([turnId()]);
    const texts = [];
    for await (const item of items.list(session_id, { order: 'asc', limit: 1 }))
      texts.push((item as { role: string }).role);
    expect(texts).toEqual(['user', 'assistant', 'user', 'assistant']);
    const [newest] = (await turns.items.list(first, { session_id })).data;
    expect(newest).toMatchObject({ turn_id: first, role: 'assistant', content: [{ text: 'One' }] });

    const environment = { type: 'openai_hosted' as const };
    const other = await sessions.create({ environment, agent: { model: MODEL }, metadata: { tag: 'x' } });
    expect(await ids(sessions.list())).toEqual([other.id, session_id]);
    expect(await ids(sessions.list({ agent_id: other.agent.id }))).toEqual([other.id]);
    expect(await ids(sessions.list({ metadata: { tag: 'x' } }))).toEqual([other.id]);
    expect(await ids(sessions.list({ metadata: { tag: 'y' } }))).toEqual([]);
    const foreign = turns.retrieve(first, { session_id: other.id });
    expect(await refusal(foreign)).toBe(`404 Turn with id '${first}' not found.`);
  });
});

function without({ success: _, ...rest }: { success: boolean }): object {
  return rest;
}
