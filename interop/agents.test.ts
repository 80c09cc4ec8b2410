/**
 * The behaviour of a third-party server of the Agents API, tested with a hand-written loop. The runner's tests in
 * agents-runner.test.ts rely on it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai7';
import { AgentsServer, type Change, type InputEvent, type Sent } from './agents-server.ts';
import {
  delegatedNote,
  failing,
  overlapping,
  postNote,
  sixteenCalls,
  sixteenSquares,
  twoRounds,
  waiting,
} from './agents-scripts.ts';

type Session = OpenAI.Beta.Agents.AgentSession;
type FunctionCall = Extract<Session['required_actions'][number], { type: 'function_call' }>;
type Handler = (call: FunctionCall) => Promise<Partial<InputEvent>>;

let server: AgentsServer;
before(async () => {
  server = await AgentsServer.start();
});
after(async () => server.stop());

const tools = ['square', 'post_note', 'wait'].map((name) => ({
  type: 'function' as const,
  name,
  description: name,
  parameters: { type: 'object' },
}));

/** Creates a session, and a loop that serves it. */
async function open(change?: Change) {
  const { client, requests } = await server.connect(change);
  const { sessions } = client.beta.agents;
  const { id } = await sessions.create({
    environment: { type: 'none' },
    agent: { model: AgentsServer.model, tools, multi_agent: { enabled: true } },
  });
  const retrieve = async () => sessions.retrieve(id);
  const until = async (status: Session['status']) => {
    for (;;) {
      const session = await retrieve();
      if (session.status === status) return session;
      await sleep(10);
    }
  };
  const message = async (text: string) =>
    sessions.events.create(id, {
      events: [
        { type: 'agent.session.input.message', input: [{ role: 'user', content: [{ type: 'input_text', text }] }] },
      ],
    });
  const cancel = async () => sessions.events.create(id, { events: [{ type: 'agent.session.input.cancel' }] });
  const answer = async ({ turn_id, call_id }: FunctionCall, result: Partial<InputEvent>, key?: string) =>
    sessions.events.create(id, {
      events: [{ type: 'agent.session.input.tool_result', turn_id, call_id, success: true, ...result } as never],
      ...(key !== undefined && { 'Idempotency-Key': key }),
    });

  /** Runs each call as soon as it is pending, and sends each result in its own request. */
  const drive = async (input: string, handler: Handler) => {
    const stream = await sessions.events.stream(id);
    await message(input);
    const seen = new Set<string>();
    const jobs: Promise<void>[] = [];
    const events: string[] = [];
    let text: string | undefined;
    let turn: OpenAI.Beta.Agents.Sessions.Turn | undefined;
    for await (const event of stream) {
      events.push(event.type);
      if (event.type === 'agent.session.turn.output_text.done') text = event.text;
      if ('turn' in event && event.turn.subagent_id === null) turn = event.turn;
      if (event.type === 'agent.session.requires_action') {
        for (const call of event.session.required_actions) {
          assert.ok(call.type === 'function_call');
          if (seen.has(call.call_id)) continue;
          seen.add(call.call_id);
          jobs.push(handler(call).then((result) => answer(call, result)));
        }
      }
      if (event.type === 'agent.session.idle' || event.type === 'agent.session.failed') break;
    }
    await Promise.allSettled(jobs);
    assert.ok(turn);
    return { text, turn, events };
  };
  return { id, sessions, requests, retrieve, until, message, cancel, answer, drive };
}

const argsOf = ({ arguments: args }: FunctionCall): { n: number } =>
  (typeof args === 'string' ? JSON.parse(args) : args) as { n: number };

const square: Handler = async (call) => ({ output: String(argsOf(call).n ** 2) });

const resultsIn = (requests: readonly Sent[]): InputEvent[] =>
  requests.flatMap(({ events }) => events).filter(({ type }) => type === 'agent.session.input.tool_result');

const refused = (status: number, code: string, message: string) => (error: unknown) => {
  assert.ok(error instanceof OpenAI.APIError);
  assert.deepEqual([error.status, error.code], [status, code]);
  assert.ok(error.message.includes(message), error.message);
  return true;
};

test('sixteen calls of 100 ms can run concurrently', async (t) => {
  server.play(sixteenCalls);
  const { drive, requests } = await open();
  let running = 0;
  let most = 0;
  const start = performance.now();
  const { text, turn } = await drive('Square them.', async (call) => {
    most = Math.max(most, ++running);
    await sleep(100);
    running -= 1;
    return square(call);
  });

  t.diagnostic(`${Math.round(performance.now() - start)} ms, ${most} at once`);
  assert.ok(most > 8);
  assert.deepEqual([turn.status, text], ['completed', sixteenSquares]);
  assert.equal(resultsIn(requests).length, 16);
});

test("the SDK's own dispatcher runs sixteen calls one after another", async (t) => {
  server.play(sixteenCalls);
  const { sessions, id } = await open();
  const start = performance.now();
  const stream = sessions.stream(id, {
    input: 'Square them.',
    toolHandlers: {
      square: async ({ n }) => {
        await sleep(100);
        return String(Number(n) ** 2);
      },
    },
  });
  const { turn } = await stream.finalResult();

  assert.equal(turn.status, 'completed');
  const duration = performance.now() - start;
  t.diagnostic(`${Math.round(duration)} ms`);
  assert.ok(duration > 1_600);
});

test('a turn can have two rounds of calls', async () => {
  server.play(twoRounds);
  const { drive, sessions, id, retrieve } = await open();
  const { text, turn } = await drive('Square them.', square);

  assert.equal(text, '0 1 4 9');
  assert.deepEqual([turn.usage?.input_tokens, turn.usage?.output_tokens], [30, 3]);
  assert.deepEqual((await retrieve()).required_actions, []);
  const items = await sessions.items.list(id, { order: 'asc' });
  assert.deepEqual(
    items.data.map((item) => (item.type === 'message' ? item.role : item.type)),
    [
      ...['user', 'assistant', 'function_call', 'function_call', 'function_call_output', 'function_call_output'],
      ...['function_call', 'function_call', 'function_call_output', 'function_call_output', 'assistant'],
    ],
  );
});

test('the server adds calls while others are pending', async () => {
  server.play(overlapping);
  const { message, until, answer, retrieve } = await open();
  await message('Square them.');
  const [first] = (await until('requires_action')).required_actions;
  assert.ok(first?.type === 'function_call');
  await sleep(200);
  const { required_actions: both } = await retrieve();
  assert.deepEqual(
    both.map((action) => action.type === 'function_call' && action.call_id),
    ['call_0', 'call_1'],
  );
  await answer(first, { output: '0' });
  const { status, required_actions: rest } = await retrieve();
  assert.deepEqual([status, rest.length], ['requires_action', 1]);
  assert.ok(rest[0]?.type === 'function_call');
  await answer(rest[0], { output: '1' });
  assert.equal((await until('idle')).error, null);
});

test('the model receives a denial as a failed result', async () => {
  server.play(postNote({ text: 'hello' }));
  const { drive } = await open();
  const { text } = await drive('Note this.', async () => ({ success: false, error: 'Denied.' }));

  assert.equal(text, '{"success":false,"output":"Denied."}');
});

test("a subagent's call is pending like any other, in a turn that is not listed", async () => {
  server.play(delegatedNote({ text: 'hello' }));
  const { drive, sessions, id } = await open();
  const turns: string[] = [];
  const { text, turn } = await drive('Note this.', async ({ turn_id }) => {
    turns.push(turn_id);
    return { output: 'posted' };
  });

  assert.equal(text, '{"success":true,"output":"posted"}');
  assert.deepEqual(turns, ['turn_helper']);
  assert.deepEqual(
    (await sessions.turns.list(id)).data.map((listed) => listed.id),
    [turn.id],
  );
});

test('a turn that is cancelled during a handler has no pending calls; its session accepts the next input', async () => {
  server.play(waiting);
  const { drive, cancel, retrieve } = await open();
  const { turn, events } = await drive('Wait.', async () => {
    await cancel();
    await sleep(200);
    return { output: 'too late' };
  });

  assert.equal(turn.status, 'cancelled');
  assert.deepEqual(events.slice(-2), ['agent.session.turn.cancelled', 'agent.session.idle']);
  assert.deepEqual(server.turns[0]?.signal.aborted, true);
  const { status, error, required_actions: open_ } = await retrieve();
  assert.deepEqual([status, error, open_], ['idle', null, []]);
  server.play(postNote({ text: 'hello' }));
  assert.equal((await drive('Note this.', async () => ({ output: 'posted' }))).turn.status, 'completed');
});

test('a turn that fails has no pending calls', async () => {
  server.play(failing);
  const { drive, retrieve } = await open();
  const { turn } = await drive('Wait.', async () => {
    await sleep(300);
    return { output: 'too late' };
  });

  assert.deepEqual([turn.status, turn.error?.code], ['failed', 'server_overloaded']);
  const { status, error, required_actions: open_ } = await retrieve();
  assert.deepEqual([status, error, open_], ['idle', 'server_overloaded', []]);
});

test('the server refuses unknown, repeated and invalid results', async () => {
  server.play(sixteenCalls);
  const { message, until, answer, retrieve } = await open();
  await message('Square them.');
  const { required_actions: actions } = await until('requires_action');
  const [first, second] = actions as FunctionCall[];
  assert.ok(first && second);

  const unknown = (id: string) => refused(400, 'invalid_request_error', `Unknown pending tool call: ${id}`);
  await assert.rejects(answer({ ...first, call_id: 'call_x' }, { output: '' }), unknown('call_x'));
  await assert.rejects(answer({ ...first, turn_id: 'turn_x' }, { output: '' }), unknown('call_0'));
  await answer(first, { output: '0' }, 'key');
  await answer(first, { output: '0' }, 'key');
  await assert.rejects(answer(first, { output: '1' }, 'key'), refused(409, 'idempotency_conflict', 'Key was used'));
  await assert.rejects(answer(first, { output: '0' }, 'other key'), unknown('call_0'));
  await assert.rejects(answer(second, { output: { n: 1 } }), refused(400, 'invalid_request', 'Invalid input'));
  assert.equal((await retrieve()).required_actions.length, 15);
});

test('after a lost response, the SDK sends the result again, and the server accepts it only with its key', async () => {
  for (const [key, outcome] of [
    ['key', 'fulfilled'],
    [undefined, 'rejected'],
  ] as const) {
    let lost = false;
    server.play(postNote({ text: 'hello' }));
    const { message, until, answer, requests } = await open(({ events }, response) => {
      if (lost || events[0]?.type !== 'agent.session.input.tool_result') return response;
      lost = true;
      throw new TypeError('terminated');
    });
    await message('Note this.');
    const [call] = (await until('requires_action')).required_actions;
    const [result] = await Promise.allSettled([answer(call as FunctionCall, { output: 'posted' }, key)]);

    assert.equal(result.status, outcome);
    assert.deepEqual(
      requests.filter(({ events }) => events[0]?.call_id === 'call_1').map(({ status }) => status),
      [204, key === undefined ? 400 : 204],
    );
    await until('idle');
  }
});
