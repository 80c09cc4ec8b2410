/** What a pruned journal forgets: the outcomes of its calls, and the approvals that they wait for. */
import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { rejection } from '../../setup/world.ts';
import { journalWorld } from './world.ts';

async function payWorld(decision: 'ALLOW' | 'REQUIRE_APPROVAL' = 'ALLOW') {
  const world = await journalWorld(({ outputs }) => (outputs.length === 0 ? callTools({ name: 'pay' }) : say('paid')), {
    pay: decision === 'ALLOW' ? decision : { decision, approvalId: 'a1' },
  });
  const paid: string[] = [];
  const process = () => world.process({ pay: () => void paid.push('paid') }, { approval: 'park' });
  const prune = async () => fileJournal(world.folder).prune({ olderThanMs: 0 });
  return { ...world, process, prune, paid };
}

test('resume of a pruned run of the Assistants API returns its status without calls, and runs nothing', async () => {
  const { place, process, prune, paid } = await payWorld();
  const { threadId, assistantId } = place;
  const { runId } = await process().run(threadId, assistantId);
  expect((await prune()).ended).toEqual([runId]);
  const resumed = await process().resume(threadId, runId);
  expect(resumed).toMatchObject({ status: 'completed', text: 'paid', calls: [] });
  expect(paid).toEqual(['paid']);
});

test('a pruned run that expired is not replaced: its approvals are forgotten', async () => {
  const { place, process, prune, paid, openai, gateway } = await payWorld('REQUIRE_APPROVAL');
  const { threadId, assistantId } = place;
  const { runId } = await process().run(threadId, assistantId);
  openai.endRun(runId, 'expired');
  expect((await prune()).ended).toEqual([]);
  expect(await process().resume(threadId, runId)).toMatchObject({ status: 'expired', calls: [{ name: 'pay' }] });
  expect((await prune()).ended).toEqual([runId]);
  gateway.approve('a1');
  const resumed = await process().resume(threadId, runId, { onExpired: 'new-run' });
  expect(resumed).toMatchObject({ status: 'expired', calls: [] });
  expect(openai.runs(threadId)).toHaveLength(1);
  expect(paid).toEqual([]);
});

test('resumeResponses and cancel of a pruned run reject with the code journal, and run nothing', async () => {
  const { place, process, prune, paid } = await payWorld();
  const { runId } = await process().responses({ model: MODEL, input: 'Pay', conversation: place.conversationId });
  expect((await prune()).ended).toEqual([runId]);
  for (const attempt of [process().resumeResponses(runId), process().cancel(runId)]) {
    expect(await rejection(attempt)).toMatchObject({
      code: 'journal',
      message: expect.stringContaining(`No journal found for r`),
    });
  }
  expect(paid).toEqual(['paid']);
});

test('resumeSession of a pruned session returns its status without calls; its next input begins a new journal', async () => {
  const { place, process, prune, paid, folder } = await payWorld();
  const { sessionId } = place;
  await process().session(sessionId, { input: 'Pay' });
  expect((await prune()).ended).toEqual([sessionId]);
  expect(await process().resumeSession(sessionId)).toMatchObject({ status: 'completed', calls: [] });
  expect(paid).toEqual(['paid']);
  await prune();
  expect(await process().session(sessionId, { input: 'Pay' })).toMatchObject({ calls: [{ outcome: 'allowed' }] });
  expect(paid).toEqual(['paid', 'paid']);
  expect(await fileJournal(folder).list()).toEqual([sessionId]);
});
