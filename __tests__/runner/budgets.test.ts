import { describe, expect, test } from '@jest/globals';
import type { GuardedRunnerOptions, OpenAIClient, RunEvent, SpentAmount, UsageStore } from 'interven-openai-assistants';
import { callTools, say, type ModelStep } from 'interven-openai-assistants/testing';
import { memoryUsageStore } from '../../src/runner/budgets.ts';
import { readUsage } from '../../src/runner/run/budget.ts';
import { gate } from '../setup/gate.ts';
import { idle } from '../setup/idle.ts';
import { MODEL } from '../setup/model.ts';
import { ending, misbehaveAt, oneCall, responding } from '../setup/responses.ts';
import { rejection } from '../setup/world.ts';
import { journalWorld } from './journal/world.ts';

type Options = Partial<GuardedRunnerOptions<unknown, OpenAIClient>>;

const PRICES = { [MODEL]: { input: 2_000_000, output: 3_000_000 } };
const ADA = { id: 'ada' };
const twoCalls: ModelStep[] = [
  callTools({ name: 'pay', id: 'call_1' }),
  callTools({ name: 'pay', id: 'call_2' }),
  say('ok'),
];

/** A store that records what it is asked to add. */
function recordingStore() {
  const added: [string, SpentAmount][] = [];
  const store = memoryUsageStore();
  const usageStore: UsageStore = {
    async add(principalId, day, amount) {
      if (amount.tokens > 0) added.push([principalId, amount]);
      return store.add(principalId, day, amount);
    },
  };
  return { usageStore, added };
}

/** A runner whose model calls `pay` twice, in two turns. */
function budgeted(options: Options, script = twoCalls) {
  const events: RunEvent[] = [];
  const parts = oneCall({ script, options: { onEvent: (event: RunEvent) => events.push(event), ...options } as never });
  const usages = (): unknown[] => events.flatMap((event) => ('usage' in event ? [event.usage] : []));
  return { ...parts, events, usages };
}

describe('A run with a budget', () => {
  test('runs no call once its tokens are used, and leaves the conversation closed', async () => {
    const { on, ran, items, events } = budgeted({ maxTokens: 150 });
    const { code, message, calls, leftOpen, openCalls } = await ending(on());
    expect([code, leftOpen, openCalls]).toEqual(['over_budget', false, []]);
    expect(message).toContain('and its maxTokens is 150');
    expect(calls.map(({ outcome, executed }) => [outcome, executed])).toEqual([
      ['allowed', 'yes'],
      ['over_budget', 'no'],
    ]);
    expect(ran).toEqual(['call_1']);
    expect(items('function_call_output').map((item) => item['call_id'])).toEqual(['call_1', 'call_2']);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', code: 'over_budget' });
  });

  test('whose last response exceeds it keeps its result: there is nothing left to stop', async () => {
    const { respond } = budgeted({ maxTokens: 1, maxCost: 0.001, prices: PRICES }, [say('ok')]);
    await expect(respond()).resolves.toMatchObject({ status: 'completed', text: 'ok' });
  });

  test('emits the usage of each turn and of the run, with its cost', async () => {
    const { respond, usages } = budgeted({ prices: PRICES, maxCost: 1e9 });
    const { cost, usage } = await respond();
    const parts = usages() as { readonly inputTokens: number; readonly outputTokens: number; readonly cost: number }[];
    expect(parts).toHaveLength(3);
    expect(parts.at(-1)).toEqual(readUsage(usage, PRICES[MODEL]));
    expect(parts.at(-1)?.cost).toBe(cost);
    for (const part of parts) expect(part.cost).toBe(2 * part.inputTokens + 3 * part.outputTokens);
  });

  test('may override the runner’s, and ends over its cost', async () => {
    const { respond } = budgeted({ prices: PRICES });
    const { code, message } = await ending(respond({}, { maxCost: 1 }));
    expect(code).toBe('over_budget');
    expect(message).toMatch(/used 194 in the unit of prices, and its maxCost is 1\./);
  });

  test('makes no request with a model without a price', async () => {
    const { respond, openai } = budgeted({ prices: { other: { input: 1, output: 1 } }, maxCost: 1 });
    const error = await rejection(respond());
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`prices has no entry for the model "${MODEL}"`);
    expect(openai.requests).toEqual([]);
  });

  test.each([
    ['has no price', { prices: { other: { input: 1, output: 1 } }, maxCost: 1e9 }, {}],
    ['reports no usage', { maxTokens: 1e9 }, { usage: null }],
  ])('runs no call if the model that answers %s', async (_, options, reply) => {
    const { on, ran, openai } = budgeted(options);
    misbehaveAt(openai, 0, { rewrite: (response) => ({ ...(response as object), ...reply }) });
    // The model of a stored prompt answers.
    const stored = { model: undefined, prompt: { id: 'pmpt_1' } } as never;
    const { code, calls, openCalls } = await ending(on(stored));
    expect([code, openCalls, ran]).toEqual(['over_budget', [], []]);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['over_budget']);
  });

  test('fails if its last response reports no usage: it could not be counted', async () => {
    const { respond, openai } = budgeted({ maxTokens: 1e9 }, [say('ok')]);
    misbehaveAt(openai, 0, { rewrite: (response) => ({ ...(response as object), usage: null }) });
    expect((await ending(respond())).message).toContain('The API reported no usage');
  });

  test('sends no further request for an asynchronous call that ends after its tokens are used', async () => {
    const rendered = gate();
    const { respond, sent } = responding({
      script({ outputs }) {
        if (outputs.length === 0) return callTools({ name: 'render', async: true }, { name: 'look' });
        void idle().then(rendered.open);
        return say('Wait for it.');
      },
      decisions: { render: 'ALLOW', look: 'ALLOW' },
      tools: { render: async () => rendered.opened, look: () => 'seen' },
      options: { maxTokens: 150 },
    });
    const { code, calls } = await ending(respond());
    expect([code, sent().length]).toEqual(['over_budget', 2]);
    expect(calls.map(({ outcome }) => outcome)).toEqual(['allowed', 'allowed']);
  });

  test('counts the turns of an earlier process, which its principal has paid already', async () => {
    const { usageStore, added } = recordingStore();
    const options: Options = { dailyBudget: { maxTokens: 1e9 }, usageStore, approval: 'park' };
    const at = await journalWorld(twoCalls, { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' } });
    const parked = await at
      .process({ pay: () => 'paid' }, options)
      .responses({ model: MODEL, input: 'Hi' }, { principal: ADA });
    expect(parked.status).toBe('awaiting_approval');
    at.gateway.approve('ap_1');
    const second = at.process({ pay: () => 'paid' }, options);
    const error = await ending(second.resumeResponses(parked.runId, { principal: ADA, maxTokens: 150 }));
    expect([error.code, error.calls.map(({ outcome }) => outcome)]).toEqual([
      'over_budget',
      ['allowed', 'over_budget'],
    ]);
    expect(added).toHaveLength(2);
  });
});

describe('A daily budget', () => {
  const daily = { dailyBudget: { maxTokens: 80 } };

  test.each([
    ['run', 'poll'],
    ['run', 'stream'],
    ['responses', 'stream'],
    ['session', 'poll'],
    ['session', 'stream'],
  ] as const)('counts %s (%s), refuses the next run, and no other principal’s', async (api, transport) => {
    const at = await journalWorld(() => say('ok'), {});
    const runner = at.process({}, { ...daily, transport });
    const { threadId, assistantId, sessionId } = at.place;
    const start = async (id: string, maxTokens = 30): Promise<unknown> => {
      const options = { principal: { id }, dailyBudget: { maxTokens } };
      if (api === 'run') return runner.run(threadId, assistantId, options);
      if (api === 'session') return runner.session(sessionId, { input: 'Hi' }, options);
      return runner.responses({ model: MODEL, input: 'Hi' }, options);
    };
    await start('ada');
    const before = at.openai.requests.length;
    expect(await rejection(start('ada'))).toMatchObject({ code: 'over_budget', leftOpen: false });
    expect(at.openai.requests).toHaveLength(before);
    await expect(start('bob')).resolves.toMatchObject({ status: 'completed' });
    await expect(start('ada', 1e9)).resolves.toMatchObject({ status: 'completed' });
  });

  test('ends a run between its turns, with what other runners have spent', async () => {
    const { usageStore } = recordingStore();
    const { respond, ran } = budgeted({ ...daily, usageStore });
    expect(await ending(respond({}, { principal: ADA }))).toMatchObject({
      code: 'over_budget',
      message: 'The principal has used 86 tokens, and the dailyBudget maxTokens is 80.',
    });
    const other = budgeted({ ...daily, usageStore });
    expect(await ending(other.respond({}, { principal: ADA }))).toMatchObject({ code: 'over_budget', calls: [] });
    expect([...ran, ...other.ran, ...other.sent()]).toEqual([]);
  });

  test('leaves a run that may not be resumed as it is', async () => {
    const { usageStore } = recordingStore();
    const options: Options = { approval: 'park', usageStore, dailyBudget: { maxTokens: 1e9 } };
    const at = await journalWorld([callTools({ name: 'pay' }), say('ok')], {
      pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'ap_1' },
    });
    const runner = at.process({ pay: () => 'paid' }, options);
    const { runId } = await runner.responses({ model: MODEL, input: 'Hi' }, { principal: ADA });
    at.gateway.approve('ap_1');
    const refused = await ending(runner.resumeResponses(runId, { principal: ADA, dailyBudget: { maxTokens: 1 } }));
    expect(refused).toMatchObject({ code: 'over_budget', runId, leftOpen: true });
    await expect(runner.resumeResponses(runId, { principal: ADA })).resolves.toMatchObject({ status: 'completed' });
  });

  test.each(['run', 'session'] as const)(
    'of the cost stops %s before its calls, if its model has no price',
    async (api) => {
      const ran: string[] = [];
      const at = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
      const runner = at.process({ pay: () => ran.push('pay') }, { prices: {}, dailyBudget: { maxCost: 1 } });
      const { threadId, assistantId, sessionId } = at.place;
      const options = { principal: ADA };
      const running =
        api === 'run'
          ? runner.run(threadId, assistantId, options)
          : runner.session(sessionId, { input: 'Hi' }, options);
      const { code, message, calls, leftOpen } = await ending(running);
      expect([code, leftOpen, ran]).toEqual(['over_budget', false, []]);
      expect(message).toContain('prices has no entry for the model');
      expect(calls.map(({ outcome }) => outcome)).toEqual(['over_budget']);
    },
  );

  test('counts a run of the Assistants API that was cancelled, once', async () => {
    const { usageStore, added } = recordingStore();
    const controller = new AbortController();
    const at = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
    const pay = (): string => {
      controller.abort();
      return 'paid';
    };
    const runner = at.process({ pay }, { ...daily, usageStore, graceMs: 0 });
    const { threadId, assistantId } = at.place;
    const { signal } = controller;
    expect((await ending(runner.run(threadId, assistantId, { principal: ADA, signal }))).code).toBe('aborted');
    expect(added).toEqual([['ada', { tokens: 43, cost: 0 }]]);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('down')), 'down'],
    ['returns no total', () => undefined, 'usageStore.add returned undefined'],
    ['returns a total that is no number', () => ({ tokens: NaN, cost: 0 }), 'usageStore.add returned an object'],
  ])('refuses every run while its store %s', async (_, add, message) => {
    const { respond, sent } = budgeted({ ...daily, usageStore: { add } as unknown as UsageStore });
    const error = await ending(respond({}, { principal: ADA }));
    expect([error.code, sent()]).toEqual(['over_budget', []]);
    expect(error.message).toContain(message);
  });

  test.each([
    ['less than it was to add', { tokens: 1, cost: 0 }],
    ['a negative total', { tokens: 1e6, cost: -1 }],
  ])('lets no call run if its store returns %s', async (_, total) => {
    const add: UsageStore['add'] = (_id, _day, { tokens }) => (tokens === 0 ? { tokens, cost: 0 } : total);
    const { respond, ran } = budgeted({ ...daily, usageStore: { add } });
    const { code, message } = await ending(respond({}, { principal: ADA }));
    expect([code, ran]).toEqual(['over_budget', []]);
    expect(message).toContain('usageStore.add returned');
  });

  test('is kept for the current day by default', async () => {
    const store = memoryUsageStore();
    const spent = { tokens: 5, cost: 1 };
    await store.add('ada', '2026-11-30', spent);
    await store.add('bob', '2026-11-30', spent);
    expect(await store.add('ada', '2026-11-30', spent)).toEqual({ tokens: 10, cost: 2 });
    expect(await store.add('ada', '2026-12-01', spent)).toEqual(spent);
  });
});

describe('The options of budgets', () => {
  test.each<[unknown, string]>([
    [{ maxTokens: 0 }, 'maxTokens is 0; it must be a positive integer.'],
    [{ maxCost: -1 }, 'maxCost is -1; it must be a positive number.'],
    [{ maxCost: NaN }, 'maxCost is NaN; it must be a positive number.'],
    [{ maxCost: 1 }, 'maxCost needs prices.'],
    [{ dailyBudget: { maxCost: 1 } }, 'dailyBudget.maxCost needs prices.'],
    [{ dailyBudget: {} }, 'dailyBudget has no limit.'],
    [{ dailyBudget: { tokens: 1 } }, 'Unknown option "tokens"'],
    [{ prices: { a: { input: 1 } } }, 'prices["a"].output is undefined; it must be a price per million tokens'],
    [{ prices: { a: { input: 1, output: 1, cachedInput: -1 } } }, 'prices["a"].cachedInput is -1'],
    [{ prices: [] }, 'prices is an array'],
    [{ usageStore: {} }, 'usageStore needs the methods add.'],
  ])('%j is an error that says why', (options, message) => {
    expect(() => budgeted(options as Options)).toThrow(message);
  });

  test('a daily budget without a principal is an error before any request', async () => {
    const { respond, openai } = budgeted({ dailyBudget: { maxTokens: 1 } });
    await expect(respond()).rejects.toThrow('responses: dailyBudget needs a principal.');
    expect(openai.requests).toEqual([]);
  });
});
