import { expect, test } from '@jest/globals';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { journalWorld } from './world.ts';

const refusal = async (promise: Promise<unknown>): Promise<string> => ((await rejection(promise)) as Error).message;

async function waiting() {
  const world = await journalWorld(
    ({ outputs }) =>
      outputs.length === 0
        ? callTools({ name: 'read' })
        : outputs[0]?.name === 'read'
          ? callTools({ name: 'pay' })
          : say('ok'),
    { read: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
  );
  const assistants = { asst: { model: MODEL } };
  return {
    ...world,
    runner: world.process({ read: () => 'read', pay: () => 'paid' }, { approval: 'park', assistants }),
  };
}

test('a result of the Responses API has the id that resumes its run', async () => {
  const { runner, gateway, place } = await waiting();
  const first = await runner.responses({ model: MODEL, input: 'Go' });
  const second = await runner.run(place.conversationId, 'asst');
  gateway.approve('a1');
  expect([first.status, second.status]).toEqual(['awaiting_approval', 'awaiting_approval']);
  const { runId } = first;
  expect(await runner.resumeResponses(runId)).toMatchObject({ status: 'completed', runId });
  // A run that was started for an assistant also returns one.
  const { conversationId } = place;
  expect(await runner.resume(conversationId, second.runId)).toMatchObject({
    status: 'completed',
    runId: second.runId,
    run: { thread_id: conversationId, assistant_id: 'asst', status: 'completed' },
  });
});

test('the error for a run of another API says how to resume it', async () => {
  const { runner, place } = await waiting();
  const { run } = await runner.run(place.threadId, place.assistantId);
  expect(await refusal(runner.resumeResponses(run.id))).toContain(`call resume("${place.threadId}", "${run.id}")`);
  await runner.session(place.sessionId, { input: 'Go' });
  expect(await refusal(runner.resumeResponses(place.sessionId))).toContain(`call resumeSession("${place.sessionId}")`);
  const { id } = (await runner.responses({ model: MODEL, input: 'Go' })).response as { id: string };
  expect(await refusal(runner.resumeResponses(id))).toContain('Pass the runId of its result');
  expect(await refusal(runner.resume(place.conversationId, id))).toContain('Pass the runId of its result');
  const { runId: own } = await runner.responses({ model: MODEL, input: 'Go' });
  expect(await refusal(runner.resume(place.conversationId, own))).toContain(`resumeResponses("${own}")`);
  expect(await refusal(runner.resume(place.threadId, own))).toContain(`resumeResponses("${own}")`);
});

test.each([true, false])(
  'of two concurrent resumptions of a run in one runner, one is refused (journal: %p)',
  async (has) => {
    const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], { pay: 'ALLOW' });
    const { threadId, assistantId } = world.place;
    const { id } = await world.client.beta.threads.runs.create(threadId, { assistant_id: assistantId });
    let ran = 0;
    const runner = world.process({ pay: () => void (ran += 1) }, has ? {} : { journal: undefined });
    const both = await Promise.allSettled([runner.resume(threadId, id), runner.resume(threadId, id)]);
    expect(both).toMatchObject([
      { value: { status: 'completed' } },
      { reason: { code: 'active_run', activeRunId: id } },
    ]);
    expect(ran).toBe(1);
  },
);
