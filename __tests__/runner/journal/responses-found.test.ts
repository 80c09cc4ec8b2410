import { expect, test } from '@jest/globals';
import { fileJournal, tool, type Tools } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { waitFor } from '../../setup/wait-for.ts';
import { imageOf, journalWorld, untilTheEnd } from './world.ts';

const never = async (): Promise<never> => new Promise(() => undefined);
const pay = { name: 'pay', arguments: { sum: 5 } };
const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

function paying(ran: string[], ends = true): Tools {
  const execute = async ({ sum }: { sum: number }): Promise<string> => {
    ran.push(`pay ${sum}`);
    return ends ? 'paid' : never();
  };
  return { read: () => 'read', pay: tool({ parameters: z.object({ sum: z.number() }), execute }) };
}

test.each([
  ['a later response', true],
  ['the first response', false],
])('a call of %s that was lost and found is started once, and is in doubt after a crash', async (_, isLater) => {
  const world = await journalWorld(
    ({ outputs, ...turn }) => {
      if (outputs[0]?.name === 'pay') return reportOutputs({ outputs, ...turn });
      return isLater && outputs.length === 0 ? callTools({ name: 'read' }) : callTools(pay);
    },
    { read: 'ALLOW', pay: 'ALLOW' },
    { thinkMs: 20 },
  );
  const lose = (): void => {
    world.openai.misbehave('responses.create', { cutAfterEvents: 2 });
    world.openai.misbehave('responses.retrieve', { status: 404 });
  };
  if (!isLater) lose();
  const ran: string[] = [];
  const read = (): string => {
    lose();
    return 'read';
  };
  const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
  const first = world.process({ ...paying(ran, false), read }, { graceMs: 0 });
  const { result } = first.streamResponses(params, { signal: untilTheEnd() });
  result.catch(() => undefined);
  await waitFor(() => ran.length > 0);

  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { calls } = await world.process(paying(ran), { in: image }).resumeResponses(id);
  expect(calls.at(-1)).toMatchObject({ name: 'pay', outcome: 'in_doubt' });
  expect(ran).toHaveLength(1);
});

test('a run whose first response was lost and found can be resumed by its journal', async () => {
  const world = await journalWorld((turn) => (turn.outputs.length === 0 ? callTools(pay) : reportOutputs(turn)), {
    pay: 'ALLOW',
  });
  world.openai.misbehave('responses.create', { dropReply: true });
  const ran: string[] = [];
  const params = { model: MODEL, input: 'Pay', conversation: world.place.conversationId };
  expect(await world.process(paying(ran)).responses(params)).toMatchObject({ status: 'completed', text: 'paid' });
  const [id = ''] = await fileJournal(world.folder).list();
  expect(await world.process(paying(ran)).resumeResponses(id)).toMatchObject({ status: 'completed', text: 'paid' });
  expect(ran).toEqual(['pay 5']);
});
