/** The runner with sessions of the Agents API, through the real client, against a third-party server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { GuardedRunError, GuardedRunner, tool, type Tools } from 'interven-openai-assistants';
import { EmbeddedGateway } from 'interven-openai-assistants/embedded';
import { AgentsServer, type Change, type InputEvent } from './agents-server.ts';
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
import { policies } from './policies.ts';

let server: AgentsServer;
before(async () => {
  server = await AgentsServer.start();
});
after(async () => server.stop());

const toolOf = (name: string) => ({
  type: 'function' as const,
  name,
  description: name,
  parameters: { type: 'object' },
});

/** Creates a session with the tools, its runner, and the sent requests. */
async function guarded(tools: Tools, change?: Change) {
  const { client, requests } = await server.connect(change);
  const { sessions } = client.beta.agents;
  const { id } = await sessions.create({
    environment: { type: 'none' },
    agent: { model: AgentsServer.model, tools: Object.keys(tools).map(toolOf), multi_agent: { enabled: true } },
  });
  const runner = new GuardedRunner({
    client,
    gateway: new EmbeddedGateway({ policies }),
    tools,
    handlerTimeoutMs: 5_000,
  });
  const sent = (type: string): InputEvent[] =>
    requests
      .filter(({ status }) => status < 300)
      .flatMap(({ events }) => events)
      .filter((event) => event.type === `agent.session.input.${type}`);
  return { id, sessions, runner, requests, sent };
}

const squareTool = (delayMs = 0) =>
  tool({
    parameters: z.object({ n: z.number() }),
    execute: async ({ n }) => {
      await sleep(delayMs);
      return n ** 2;
    },
  });

const noteTool = (execute: (text: string) => unknown) => ({
  post_note: tool({
    description: 'Post a note',
    parameters: z.object({ text: z.string() }),
    execute: ({ text }) => execute(text),
  }),
});

const secret = 'the key is ' + 'AKIA' + 'IOSFODNN7EXAMPLE';

test('sixteen calls of 100 ms run concurrently, and each gets one result', async (t) => {
  server.play(sixteenCalls);
  let running = 0;
  let most = 0;
  const { id, runner, sent } = await guarded({
    square: tool({
      parameters: z.object({ n: z.number() }),
      execute: async ({ n }) => {
        most = Math.max(most, ++running);
        await sleep(100);
        running -= 1;
        return n ** 2;
      },
    }),
  });
  const start = performance.now();
  const { status, text, calls, session, turn } = await runner.session(id, { input: 'Square them.' });

  t.diagnostic(`${Math.round(performance.now() - start)} ms, ${most} at once`);
  assert.ok(most > 8);
  assert.deepEqual([status, text], ['completed', sixteenSquares]);
  assert.deepEqual([session.status, turn?.status], ['idle', 'completed']);
  assert.deepEqual(
    calls.map(({ callId, outcome, executed, output }) => [callId, outcome, executed, output]),
    Array.from({ length: 16 }, (_, n) => [`call_${n}`, 'allowed', 'yes', String(n * n)]),
  );
  assert.equal(new Set(sent('tool_result').map(({ call_id }) => call_id)).size, 16);
  assert.equal(sent('tool_result').length, 16);
});

test('the runner serves two rounds, with arguments as an object and as a string', async () => {
  server.play(twoRounds);
  const { id, runner, sent } = await guarded({ square: squareTool() });
  const { text, usage, calls } = await runner.session(id, { input: 'Square them.' });

  assert.equal(text, '0 1 4 9');
  assert.deepEqual([usage?.input_tokens, usage?.output_tokens], [30, 3]);
  assert.deepEqual(
    calls.map(({ callId, output, turn }) => [callId, output, turn]),
    [
      ['call_0', '0', 1],
      ['call_1', '1', 1],
      ['call_2', '4', 2],
      ['call_3', '9', 2],
    ],
  );
  assert.deepEqual(
    sent('tool_result').map(({ success }) => success),
    [true, true, true, true],
  );
});

test('a call that is added while another runs does not wait for it', async () => {
  server.play(overlapping);
  const order: number[] = [];
  const { id, runner } = await guarded({
    square: tool({
      parameters: z.object({ n: z.number() }),
      execute: async ({ n }) => {
        await sleep(n === 0 ? 1_000 : 0);
        order.push(n);
        return n ** 2;
      },
    }),
  });
  const { text } = await runner.session(id, { input: 'Square them.' });

  assert.equal(text, '0 1');
  assert.deepEqual(order, [1, 0]);
});

for (const [who, script] of [
  ['the agent', postNote],
  ['a subagent', delegatedNote],
] as const) {
  test(`a call of ${who} with a secret is denied: no handler runs, and the model receives the reason`, async () => {
    server.play(script({ text: secret }));
    const ran: string[] = [];
    const { id, runner, sent } = await guarded(noteTool((text) => ran.push(text)));
    const { status, calls } = await runner.session(id, { input: 'Note the key.' });

    assert.deepEqual(ran, []);
    assert.equal(status, 'completed');
    assert.deepEqual(
      calls.map(({ outcome, executed, decision }) => [outcome, executed, decision]),
      [['denied', 'no', 'DENY']],
    );
    const [result] = sent('tool_result');
    assert.deepEqual(
      [result?.success, result?.error],
      [false, 'Tool blocked by Interven: SECRET_DETECTED; policy "Agent safety"'],
    );
  });
}

test('a call with an e-mail address runs without it, and the model receives the redacted field’s name', async () => {
  server.play(postNote({ text: 'ask ana@example.com' }));
  const ran: string[] = [];
  const { id, runner, sent } = await guarded(
    noteTool((text) => {
      ran.push(text);
      return 'posted';
    }),
  );
  const { calls } = await runner.session(id, { input: 'Note whom to ask.' });

  assert.deepEqual(ran, ['ask [REDACTED:EMAIL]']);
  assert.deepEqual(
    calls.map(({ outcome, executed }) => [outcome, executed]),
    [['sanitized', 'yes']],
  );
  assert.match(String(sent('tool_result')[0]?.output), /text\.\s+posted$/);
});

test('a handler that throws fails one result of the turn, and the model does not receive the error', async () => {
  server.play(postNote({ text: 'hello' }));
  const failure = new Error('password of the database: hunter2');
  const { id, runner, requests } = await guarded(
    noteTool(() => {
      throw failure;
    }),
  );
  const { status, calls } = await runner.session(id, { input: 'Note this.' });

  assert.equal(status, 'completed');
  assert.deepEqual(
    calls.map(({ outcome, executed, error }) => [outcome, executed, error]),
    [['handler_error', 'yes', failure]],
  );
  assert.doesNotMatch(JSON.stringify(requests), /hunter2/);
});

test('a call with arguments that are not JSON does not run', async () => {
  server.play(postNote('{"text": "hal'));
  const ran: string[] = [];
  const { id, runner } = await guarded(noteTool((text) => ran.push(text)));
  const { calls } = await runner.session(id, { input: 'Note this.' });

  assert.deepEqual(ran, []);
  assert.deepEqual(
    calls.map(({ outcome, executed }) => [outcome, executed]),
    [['invalid_arguments', 'no']],
  );
});

test('a turn that fails is a result, and its handler’s signal is aborted', async () => {
  server.play(failing);
  let abortReason: unknown;
  const { id, runner } = await guarded({
    wait: tool({
      parameters: z.object({}),
      execute: async (_, { signal }) => {
        await sleep(5_000, undefined, { signal }).catch((error: unknown) => {
          abortReason = signal.reason;
          throw error;
        });
      },
    }),
  });
  const { status, turn, session } = await runner.session(id, { input: 'Wait.' });

  assert.deepEqual([status, turn?.error?.code, session.status], ['failed', 'server_overloaded', 'idle']);
  assert.ok(abortReason instanceof Error);
});

test('an abort during a handler aborts its signal and ends the turn; the session accepts the next input', async () => {
  server.play(waiting);
  const controller = new AbortController();
  const reason = new Error('The user closed the tab.');
  let abortReason: unknown;
  const { id, sessions, runner, sent } = await guarded({
    wait: tool({
      parameters: z.object({}),
      execute: async (_, { signal }) => {
        setTimeout(() => {
          controller.abort(reason);
        }, 10);
        await sleep(5_000, undefined, { signal }).catch((error: unknown) => {
          abortReason = signal.reason;
          throw error;
        });
      },
    }),
  });
  const aborted = runner.session(id, { input: 'Wait.' }, { signal: controller.signal });

  await assert.rejects(aborted, (error: unknown) => {
    assert.ok(error instanceof GuardedRunError);
    assert.deepEqual([error.code, error.cause], ['aborted', reason]);
    assert.deepEqual(
      error.calls.map(({ name, outcome, executed }) => [name, outcome, executed]),
      [['wait', 'aborted', 'unknown']],
    );
    return true;
  });
  assert.ok(abortReason instanceof Error);
  assert.equal(sent('cancel').length, 1);
  const [turn] = (await sessions.turns.list(id)).data;
  assert.equal(turn?.status, 'cancelled');
  server.play(async (next) => {
    next.say('Still here.');
  });
  assert.equal((await runner.session(id, { input: 'And now?' })).text, 'Still here.');
});

for (const { what, respond } of [
  {
    what: 'A lost response',
    respond: () => {
      throw new TypeError('terminated');
    },
  },
  { what: 'A 500', respond: () => new Response(null, { status: 500, headers: { 'retry-after-ms': '1' } }) },
]) {
  test(`${what} to an accepted result does not affect the run, and no handler runs twice`, async () => {
    server.play(postNote({ text: 'hello' }));
    const ran: string[] = [];
    let times = 0;
    const { id, runner } = await guarded(
      noteTool((text) => ran.push(text)),
      ({ events }, response) => {
        if (events[0]?.type !== 'agent.session.input.tool_result' || ++times > 1) return response;
        return respond();
      },
    );
    const { status, calls } = await runner.session(id, { input: 'Note this.' });

    assert.equal(status, 'completed');
    assert.deepEqual(ran, ['hello']);
    assert.deepEqual(
      calls.map(({ outcome, executed }) => [outcome, executed]),
      [['allowed', 'yes']],
    );
  });
}

test('an event stream that breaks does not affect the run', async () => {
  server.play(twoRounds);
  const { id, runner } = await guarded({ square: squareTool(50) }, ({ method, path }, response) => {
    if (method !== 'GET' || !path.endsWith('/events') || !response.body) return response;
    let chunks = 0;
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        if (++chunks === 3) controller.error(new TypeError('terminated'));
      },
    });
    return new Response(response.body.pipeThrough(cut), response);
  });
  const { status, text, calls } = await runner.session(id, { input: 'Square them.' });

  assert.deepEqual([status, text], ['completed', '0 1 4 9']);
  assert.equal(calls.length, 4);
});
