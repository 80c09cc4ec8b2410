import { describe, expect, test } from '@jest/globals';
import { GuardedRunError } from 'interven-openai-assistants';
import { callTools, reportStatus, say } from 'interven-openai-assistants/testing';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { waitFor } from '../setup/wait-for.ts';
import { rejection, world } from '../setup/world.ts';
import { whenAsked } from '../setup/when-asked.ts';

const forever = (): Promise<never> => new Promise(() => undefined);

/** A run whose single call hangs in its handler, which ignores its signal. */
function hanging({ onHang = () => undefined }: { onHang?: () => void } = {}) {
  return world({
    script: [callTools({ name: 'quick' }, { name: 'hang' }), say('ok')],
    decisions: { quick: 'ALLOW', hang: 'ALLOW' },
    tools: {
      quick: () => 'done',
      hang: async () => {
        await idle();
        onHang();
        return forever();
      },
    },
    options: { graceMs: 20 },
  });
}

describe('an abort', () => {
  test('cancels the run and rejects with the signal’s reason and the calls so far', async () => {
    const controller = new AbortController();
    const reason = new Error('The user closed the tab.');
    const { runner, openai, threadId, assistantId } = hanging({
      onHang: () => {
        controller.abort(reason);
      },
    });
    const error = (await rejection(
      runner.run(threadId, assistantId, { signal: controller.signal }),
    )) as GuardedRunError;
    expect(error).toBeInstanceOf(GuardedRunError);
    expect(error).toMatchObject({ code: 'aborted', cause: reason, threadId, leftOpen: false });
    expect(error.runId).toBe(openai.runs(threadId)[0]?.id);
    expect(error.calls).toMatchObject([
      { name: 'quick', outcome: 'allowed', executed: 'yes', output: 'done' },
      { name: 'hang', outcome: 'aborted', executed: 'unknown' },
    ]);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('cancels the run at once, before the grace period of handlers ends', async () => {
    const controller = new AbortController();
    const grace = holdTimers(1_000);
    const { runner, openai, threadId, assistantId } = world({
      script: [callTools({ name: 'hang' })],
      decisions: { hang: 'ALLOW' },
      tools: {
        hang: async () => {
          await idle();
          controller.abort();
          return forever();
        },
      },
      options: { graceMs: 1_000 },
    });
    let isOver = false;
    const run = rejection(runner.run(threadId, assistantId, { signal: controller.signal })).finally(() => {
      isOver = true;
    });
    await waitFor(() => openai.runs(threadId)[0]?.status === 'cancelled');
    await idle();
    expect([isOver, grace.held()]).toEqual([false, 1]);
    grace.end();
    expect(await run).toMatchObject({ code: 'aborted', calls: [{ executed: 'unknown' }] });
  });

  test('before the start creates no run', async () => {
    const { runner, openai, threadId, assistantId } = hanging();
    const error = await rejection(runner.run(threadId, assistantId, { signal: AbortSignal.abort('no') }));
    expect(error).toMatchObject({ code: 'aborted', cause: 'no', runId: undefined });
    expect(openai.requests).toEqual([]);
  });

  test('while the request that creates the run is in flight cancels the created run', async () => {
    const { runner, openai, threadId, assistantId } = hanging();
    const controller = new AbortController();
    const rewrite = (run: Record<string, unknown>): unknown => {
      controller.abort();
      return run;
    };
    openai.misbehave('runs.create', { rewrite });
    const error = await rejection(runner.run(threadId, assistantId, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', leftOpen: false });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('between two polls ends the run at once, whatever the interval', async () => {
    const { runner, openai, threadId, assistantId } = world({
      script: [say('ok')],
      decisions: {},
      tools: {},
      api: { thinkMs: 60_000 },
    });
    const error = await rejection(
      runner.run(threadId, assistantId, { signal: whenAsked(openai, 'runs.create'), pollIntervalMs: 600_000 }),
    );
    expect(error).toMatchObject({ code: 'aborted' });
  });

  test('during a scan runs nothing', async () => {
    const ran: string[] = [];
    const controller = new AbortController();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' })],
      decisions: {
        pay: async () => {
          controller.abort();
          return Promise.resolve('ALLOW' as const);
        },
      },
      tools: { pay: () => ran.push('paid') },
    });
    const error = (await rejection(
      runner.run(threadId, assistantId, { signal: controller.signal }),
    )) as GuardedRunError;
    expect(error.calls).toMatchObject([{ outcome: 'aborted', executed: 'no' }]);
    expect(ran).toEqual([]);
  });

  test('by a listener of the event about a handler’s start keeps that handler from starting', async () => {
    const ran: string[] = [];
    const controller = new AbortController();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' })],
      decisions: { pay: 'ALLOW' },
      tools: { pay: () => ran.push('paid') },
    });
    const onEvent = ({ type }: { type: string }): void => {
      if (type === 'handler-start') controller.abort();
    };
    const error = await rejection(runner.run(threadId, assistantId, { signal: controller.signal, onEvent }));
    expect(error).toMatchObject({ code: 'aborted', calls: [{ outcome: 'aborted' }] });
    expect(ran).toEqual([]);
  });

  test('starts no handler that was queued, even after another one has ended', async () => {
    const ran: string[] = [];
    const controller = new AbortController();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'slow' }, { name: 'queued' })],
      decisions: { slow: 'ALLOW', queued: 'ALLOW' },
      tools: {
        slow: async (_, { signal }) => {
          await idle();
          const stopped = new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          });
          controller.abort();
          await stopped;
        },
        queued: () => ran.push('queued'),
      },
      options: { maxConcurrentHandlers: 1 },
    });
    const error = (await rejection(
      runner.run(threadId, assistantId, { signal: controller.signal }),
    )) as GuardedRunError;
    await idle();
    expect(error.calls).toMatchObject([{ executed: 'yes' }, { name: 'queued', outcome: 'aborted', executed: 'no' }]);
    expect(ran).toEqual([]);
  });

  test('aborts the handler’s signal, and keeps a result that it returns within the grace period', async () => {
    const controller = new AbortController();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'save' })],
      decisions: { save: 'ALLOW' },
      tools: {
        save: async (_, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve('saved at the last moment');
            });
            controller.abort();
          }),
      },
    });
    const error = (await rejection(
      runner.run(threadId, assistantId, { signal: controller.signal }),
    )) as GuardedRunError;
    expect(error.calls).toMatchObject([{ outcome: 'allowed', executed: 'yes', output: 'saved at the last moment' }]);
  });

  test('leaves no listener on the caller’s signal after the run', async () => {
    const { runner, threadId, assistantId } = world({ script: [say('ok')], decisions: {}, tools: {} });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await runner.run(threadId, assistantId, { signal });
    expect(listeners).toBe(0);
  });
});

describe('a limit of the runner', () => {
  test('on the duration of a run cancels it', async () => {
    const limit = holdTimers(50);
    const { runner, openai, threadId, assistantId } = hanging({ onHang: limit.end });
    const error = await rejection(runner.run(threadId, assistantId, { timeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'timeout', message: 'The run took longer than its timeoutMs of 50.' });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('on the turns of a run cancels it before a call of the turn over the limit runs', async () => {
    const ran: number[] = [];
    const { runner, openai, threadId, assistantId } = world({
      script: () => callTools({ name: 'more' }),
      decisions: { more: 'ALLOW' },
      tools: { more: (_, { turn }) => ran.push(turn) },
    });
    const error = (await rejection(runner.run(threadId, assistantId, { maxTurns: 2 }))) as GuardedRunError;
    expect(error).toMatchObject({
      code: 'max_turns',
      message:
        'The run needs more turns than its maxTurns of 2. Raise maxTurns, or check error.calls for what the model is doing.',
    });
    expect(error.calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed', 'not_run']);
    expect(ran).toEqual([1, 2]);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('on the turns of a run is 10 by default', async () => {
    const { runner, threadId, assistantId } = world({
      script: ({ turn }) => (turn <= 10 ? callTools({ name: 'more' }) : say('ok')),
      decisions: { more: 'ALLOW' },
      tools: { more: () => 'more' },
    });
    expect((await runner.run(threadId, assistantId)).calls).toHaveLength(10);
  });
});

describe('an unknown value from the API ends the run', () => {
  test('a status, without endless polling', async () => {
    const { runner, openai, threadId, assistantId } = world({
      script: [reportStatus('pondering')],
      decisions: {},
      tools: {},
    });
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toMatchObject({ code: 'unknown_status' });
    expect((error as Error).message).toContain('"pondering"');
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test.each([
    ['an action', { type: 'submit_payment' }, '"submit_payment"'],
    [
      'a kind of tool call',
      {
        type: 'submit_tool_outputs',
        submit_tool_outputs: { tool_calls: [{ id: 'c', type: 'computer_use_preview', computer: {} }] },
      },
      '"computer_use_preview"',
    ],
  ])('%s', async (_, action, named) => {
    const { runner, openai, threadId, assistantId } = world({
      script: [callTools({ name: 'x' })],
      decisions: {},
      tools: {},
    });
    openai.misbehave('runs.retrieve', { rewrite: (run) => ({ ...run, required_action: action }) });
    const error = await rejection(runner.run(threadId, assistantId));
    expect(error).toMatchObject({ code: 'unknown_action' });
    expect((error as Error).message).toContain(named);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('the runner dispatches no call of an invalid turn, and cancels the run', () => {
  test('two calls with one id', async () => {
    const { runner, openai, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'pay', id: 'call_7' }, { name: 'pay', id: 'call_7' })],
      decisions: { pay: 'ALLOW' },
      tools: { pay: () => 'paid' },
    });
    const error = (await rejection(runner.run(threadId, assistantId))) as GuardedRunError;
    expect(error).toMatchObject({ code: 'invalid_turn' });
    expect(error.message).toContain('"call_7"');
    expect(error.calls).toMatchObject([{ outcome: 'not_run' }, { outcome: 'not_run' }]);
    expect(gateway.scans).toEqual([]);
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('no calls', async () => {
    const { runner, openai, threadId, assistantId } = world({ script: [callTools()], decisions: {}, tools: {} });
    expect(await rejection(runner.run(threadId, assistantId))).toMatchObject({ code: 'invalid_turn' });
    expect(openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  });
});

test('an API error ends the run, with the client’s error as the cause', async () => {
  const { runner, threadId } = world({ script: [], decisions: {}, tools: {} });
  const error = (await rejection(runner.run(threadId, 'asst_none'))) as GuardedRunError;
  expect(error).toMatchObject({ code: 'api_error', runId: undefined, leftOpen: false });
  expect(error.cause).toMatchObject({ status: 404 });
  expect(error.message).toContain("No assistant found with id 'asst_none'");
});

test('the error reports a run that the runner could not cancel as left open', async () => {
  const { runner, openai, threadId, assistantId } = hanging();
  openai.misbehave('runs.cancel', { status: 403 });
  const error = await rejection(runner.run(threadId, assistantId, { signal: whenAsked(openai, 'runs.create') }));
  expect(error).toMatchObject({ code: 'aborted', leftOpen: true });
});

test('a run’s error shows no tool outputs when it is logged', async () => {
  const { inspect } = await import('node:util');
  const { runner, threadId, assistantId } = world({
    script: ({ turn }) => (turn === 1 ? callTools({ name: 'read' }) : callTools()),
    decisions: { read: 'ALLOW' },
    tools: { read: () => 'the secret recipe' },
  });
  const error = (await rejection(runner.run(threadId, assistantId))) as GuardedRunError;
  expect(error.calls[0]?.output).toBe('the secret recipe');
  expect(inspect(error, { depth: 10 })).not.toContain('the secret recipe');
  expect(JSON.stringify(error)).not.toContain('the secret recipe');
});
