import { expect, test } from '@jest/globals';
import type { RunEvent } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';
import { readUsage } from '../../src/runner/run/budget.ts';
import { rejection } from '../setup/world.ts';
import { journalWorld } from './journal/world.ts';

/** The `run-end` of a run with one call, and the usage of its result. */
async function ending(api: 'run' | 'responses' | 'session', options: { readonly maxTurns?: number } = {}) {
  const at = await journalWorld(({ turn }) => (turn <= 2 ? callTools({ name: 'pay' }) : say('ok')), { pay: 'ALLOW' });
  const events: RunEvent[] = [];
  const runner = at.process({ pay: () => 'paid' }, { onEvent: (event) => events.push(event), ...options });
  const { threadId, assistantId, sessionId } = at.place;
  const running =
    api === 'run'
      ? runner.run(threadId, assistantId)
      : api === 'responses'
        ? runner.responses({ model: MODEL, input: 'Hi' })
        : runner.session(sessionId, { input: 'Hi' });
  const result = options.maxTurns === undefined ? await running : await rejection(running);
  return { end: events.at(-1), usage: (result as { readonly usage?: unknown }).usage };
}

test.each(['run', 'responses', 'session'] as const)('run-end of %s has the tokens of its result', async (api) => {
  const { end, usage } = await ending(api);
  const count: unknown = expect.any(Number);
  expect(readUsage(usage)).toEqual({ inputTokens: count, cachedInputTokens: count, outputTokens: count });
  expect(end).toMatchObject({ type: 'run-end', status: 'completed', usage: readUsage(usage) });
});

test('run-end of a run that an error ended has the tokens so far', async () => {
  const { end } = await ending('responses', { maxTurns: 1 });
  expect(end).toMatchObject({ type: 'run-end', code: 'max_turns', usage: { inputTokens: 192, outputTokens: 44 } });
});

test.each([
  undefined,
  null,
  7,
  'x',
  {},
  { input_tokens: 1 },
  { input_tokens: '1', output_tokens: 2 },
  { input_tokens: -1, output_tokens: 2 },
])('a usage of %j has no token counts', (usage) => {
  expect(readUsage(usage)).toBeUndefined();
});

test('cached tokens are part of the input, and have a price of their own', () => {
  const usage = { input_tokens: 1_000, output_tokens: 100, input_tokens_details: { cached_tokens: 600 } };
  const price = { input: 10, cachedInput: 1, output: 100 };
  expect(readUsage(usage, price)).toEqual({
    inputTokens: 1_000,
    cachedInputTokens: 600,
    outputTokens: 100,
    cost: 0.0146,
  });
  expect(readUsage(usage, { input: 10, output: 100 })?.cost).toBe(0.02);
});
