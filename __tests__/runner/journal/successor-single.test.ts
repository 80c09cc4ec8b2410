import { expect, test } from '@jest/globals';
import { callTools, say } from 'interven-openai-assistants/testing';
import { rejection } from '../../setup/world.ts';
import { gate, journalWorld } from './world.ts';

test('the runner that serves the replacement run does not resume the expired run again', async () => {
  const [began, held] = [gate(), gate()];
  const world = await journalWorld(({ turn }) => (turn === 1 ? callTools({ name: 'pay' }) : say('ok')), {
    pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
  });
  const { threadId, assistantId } = world.place;
  const pay = async (): Promise<void> => {
    began.open();
    await held.opened;
  };
  const runner = world.process({ pay }, { approval: 'park' });
  const { run } = await runner.run(threadId, assistantId);
  world.openai.endRun(run.id, 'expired');
  world.gateway.approve('a1');
  const resume = async () => runner.resume(threadId, run.id, { onExpired: 'new-run' });
  const first = resume();
  await began.opened;
  const error = await rejection(resume());
  held.open();
  expect(error).toMatchObject({ code: 'active_run', activeRunId: run.id });
  expect(await first).toMatchObject({ status: 'completed' });
});
