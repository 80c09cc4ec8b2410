import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say, type ScriptedDecision } from 'interven-openai-assistants/testing';
import { MODEL } from '../../setup/model.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, untilTheEnd, type JournalWorld } from './world.ts';

test('onApprovalRequested is called again after a crash, because the previous call may be lost', async () => {
  const requested = gate();
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], {
    pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
  });
  const { threadId, assistantId } = world.place;
  const tools = { pay: () => 'paid' };
  world
    .process(tools, { approval: 'wait', graceMs: 0, onApprovalRequested: requested.open })
    .run(threadId, assistantId, { signal: untilTheEnd() })
    .catch(() => undefined);
  await requested.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const onApprovalRequested = ({ approvalId = '' }): void => {
    world.gateway.approve(approvalId);
  };
  const second = world.process(tools, { in: image, approval: 'wait', approvalTimeoutMs: 50_000, onApprovalRequested });
  expect((await second.resume(threadId, id)).calls).toMatchObject([{ outcome: 'allowed', output: 'paid' }]);
});

test('an approval clears one call, also when the run is interrupted before the model repeats the call', async () => {
  const scannedAgain = gate();
  let scans = 0;
  const scan = async (): Promise<ScriptedDecision> => {
    scans += 1;
    if (scans === 1) return { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' };
    scannedAgain.open();
    return scans === 2 ? new Promise<never>(() => undefined) : 'DENY';
  };
  const world: JournalWorld = await journalWorld(
    ({ turn }) => {
      if (turn === 2) world.gateway.approve('a1');
      return turn < 4 ? callTools({ name: 'pay', arguments: { sum: 5 } }) : say('done');
    },
    { pay: scan },
  );
  const ran: string[] = [];
  const pay = (): void => void ran.push('pay');
  const first = world.process({ pay }, { graceMs: 0, scanTimeoutMs: 60_000 });
  first.responses({ model: MODEL, input: 'Hello' }, { signal: untilTheEnd() }).catch(() => undefined);
  await scannedAgain.opened;
  expect(ran).toEqual(['pay']);
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { calls } = await world.process({ pay }, { in: image }).resumeResponses(id);
  expect(calls.at(-1)).toMatchObject({ executed: 'no' });
  expect(ran).toEqual(['pay']);
});
