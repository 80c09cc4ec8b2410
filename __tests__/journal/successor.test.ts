import { describe, expect, test } from '@jest/globals';
import { fileJournal, GatewayError, type RunResult } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { journalWorld } from './world.ts';

/** A run that was left to an approver, and that the API has given up since; each run asks for the same payment. */
async function expired() {
  let asked = 0;
  const world = await journalWorld(
    ({ turn, outputs }) =>
      turn === 1 ? callTools({ name: 'pay', arguments: { sum: 5 } }) : say(outputs.map(({ output }) => output).join()),
    {
      pay: () => {
        asked += 1;
        return { decision: 'REQUIRE_APPROVAL', approvalId: `a${asked}` };
      },
    },
  );
  const { threadId, assistantId } = world.place;
  const ran: string[] = [];
  const one = () => world.process({ pay: () => void ran.push('paid') }, { approval: 'park' });
  const { run } = await one().run(threadId, assistantId);
  world.openai.endRun(run.id, 'expired');
  const resume = async (id = run.id): Promise<RunResult> => one().resume(threadId, id, { onExpired: 'new-run' });
  const states = (): string[] => world.openai.runs(threadId).map(({ status }) => status);
  return { ...world, resume, ran, states };
}

describe('the run that takes the place of one that has expired', () => {
  test('is one, however often that is resumed: its approval clears one call', async () => {
    const { resume, gateway, ran, states } = await expired();
    gateway.approve('a1');
    expect(await resume()).toMatchObject({ status: 'completed', calls: [{ outcome: 'allowed' }] });
    expect(await resume()).toMatchObject({ status: 'completed', calls: [{ outcome: 'allowed' }] });
    expect(ran).toEqual(['paid']);
    expect(states()).toEqual(['expired', 'completed']);
  });

  test.each(['the first', 'the second'])('waits for the same approver, and is gone on with by %s id', async (which) => {
    const { resume, gateway, ran, folder } = await expired();
    expect(await resume()).toMatchObject({ status: 'awaiting_approval', approvals: [{ approvalId: 'a1' }] });
    gateway.approve('a1');
    const ids = await fileJournal(folder).list();
    expect(await resume(ids[which === 'the first' ? 0 : 1])).toMatchObject({ status: 'completed' });
    expect(ran).toEqual(['paid']);
  });

  test('asks anew where the gateway has forgotten the approval', async () => {
    const { resume, gateway } = await expired();
    const known = gateway.approvalStatus.bind(gateway);
    gateway.approvalStatus = async (id) => {
      if (id === 'a1') throw new GatewayError('configuration', 'There is no such approval.', { status: 404 });
      return known(id);
    };
    expect(await resume()).toMatchObject({ status: 'awaiting_approval', approvals: [{ approvalId: 'a2' }] });
  });
});
