import { expect, test } from '@jest/globals';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { gate, imageOf, journalWorld, untilTheEnd } from './world.ts';

test('the runner requests a pending approval again after a crash, because the requesting process may have died', async () => {
  const asked = gate();
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], {
    pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' },
  });
  const { threadId, assistantId } = world.place;
  const tools = { pay: () => 'paid' };
  world
    .process(tools, { approval: 'wait', graceMs: 0, onApprovalRequested: asked.open })
    .run(threadId, assistantId, { signal: untilTheEnd() })
    .catch(() => undefined);
  await asked.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const onApprovalRequested = ({ approvalId = '' }): void => {
    world.gateway.approve(approvalId);
  };
  const second = world.process(tools, { in: image, approval: 'wait', approvalTimeoutMs: 2_000, onApprovalRequested });
  expect((await second.resume(threadId, id)).calls).toMatchObject([{ outcome: 'allowed', output: 'paid' }]);
});
