import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { GuardedRunner, scanToolCalls, type AssistantsClient, type GuardedRunError } from 'interven-openai-assistants';
import {
  callTools,
  FakeOpenAI,
  reportStatus,
  requestApprovals,
  say,
  ScriptedGateway,
} from 'interven-openai-assistants/testing';
import { gate, stepsAfter } from '../../setup/gate.ts';
import { holdTimers } from '../../setup/held-timers.ts';
import { idle } from '../../setup/idle.ts';
import { whenAsked } from '../../setup/when-asked.ts';
import { rejection, world } from '../../setup/world.ts';

const SDKS = [
  ['openai 5', OpenAI5],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7],
] as const;

/** Wraps every method of the client, as tracing libraries do. */
function wrapped(client: { beta: { threads: { runs: object } } }): AssistantsClient {
  const { runs } = client.beta.threads;
  const proxy = new Proxy(runs, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function'
        ? (...args: unknown[]) => Reflect.apply(value, target, args) as unknown
        : value;
    },
  });
  return { beta: { threads: { runs: proxy } } } as unknown as AssistantsClient;
}

describe.each(SDKS)('%s with wrapped methods', (_, Client) => {
  const setUp = (openai: FakeOpenAI) =>
    wrapped(new Client({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch }));

  test('serves a run', async () => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'pay' }), say('ok')] });
    const runner = new GuardedRunner({
      client: setUp(openai),
      gateway: new ScriptedGateway({ pay: 'ALLOW' }),
      tools: { pay: () => 'paid' },
    });
    const { threadId, assistantId } = openai.seed('Hello');
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed', calls: [{ output: 'paid' }] });
  });

  test('polls no more often than pollIntervalMs', async () => {
    const thought = gate();
    const openai = new FakeOpenAI({ script: stepsAfter(thought.opened, say('ok')), thinkMs: 1 });
    const polls: number[] = [];
    const rewrite = (run: object): object => {
      polls.push(performance.now());
      if (polls.length === 4) thought.open();
      return run;
    };
    openai.misbehave('runs.retrieve', { rewrite, times: Infinity });
    const runner = new GuardedRunner({ client: setUp(openai), gateway: new ScriptedGateway({}), pollIntervalMs: 100 });
    const { threadId, assistantId } = openai.seed('Hello');
    await runner.run(threadId, assistantId);
    const pauses = polls.slice(1).map((at, index) => at - (polls[index] ?? 0));
    // A timer may fire a millisecond early.
    expect(pauses.filter((ms) => ms < 98)).toEqual([]);
  });

  test.each([
    ['after an abort between two polls far apart', {}],
    ['after an API error in a poll', { status: 403 }],
  ])('cancels a run %s', async (_cause, how) => {
    const openai = new FakeOpenAI({ script: [say('ok')], thinkMs: 60_000 });
    if ('status' in how) openai.misbehave('runs.retrieve', how);
    const client = setUp(openai);
    const runner = new GuardedRunner({ client, gateway: new ScriptedGateway({}), pollIntervalMs: 600_000 });
    const { threadId, assistantId } = openai.seed('Hello');
    // openai 5 and 6 sleep between polls through an abort.
    holdTimers(600_000);
    const signal = whenAsked(openai, 'runs.retrieve');
    const error = await rejection(runner.run(threadId, assistantId, { signal }));
    expect(error).toMatchObject({ code: 'status' in how ? 'api_error' : 'aborted', leftOpen: false });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('stops at its time limit when it polls an unknown status again and again', async () => {
    const openai = new FakeOpenAI({ script: [reportStatus('pondering')] });
    const limit = holdTimers(200);
    let polls = 0;
    const rewrite = (run: object): object => {
      polls += 1;
      if (polls === 3) limit.end();
      return run;
    };
    openai.misbehave('runs.retrieve', { rewrite, times: Infinity });
    const runner = new GuardedRunner({ client: setUp(openai), gateway: new ScriptedGateway({}) });
    const { threadId, assistantId } = openai.seed('Hello');
    const error = await rejection(runner.run(threadId, assistantId, { timeoutMs: 200 }));
    expect(error).toMatchObject({ code: 'timeout', leftOpen: false });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('names the active run of a thread', async () => {
    const openai = new FakeOpenAI({ script: [callTools({ name: 'x' })] });
    const client = new Client({ apiKey: 'test', baseURL: openai.baseURL, fetch: openai.fetch });
    const { threadId, assistantId } = openai.seed('Hello');
    const { id } = await new OpenAI({
      apiKey: 'test',
      baseURL: openai.baseURL,
      fetch: openai.fetch,
    }).beta.threads.runs.create(threadId, { assistant_id: assistantId });
    const runner = new GuardedRunner({ client: wrapped(client), gateway: new ScriptedGateway({}) });
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toMatchObject({ code: 'active_run', activeRunId: id });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'requires_action' }]);
  });
});

describe('a client that returns a run only when it stops', () => {
  const runOf = (status: string) => ({ id: 'run_1', status });
  const clientOf = (createAndPoll: () => Promise<{ id: string; status: string }>, cancelled: string[]) => ({
    beta: {
      threads: {
        runs: {
          createAndPoll,
          submitToolOutputsAndPoll: async () => runOf('completed'),
          cancel: async (runId: string) => {
            cancelled.push(runId);
            return runOf('cancelled');
          },
        },
      },
    },
  });
  const gateway = new ScriptedGateway({});
  /** A run with one call of `pay`, whose outputs go to `submit`. */
  const paying = (submit: () => Promise<{ id: string; status: string }>, onScan = (): void => undefined) => {
    const call = { id: 'call_1', type: 'function', function: { name: 'pay', arguments: '{}' } };
    const required = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [call] } };
    const client = clientOf(async () => ({ ...runOf('requires_action'), required_action: required }), []);
    client.beta.threads.runs.submitToolOutputsAndPoll = submit;
    const scan = () => (onScan(), 'ALLOW' as const);
    return new GuardedRunner({ client, gateway: new ScriptedGateway({ pay: scan }), tools: { pay: () => 'paid' } });
  };

  test('has the run cancelled that it returns after an abort', async () => {
    const cancelled: string[] = [];
    const controller = new AbortController();
    const late = async () => {
      controller.abort();
      await idle();
      return runOf('requires_action');
    };
    const runner = new GuardedRunner({ client: clientOf(late, cancelled), gateway });
    const error = await rejection(runner.run('thread_1', 'asst_1', { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(cancelled).toEqual(['run_1']);
  });

  test('gets no outputs after an abort, whenever that comes', async () => {
    const late: number[] = [];
    for (let step = 0; step < 80; step += 1) {
      const controller = new AbortController();
      const { signal } = controller;
      const submit = async () => {
        if (signal.aborted) late.push(step);
        return runOf('completed');
      };
      const abort = async (): Promise<void> => {
        for (let done = 0; done < step; done += 1) await Promise.resolve();
        controller.abort();
      };
      const runner = paying(submit, () => void abort());
      await runner.run('thread_1', 'asst_1', { signal }).catch(() => undefined);
    }
    expect(late).toEqual([]);
  });

  test('emits nothing after the run’s end, if it accepts the outputs later', async () => {
    const events: string[] = [];
    const controller = new AbortController();
    const accepted = gate();
    const runner = paying(async () => {
      controller.abort();
      await accepted.opened;
      return runOf('completed');
    });
    const onEvent = ({ type }: { type: string }) => events.push(type);
    await rejection(runner.run('thread_1', 'asst_1', { signal: controller.signal, onEvent }));
    accepted.open();
    await idle();
    expect(events.at(-1)).toBe('run-end');
  });

  test('opens no journal after the run’s end, if it creates the run later', async () => {
    const opened: string[] = [];
    const created = gate();
    const controller = new AbortController();
    const late = async () => {
      controller.abort();
      await created.opened;
      return runOf('requires_action');
    };
    const open = async (id: string) => Promise.reject(new Error(`opened ${opened.push(id)}`));
    const journal = { open, reopen: open };
    const runner = new GuardedRunner({ client: clientOf(late, []), gateway, journal, leaveMs: 1 });
    const error = await rejection(runner.run('thread_1', 'asst_1', { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: true });
    created.open();
    await idle();
    expect(opened).toEqual([]);
  });

  test('and returns before the run’s end causes an error, not a result', async () => {
    const cancelled: string[] = [];
    const runner = new GuardedRunner({ client: clientOf(async () => runOf('in_progress'), cancelled), gateway });
    expect(await rejection(runner.run('thread_1', 'asst_1'))).toMatchObject({ code: 'unknown_status' });
    expect(cancelled).toEqual(['run_1']);
  });

  test('cannot resume a run, and does not change it', async () => {
    const cancelled: string[] = [];
    const runner = new GuardedRunner({ client: clientOf(async () => runOf('completed'), cancelled), gateway });
    expect(await rejection(runner.resume('thread_1', 'run_1'))).toMatchObject({ leftOpen: true, runId: 'run_1' });
    expect(cancelled).toEqual([]);
  });
});

describe('a response that is not a run', () => {
  const tools = { pay: () => 'paid' };
  const oneCall = () => world({ script: [callTools({ name: 'pay' }), say('ok')], decisions: { pay: 'ALLOW' }, tools });

  test('to a creation counts as a lost response', async () => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.create', { rewrite: () => ({}) });
    expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed' });
    expect(openai.runs(threadId)).toHaveLength(1);
  });

  test('to a submit counts as a lost response', async () => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.submitToolOutputs', { rewrite: () => null });
    expect(await runner.run(threadId, assistantId)).toMatchObject({
      status: 'completed',
      calls: [{ executed: 'yes' }],
    });
  });

  test('to a poll is requested again, and the run is cancelled when it does not come', async () => {
    const { runner, openai, threadId, assistantId } = oneCall();
    openai.misbehave('runs.retrieve', { rewrite: () => ({}), times: 3 });
    const error = (await rejection(runner.run(threadId, assistantId))) as GuardedRunError;
    expect(error).toMatchObject({ code: 'api_error', leftOpen: false });
    expect(error.runId).toBe(openai.runs(threadId)[0]?.id);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('a run that may exist but cannot be identified', () => {
  const answerless = () => world({ script: [callTools({ name: 'x' })], decisions: {}, tools: {} });

  test('is reported as open: the client cannot list runs', async () => {
    const { runner, openai, threadId, assistantId } = answerless();
    openai.misbehave('runs.create', { dropReply: true });
    openai.misbehave('runs.list', { status: 403, times: 2 });
    expect(await rejection(runner.run(threadId, assistantId))).toMatchObject({ code: 'api_error', leftOpen: true });
  });

  test('is reported as open: the metadata have no room for a tag', async () => {
    const { runner, openai, threadId, assistantId } = answerless();
    openai.misbehave('runs.create', { dropReply: true });
    const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, 'x']));
    const error = await rejection(runner.run(threadId, assistantId, { params: { metadata } }));
    expect(error).toMatchObject({ code: 'run_not_found', leftOpen: true });
  });
});

test.each([
  ['tool_calls that are not an array', { tool_calls: { length: 1 } }],
  ['tool_calls that are missing', {}],
  ['a call that is null', { tool_calls: [null] }],
  ['a call without an id', { tool_calls: [{ type: 'function', function: { name: 'pay', arguments: '{}' } }] }],
  [
    'an id that is an object',
    { tool_calls: [{ id: {}, type: 'function', function: { name: 'pay', arguments: '{}' } }] },
  ],
  [
    'a name that is not a string',
    { tool_calls: [{ id: 'a', type: 'function', function: { name: 7, arguments: '{}' } }] },
  ],
  ['no function', { tool_calls: [{ id: 'a', type: 'function' }] }],
])('a turn with %s dispatches nothing, and the run is cancelled', async (_, asked) => {
  const ran: string[] = [];
  const { runner, openai, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' })],
    decisions: {},
    tools: { pay: () => ran.push('paid') },
  });
  const action = { type: 'submit_tool_outputs', submit_tool_outputs: asked };
  openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, required_action: action }) });
  const error = (await rejection(runner.run(threadId, assistantId))) as GuardedRunError;
  expect(['invalid_turn', 'unknown_action']).toContain(error.code);
  expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  expect(ran).toEqual([]);
});

test.each([
  ['no type', { function: { name: 'pay', arguments: '{"cents":1}' } }, { cents: 1 }],
  ['the type null', { type: null, function: { name: 'pay', arguments: '{"cents":1}' } }, { cents: 1 }],
  ['an empty type', { type: '', function: { name: 'pay', arguments: '{"cents":1}' } }, { cents: 1 }],
  ['no arguments', { type: 'function', function: { name: 'pay' } }, {}],
  ['the arguments null', { type: 'function', function: { name: 'pay', arguments: null } }, {}],
  ['empty arguments', { type: 'function', function: { name: 'pay', arguments: '' } }, {}],
  ['an object as arguments', { type: 'function', function: { name: 'pay', arguments: { cents: 1 } } }, { cents: 1 }],
])('a call with %s is a function call, for the runner and for scanToolCalls', async (_, call, args) => {
  const ran: unknown[] = [];
  const { runner, openai, gateway, threadId, assistantId } = world({
    script: [callTools({ name: 'pay', id: 'a' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: { pay: (input) => ran.push(input) },
  });
  const action = { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [{ id: 'a', ...call }] } };
  openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, required_action: action }) });
  expect(await runner.run(threadId, assistantId)).toMatchObject({ status: 'completed', text: 'ok' });
  const [scanned] = await scanToolCalls([{ id: 'a', ...call }], { gateway });
  expect(scanned).toMatchObject({ name: 'pay', scan: { decision: 'ALLOW' } });
  expect(ran).toEqual([args]);
  expect([scanned?.effectiveArguments, ...gateway.scans.map(({ body }) => body)]).toEqual([args, args, args]);
});

test.each([0, -1, 1e300])('an expires_at of %d is ignored', async (expires_at) => {
  const { runner, openai, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' }), say('ok')],
    decisions: { pay: 'ALLOW' },
    tools: { pay: () => 'paid' },
  });
  openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, expires_at }) });
  expect(await runner.run(threadId, assistantId)).toMatchObject({ calls: [{ outcome: 'allowed', output: 'paid' }] });
});

test('a decision for a function call is not reused for an MCP call of the same name', async () => {
  const { runner, gateway, threadId, assistantId } = world({
    script: [callTools({ name: 'read', id: 'call_1' }), requestApprovals({ name: 'read', id: 'call_1' }), say('ok')],
    decisions: { read: { fault: 'unreachable' } },
    tools: { read: () => 'text' },
    options: { onGatewayError: 'allow' },
  });
  expect(await runner.run(threadId, assistantId)).toMatchObject({
    calls: [{ outcome: 'allowed' }, { outcome: 'scan_unavailable' }],
  });
  expect(gateway.scans).toHaveLength(2);
});

test('an approval for a function is not an approval for an MCP call of the same name', async () => {
  let scans = 0;
  const { runner, gateway, threadId, assistantId } = world({
    script: ({ turn, outputs }) => {
      if (turn === 2) gateway.approve('ap_1');
      if (turn === 1) return callTools({ name: 'read' });
      return turn === 2 ? requestApprovals({ name: 'read' }) : say(outputs.map(({ output }) => output).join());
    },
    decisions: {
      read: () => ((scans += 1) === 1 ? { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' } : 'DENY'),
    },
    tools: { read: () => 'text' },
  });
  const { text, calls } = await runner.run(threadId, assistantId);
  expect(text).toBe('false');
  expect(calls.map(({ outcome }) => outcome)).toEqual(['approval_pending', 'denied']);
});

test('an error that ended the run is not hidden by a time limit that passes during the cleanup', async () => {
  const { runner, openai, threadId, assistantId } = world({
    script: [callTools({ name: 'pay' })],
    decisions: { pay: 'ALLOW' },
    tools: { pay: () => 'paid' },
  });
  openai.misbehave('runs.submitToolOutputs', { status: 422 });
  const limit = holdTimers(300);
  const rewrite = (run: object): object => {
    limit.end();
    return run;
  };
  openai.misbehave('runs.cancel', { rewrite });
  const error = await rejection(runner.run(threadId, assistantId, { timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'api_error', cause: { status: 422 } });
});

test('a cancel whose response is lost is verified at the run', async () => {
  const { runner, openai, threadId, assistantId } = world({ script: [callTools()], decisions: {}, tools: {} });
  openai.misbehave('runs.cancel', { cutBody: true, times: 3 });
  expect(await rejection(runner.run(threadId, assistantId))).toMatchObject({ code: 'invalid_turn', leftOpen: false });
});
