import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { gate } from '../setup/gate.ts';
import { holdTimers } from '../setup/held-timers.ts';
import { idle } from '../setup/idle.ts';
import { world } from '../setup/world.ts';

const many = (name: string, count: number) =>
  callTools(...Array.from({ length: count }, (_, index) => ({ name, arguments: { index } })));

/** A sequential tool that records when it starts and ends. */
const sequentialStep = (events: string[]) =>
  tool({
    sequential: true,
    parameters: z.object({ index: z.number() }),
    execute: async ({ index }) => {
      events.push(`start ${index}`);
      await idle();
      events.push(`end ${index}`);
    },
  });

/** Counts how many of one kind are in flight at once, at the most. */
function counting(counted: string) {
  let now = 0;
  let most = 0;
  const count = async (kind: string): Promise<void> => {
    if (kind !== counted) return;
    now += 1;
    most = Math.max(most, now);
    await idle();
    now -= 1;
  };
  return { count, most: () => most };
}

describe('the calls of a turn', () => {
  test('start as soon as each is cleared, without waiting for slower scans', async () => {
    const events: string[] = [];
    const fastRuns = gate();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'slow' }, { name: 'fast' }), say('ok')],
      decisions: {
        slow: async (): Promise<'ALLOW'> => {
          await fastRuns.opened;
          events.push('slow is scanned');
          return 'ALLOW';
        },
        fast: 'ALLOW',
      },
      tools: {
        slow: () => events.push('slow runs'),
        fast: () => {
          events.push('fast runs');
          fastRuns.open();
        },
      },
    });
    await runner.run(threadId, assistantId);
    expect(events).toEqual(['fast runs', 'slow is scanned', 'slow runs']);
  });

  test.each([
    ['maxConcurrentScans', 'scan'],
    ['maxConcurrentHandlers', 'handler'],
  ] as const)('are limited by %s over all runs of the runner', async (option, counted) => {
    const { count, most } = counting(counted);
    const { runner, openai, threadId, assistantId } = world({
      script: ({ turn }) => (turn === 1 ? many('work', 6) : say('ok')),
      decisions: { work: async () => count('scan').then(() => 'ALLOW') },
      tools: { work: async () => count('handler') },
      options: { [option]: 3 },
    });
    const other = openai.seed('Hello');
    await Promise.all([runner.run(threadId, assistantId), runner.run(other.threadId, other.assistantId)]);
    expect(most()).toBe(3);
  });

  test.each(['scan', 'handler'])('have at most sixteen in flight by default: each %s', async (counted) => {
    const { count, most } = counting(counted);
    const { runner, threadId, assistantId } = world({
      script: [many('work', 40), say('ok')],
      decisions: { work: async () => count('scan').then(() => 'ALLOW') },
      tools: { work: async () => count('handler') },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(most()).toBe(16);
    expect(calls.map(({ outcome }) => outcome)).toEqual(Array(40).fill('allowed'));
  });

  test('of a sequential tool run one after the other, in the model’s order', async () => {
    const events: string[] = [];
    const { runner, threadId, assistantId } = world({
      script: [many('step', 3), say('ok')],
      decisions: {
        // The last call is cleared first.
        step: async ({ body }) => idle(30 - 10 * (body as { index: number }).index).then(() => 'ALLOW'),
      },
      tools: { step: sequentialStep(events) },
    });
    await runner.run(threadId, assistantId);
    expect(events).toEqual(['start 0', 'end 0', 'start 1', 'end 1', 'start 2', 'end 2']);
  });

  test.each(['DENY', { fault: 'malformed_reply' }] as const)(
    'of a sequential tool keep their order when one is blocked: %j',
    async (blocked) => {
      const events: string[] = [];
      const { runner, threadId, assistantId } = world({
        script: [many('step', 3), say('ok')],
        decisions: {
          step: async ({ body }) => {
            const { index } = body as { index: number };
            if (index === 0) await idle();
            return index === 1 ? blocked : 'ALLOW';
          },
        },
        tools: { step: sequentialStep(events) },
      });
      await runner.run(threadId, assistantId);
      expect(events).toEqual(['start 0', 'end 0', 'start 2', 'end 2']);
    },
  );

  test('of a sequential tool run although an earlier one is blocked', async () => {
    const { runner, threadId, assistantId } = world({
      script: [many('step', 2), say('ok')],
      decisions: { step: ({ body }) => ((body as { index: number }).index === 0 ? 'DENY' : 'ALLOW') },
      tools: { step: tool({ sequential: true, parameters: z.object({ index: z.number() }), execute: () => 'done' }) },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['denied', 'allowed']);
  });
});

describe('a handler that times out', () => {
  test('has its signal aborted, and its effect is unknown if it does not settle within the grace period', async () => {
    const reasons: unknown[] = [];
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'hang' }, { name: 'quick' }), say('ok')],
      decisions: { hang: 'ALLOW', quick: 'ALLOW' },
      tools: {
        hang: async (_, { signal }) => {
          signal.addEventListener('abort', () => reasons.push((signal.reason as Error).name));
          return new Promise(() => undefined);
        },
        quick: () => 'done',
      },
      options: { handlerTimeoutMs: 20, graceMs: 10 },
    });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(reasons).toEqual(['TimeoutError']);
    expect(calls).toMatchObject([
      { outcome: 'handler_timeout', executed: 'unknown' },
      { outcome: 'allowed', executed: 'yes', output: 'done' },
    ]);
  });

  test('and settles within the grace period has its result submitted', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'save' }), say('ok')],
      decisions: { save: 'ALLOW' },
      tools: {
        save: tool({
          parameters: z.object({}),
          timeoutMs: 10,
          execute: async (_, { signal }) =>
            new Promise((resolve) => {
              signal.addEventListener('abort', () => {
                resolve('saved');
              });
            }),
        }),
      },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls).toMatchObject([{ outcome: 'allowed', executed: 'yes', output: 'saved' }]);
  });

  test('has its late result discarded', async () => {
    let release: (result: string) => void = () => undefined;
    const late = new Promise<string>((resolve) => (release = resolve));
    const { runner, openai, threadId, assistantId } = world({
      script: [callTools({ name: 'late' }), say('ok')],
      decisions: { late: 'ALLOW' },
      tools: { late: async () => late },
      options: { handlerTimeoutMs: 5, graceMs: 5 },
    });
    const { calls } = await runner.run(threadId, assistantId);
    const before = structuredClone(calls);
    release('late result');
    await idle();
    expect(calls).toEqual(before);
    expect(calls[0]?.outcome).toBe('handler_timeout');
    expect(JSON.stringify(openai.requests)).not.toContain('late result');
  });

  test('does not count against maxConcurrentHandlers any longer', async () => {
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'hang' }, { name: 'quick' }), say('ok')],
      decisions: { hang: 'ALLOW', quick: 'ALLOW' },
      tools: { hang: async () => new Promise(() => undefined), quick: () => 'done' },
      options: { handlerTimeoutMs: 10, graceMs: 5, maxConcurrentHandlers: 1 },
    });
    const { calls } = await runner.run(threadId, assistantId);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['handler_timeout', 'allowed']);
  });
});

describe('a run that is about to expire', () => {
  test('starts no handler whose output would be submitted too late', async () => {
    const ran: string[] = [];
    const { runner, gateway, threadId, assistantId } = world({
      script: [callTools({ name: 'pay' }), say('ok')],
      decisions: { pay: 'ALLOW' },
      tools: { pay: () => ran.push('paid') },
      api: { lifetimeMs: 10_000 },
    });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls).toMatchObject([{ outcome: 'not_run', executed: 'no' }]);
    expect(ran).toEqual([]);
    expect(gateway.scans).toEqual([]);
  });

  /** Leaves 100 s of the run's ten minutes, which pass when the test says so. */
  const expiryMarginMs = 500_000;
  const holdExpiry = () => holdTimers((ms) => ms > 60_000 && ms < 110_000);

  test('does not wait for a schema whose check hangs', async () => {
    const expiry = holdExpiry();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'slow' }, { name: 'work' }), say('ok')],
      decisions: { slow: 'ALLOW', work: 'ALLOW' },
      tools: {
        slow: tool({
          parameters: z.object({}).refine(async () => new Promise(() => undefined)),
          execute: () => 'slow',
        }),
        work: async () => {
          void idle().then(expiry.end);
          return 'done';
        },
      },
      options: { expiryMarginMs },
    });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls.map(({ outcome }) => outcome)).toEqual(['not_run', 'allowed']);
  });

  test('aborts a handler in time to submit its output', async () => {
    const expiry = holdExpiry();
    const { runner, threadId, assistantId } = world({
      script: [callTools({ name: 'hang' }), say('ok')],
      decisions: { hang: 'ALLOW' },
      tools: {
        hang: async () =>
          idle()
            .then(expiry.end)
            .then(() => new Promise(() => undefined)),
      },
      options: { expiryMarginMs, graceMs: 5 },
    });
    const { calls, status } = await runner.run(threadId, assistantId);
    expect(status).toBe('completed');
    expect(calls).toMatchObject([{ outcome: 'handler_timeout', executed: 'unknown' }]);
  });
});

describe('a budget', () => {
  test('of a run or a tool: a call over it gets an output, and is neither scanned nor run', async () => {
    const { runner, gateway, threadId, assistantId } = world({
      script: [many('search', 3), callTools({ name: 'read' }, { name: 'read' }), say('ok')],
      decisions: { search: 'ALLOW', read: 'ALLOW' },
      tools: {
        search: tool({ parameters: z.object({ index: z.number() }), limit: 2, execute: () => 'found' }),
        read: () => 'text',
      },
    });
    const { calls } = await runner.run(threadId, assistantId, { maxToolCalls: 4 });
    expect(calls.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'search allowed',
      'search allowed',
      'search budget_exceeded',
      'read allowed',
      'read budget_exceeded',
    ]);
    expect(gateway.scans).toHaveLength(3);
  });

  test('counts the calls of one run only', async () => {
    const { runner, threadId, assistantId } = world({
      script: ({ turn }) => (turn === 1 ? callTools({ name: 'read' }) : say('ok')),
      decisions: { read: 'ALLOW' },
      tools: { read: () => 'text' },
      options: { maxToolCalls: 1 },
    });
    for (let run = 0; run < 2; run += 1) {
      expect((await runner.run(threadId, assistantId)).calls).toMatchObject([{ outcome: 'allowed' }]);
    }
  });
});
