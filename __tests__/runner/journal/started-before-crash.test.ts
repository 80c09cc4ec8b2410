import { expect, test } from '@jest/globals';
import { fileJournal, tool } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { MODEL } from '../../setup/model.ts';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, untilTheEnd } from './world.ts';

const never = async (): Promise<never> => new Promise(() => undefined);
const asking = ({ outputs }: ModelTurn) =>
  outputs.length === 0
    ? callTools({ name: 'pay', arguments: { sum: 5 } })
    : say(outputs.map(({ output }) => output).join());

test.each([
  ['does not have the tool', {}, {}],
  ['takes other arguments', { pay: tool({ parameters: z.object({ sum: z.string() }), execute: () => 'paid' }) }, {}],
  ['has a smaller budget', { pay: () => 'paid' }, { maxToolCalls: 1 }],
])('a started call of a response stays in doubt when the next process %s', async (_, tools, options) => {
  const began = gate();
  const world = await journalWorld(
    (turn) =>
      turn.turn === 1 && 'maxToolCalls' in options
        ? callTools({ name: 'read' })
        : asking({ ...turn, outputs: turn.outputs.filter(({ name }) => name === 'pay') }),
    { read: 'ALLOW', pay: 'ALLOW' },
  );
  const pay = async (): Promise<never> => {
    began.open();
    return never();
  };
  const first = world.process({ read: () => 'read', pay }, { graceMs: 0 });
  first.responses({ model: MODEL, input: 'Pay' }, { signal: untilTheEnd() }).catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { text, calls } = await world
    .process({ read: () => 'read', ...tools }, { in: image, ...options })
    .resumeResponses(id);
  expect(calls.at(-1)).toMatchObject({ name: 'pay', outcome: 'in_doubt', executed: 'unknown' });
  expect(text).toContain('not known');
});
