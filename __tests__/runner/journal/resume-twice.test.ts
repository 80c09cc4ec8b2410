import { expect, test } from '@jest/globals';
import { callTools, say } from 'interven-openai-assistants/testing';
import { journalWorld } from './world.ts';

test.each([true, false])('of two that resume a run at once in one runner, one serves it; journal: %p', async (has) => {
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
  const { threadId, assistantId } = world.place;
  const { id } = await world.client.beta.threads.runs.create(threadId, { assistant_id: assistantId });
  let ran = 0;
  const runner = world.process({ pay: () => void (ran += 1) }, has ? {} : { journal: undefined });
  const both = await Promise.allSettled([runner.resume(threadId, id), runner.resume(threadId, id)]);
  expect(both).toMatchObject([{ value: { status: 'completed' } }, { reason: { code: 'active_run', activeRunId: id } }]);
  expect(ran).toBe(1);
});
