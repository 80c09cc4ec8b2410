import { expect, test } from '@jest/globals';
import type { RunEvent } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../setup/model.ts';
import { readUsage } from '../../src/runner/run/usage.ts';
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
  expect(readUsage(usage)).toEqual({ inputTokens: expect.any(Number), outputTokens: expect.any(Number) });
  expect(end).toMatchObject({ type: 'run-end', status: 'completed', usage: readUsage(usage) });
});

test('run-end of a run that an error ended has no usage', async () => {
  const { end } = await ending('responses', { maxTurns: 1 });
  expect(end).toMatchObject({ type: 'run-end', code: 'max_turns' });
  expect(end).not.toHaveProperty('usage');
});

test.each([undefined, null, 7, 'x', {}, { input_tokens: 1 }, { input_tokens: '1', output_tokens: 2 }])(
  'a usage of %j has no token counts',
  (usage) => {
    expect(readUsage(usage)).toBeUndefined();
  },
);
