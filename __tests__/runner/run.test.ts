import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { GuardedRunner, tool, type CallContext } from 'interven-openai-assistants';
import { callTools, fail, say, ScriptedGateway, stopShort } from 'interven-openai-assistants/testing';
import { gate, stepsAfter } from '../setup/gate.ts';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { waitFor } from '../setup/wait-for.ts';
import { world } from '../setup/world.ts';

const echo = tool({ parameters: z.object({ text: z.string() }), execute: ({ text }) => text });

describe('a run', () => {
  test('is created, served turn after turn and polled to its end', async () => {
    const { runner, openai, gateway, threadId, assistantId } = world({
      script: [
        callTools({ name: 'echo', arguments: { text: 'one' } }, { name: 'echo', arguments: { text: 'two' } }),
        callTools({ name: 'echo', arguments: { text: 'three' } }),
        say('All done.'),
      ],
      decisions: { echo: 'ALLOW' },
      tools: { echo },
    });
    const result = await runner.run(threadId, assistantId);
    expect(result.status).toBe('completed');
    expect(result.text).toBe('All done.');
    expect(result.run.id).toBe(openai.runs(threadId)[0]?.id);
    expect(result.usage?.total_tokens).toBeGreaterThan(0);
    expect(result.calls.map(({ turn, output, outcome, executed }) => ({ turn, output, outcome, executed }))).toEqual([
      { turn: 1, output: 'one', outcome: 'allowed', executed: 'yes' },
      { turn: 1, output: 'two', outcome: 'allowed', executed: 'yes' },
      { turn: 2, output: 'three', outcome: 'allowed', executed: 'yes' },
    ]);
    openai.assertDone();
    gateway.assertDone();
  });

  test('submits the outputs of a turn together, in the model’s order, whichever call ends first', async () => {
    const outputs: unknown[] = [];
    const { runner, openai, threadId, assistantId } = world({
      script: ({ turn, outputs: given }) => {
        outputs.push(...given);
        return turn === 1
          ? callTools(
              { name: 'wait', arguments: { turns: 30 }, id: 'slow' },
              { name: 'wait', arguments: { turns: 0 }, id: 'fast' },
            )
          : say('ok');
      },
      decisions: { wait: 'ALLOW' },
      tools: {
        wait: async ({ turns }: { turns: number }) => {
          await idle(turns);
          return `waited ${turns}`;
        },
      },
    });
    await runner.run(threadId, assistantId);
    expect(outputs).toEqual([
      { callId: 'slow', name: 'wait', output: 'waited 30' },
      { callId: 'fast', name: 'wait', output: 'waited 0' },
    ]);
    expect(openai.requests.filter(({ operation }) => operation === 'runs.submitToolOutputs')).toHaveLength(1);
  });

  test('passes `params` to the API, with the caller’s metadata unchanged', async () => {
    const { runner, openai, threadId, assistantId } = world({ script: [say('ok')], decisions: {}, tools: {} });
    await runner.run(threadId, assistantId, {
      params: {
        temperature: 0.2,
        metadata: { order: '17' },
        additional_messages: [{ role: 'user', content: 'And be quick.' }],
        tools: runner.toolDefinitions(),
      },
    });
    const created = openai.requests.find(({ operation }) => operation === 'runs.create')?.body;
    expect(created).toMatchObject({
      assistant_id: assistantId,
      temperature: 0.2,
      metadata: { order: '17' },
      tools: [],
    });
    expect(openai.messages(threadId).map(({ text }) => text)).toEqual(['Hello', 'And be quick.', 'ok']);
  });

  test.each([
    ['failed', fail('Out of luck.')],
    ['incomplete', stopShort()],
  ] as const)('that ends %s is a result, not an error', async (status, step) => {
    const { runner, threadId, assistantId } = world({ script: [step], decisions: {}, tools: {} });
    const result = await runner.run(threadId, assistantId);
    expect(result.status).toBe(status);
    expect(result.text).toBeNull();
  });

  test.each(['cancelled', 'expired'] as const)(
    'that another client ends as %s while a handler runs is a result',
    async (status) => {
      const { runner, openai, threadId, assistantId } = world({
        script: [callTools({ name: 'end' })],
        decisions: { end: 'ALLOW' },
        tools: {
          end: (_, { runId }) => {
            openai.endRun(runId, status);
            return 'too late';
          },
        },
      });
      const result = await runner.run(threadId, assistantId);
      expect(result.status).toBe(status);
      expect(result.calls).toMatchObject([{ outcome: 'allowed', executed: 'yes' }]);
    },
  );

  test('has the text null when the messages cannot be listed', async () => {
    const { runner, openai, threadId, assistantId } = world({ script: [say('ok')], decisions: {}, tools: {} });
    openai.misbehave('messages.list', { status: 404 });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed', text: null });
  });

  test.each([
    ['the user', '"role":"assistant"', '"role":"user"'],
    ['another run', '"run_id":"run_', '"run_id":"other_'],
  ])('does not return a streamed text of %s when the messages cannot be listed', async (_, from, to) => {
    const { runner, openai, threadId, assistantId } = world({
      ...{ script: [say('ok')], decisions: {}, tools: {} },
      through: (fetch) => async (input, init) => {
        const response = await fetch(input, init);
        const text = await response.text();
        const isStream = response.headers.get('content-type')?.includes('event-stream');
        return new Response(isStream ? text.replaceAll(from, to) : text, response);
      },
    });
    openai.misbehave('messages.list', { status: 404 });
    const result = await runner.run(threadId, assistantId, { transport: 'stream' });
    expect(result).toMatchObject({ status: 'completed', text: null });
  });

  test('does not return the text of an earlier run', async () => {
    const { runner, threadId, assistantId } = world({
      script: [say('first'), say('second')],
      decisions: {},
      tools: {},
    });
    expect((await runner.run(threadId, assistantId)).text).toBe('first');
    expect((await runner.run(threadId, assistantId)).text).toBe('second');
  });
});

describe('a handler', () => {
  interface Session {
    readonly user: string;
  }

  test('receives its call, its run, the decision and the context of the run', async () => {
    const seen: CallContext<Session>[] = [];
    const { runner, threadId, assistantId } = world<Session>({
      script: [callTools({ name: 'who', id: 'call_1' }), say('ok')],
      decisions: { who: { decision: 'ALLOW', traceId: 'trace_9' } },
      tools: {
        who: (_, call: CallContext<Session>) => {
          seen.push(call);
          return call.context.user;
        },
      },
    });
    const { calls, run } = await runner.run(threadId, assistantId, { context: { user: 'ada' } });
    expect(calls[0]?.output).toBe('ada');
    expect(seen[0]).toMatchObject({ callId: 'call_1', name: 'who', turn: 1, threadId, runId: run.id });
    expect(seen[0]?.decision).toMatchObject({ decision: 'ALLOW', traceId: 'trace_9' });
    expect(seen[0]?.idempotencyKey).toMatch(/^[0-9a-f]{40}$/);
    expect(seen[0]?.signal.aborted).toBe(false);
  });

  test('receives the arguments as its schema parses them, in a copy that it may change', async () => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'add', arguments: { items: ['b', 'a'] } }), say('ok')],
      decisions: { add: 'ALLOW' },
      tools: {
        add: tool({
          parameters: z.object({ items: z.array(z.any()), factor: z.number().default(2) }),
          execute: ({ items, factor }) => `${items.sort().join()} x${factor}`,
        }),
      },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls[0]?.output).toBe('a,b x2');
    expect(gateway.scans[0]?.body).toEqual({ items: ['b', 'a'], factor: 2 });
  });

  test('never receives the context of another run', async () => {
    const { runner, openai, threadId, assistantId } = world<Session>({
      script: ({ turn }) => (turn === 1 ? callTools({ name: 'who' }) : say('ok')),
      decisions: { who: 'ALLOW' },
      tools: { who: (_, call: CallContext<Session>) => call.context.user },
    });
    const other = openai.seed('Hello from another thread');
    const results = await Promise.all([
      runner.run(threadId, assistantId, { context: { user: 'ada' } }),
      runner.run(other.threadId, other.assistantId, { context: { user: 'bob' } }),
    ]);
    expect(results.map(({ calls }) => calls[0]?.output)).toEqual(['ada', 'bob']);
  });

  test('may be registered during a run', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'first' }), callTools({ name: 'second' }), say('ok')],
      decisions: { first: 'ALLOW', second: 'ALLOW' },
      tools: {
        first: () => {
          runner.register('second', () => 'here I am');
          return 'ok';
        },
      },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ output }) => output)).toEqual(['ok', 'here I am']);
  });
});

describe('resume', () => {
  test.each(['queued', 'in_progress', 'requires_action'])('joins a run that is %s', async (status) => {
    const thought = gate();
    const thinking = holdTimers(300);
    const { runner, client, openai, threadId, assistantId } = world({
      script: stepsAfter(thought.opened, callTools({ name: 'echo', arguments: { text: 'hi' } }), say('ok')),
      decisions: { echo: 'ALLOW' },
      tools: { echo },
      api: { thinkMs: 600 },
    });
    const { id } = await client.beta.threads.runs.create(threadId, { assistant_id: assistantId });
    const reached = () => openai.runs(threadId)[0]?.status;
    const seen: unknown[] = [];
    openai.misbehave('runs.retrieve', { rewrite: (run) => (seen.push(run['status']), run) });
    if (status === 'requires_action') thought.open();
    while (reached() !== status) {
      thinking.pass();
      await idle();
    }
    const resumed = runner.resume(threadId, id);
    await waitFor(() => seen.length > 0);
    thought.open();
    thinking.end();
    const result = await resumed;
    expect(seen).toEqual([status]);
    expect(result).toMatchObject({ status: 'completed', text: 'ok', calls: [{ output: 'hi' }] });
    openai.assertDone();
  });
});

test('a runner refuses to resume a run that it is serving', async () => {
  const ran: string[] = [];
  const { runner, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: {
      pay: async (_, { runId }) => {
        ran.push(runId);
        await expect(runner.resume(threadId, runId)).rejects.toMatchObject({ code: 'active_run', activeRunId: runId });
      },
    },
  });
  const { run } = await runner.run(threadId, assistantId);
  expect(ran).toEqual([run.id]);
});

test.each([undefined, '', 7])('the id %p is refused, before any request', async (id) => {
  const { runner, openai, assistantId } = world({ script: [], decisions: {}, tools: {} });
  await expect(runner.run(id as string, assistantId)).rejects.toThrow(/^threadId is/);
  await expect(runner.run('thread_1', id as string)).rejects.toThrow(/^assistantId is/);
  await expect(runner.resume('thread_1', id as string)).rejects.toThrow(/^runId is/);
  expect(openai.requests).toEqual([]);
});

test('the gateway receives the agent of a call: the run’s option overrides the runner’s', async () => {
  const { runner, gateway, threadId, assistantId } = world({
    script: [callTools({ name: 'echo', arguments: { text: 'a' } }), say('ok')],
    decisions: { echo: 'ALLOW' },
    tools: { echo },
    options: { agentId: 'a0', agentName: 'the runner' },
  });
  const { runId } = await runner.run(threadId, assistantId, { agentName: 'the run' });
  expect(gateway.scans).toEqual([
    {
      functionName: 'echo',
      method: 'POST',
      url: 'https://tools.invalid/echo',
      body: { text: 'a' },
      runtimeType: 'openai_assistants',
      agentId: 'a0',
      agentName: 'the run',
      threadId,
      runId,
      takesEdits: true,
    },
  ]);
});

test('a client needs only createAndPoll, submitToolOutputsAndPoll and cancel', async () => {
  const submitted: unknown[] = [];
  const waiting = {
    id: 'run_1',
    status: 'requires_action',
    required_action: {
      type: 'submit_tool_outputs',
      submit_tool_outputs: {
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'echo', arguments: '{"text":"hi"}' } }],
      },
    },
  };
  const runner = new GuardedRunner({
    client: {
      beta: {
        threads: {
          runs: {
            createAndPoll: async () => waiting,
            submitToolOutputsAndPoll: async (_runId: string, { tool_outputs }: { tool_outputs: unknown }) => {
              submitted.push(tool_outputs);
              return { id: 'run_1', status: 'completed' };
            },
            cancel: async () => ({ id: 'run_1', status: 'cancelled' }),
          },
        },
      },
    },
    gateway: new ScriptedGateway({ echo: 'ALLOW' }),
    tools: { echo },
  });
  expect(await runner.run('thread_1', 'asst_1')).toMatchObject({ status: 'completed', text: null, usage: null });
  expect(submitted).toEqual([[{ tool_call_id: 'call_1', output: 'hi' }]]);
});
