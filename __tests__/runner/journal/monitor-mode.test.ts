import { expect, test } from '@jest/globals';
import type { RunEvent } from 'interven-openai-assistants';
import { callTools, say } from 'interven-openai-assistants/testing';
import { gate, journalWorld } from './world.ts';

test('a scan of monitor mode that ends after its run is reported with the decision of the gateway, with a journal too', async () => {
  const told = gate();
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], {
    pay: { decision: 'DENY', delayMs: 200 },
  });
  const { threadId, assistantId } = world.place;
  const onEvent = ({ type }: RunEvent): void => {
    if (type === 'decision') told.open();
  };
  const { calls } = await world.process({ pay: () => 'paid' }, { mode: 'monitor', onEvent }).run(threadId, assistantId);
  await told.opened;
  expect(calls).toMatchObject([{ decision: 'DENY', wouldBe: { outcome: 'denied' } }]);
  expect(calls[0]?.fault).toBeUndefined();
});
