import { describe, expect, test } from '@jest/globals';
import { fileJournal, tool, type Tools } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn, type ScriptedDecision } from 'interven-openai-assistants/testing';
import { z } from 'zod';
import { gate } from '../../setup/gate.ts';
import { imageOf, journalWorld, untilTheEnd, type Options } from './world.ts';

const reportOutputs = ({ outputs }: ModelTurn) => say(outputs.map(({ output }) => output).join(' & '));

/** A process that dies in the handler of `pay`, and one that resumes the run with other tools or settings. */
async function resumedWith(
  tools: Tools,
  options: Options = {},
  { decisions, ...first }: Options & { decisions?: ScriptedDecision[] } = {},
) {
  const began = gate();
  const world = await journalWorld(
    (turn) => (turn.turn === 1 ? callTools({ name: 'pay', arguments: { sum: 5 } }) : reportOutputs(turn)),
    { pay: () => decisions?.shift() ?? 'ALLOW' },
  );
  const { threadId, assistantId } = world.place;
  const pay = async (): Promise<never> => {
    began.open();
    return new Promise(() => undefined);
  };
  world
    .process({ pay }, { graceMs: 0, ...first })
    .run(threadId, assistantId, { signal: untilTheEnd() })
    .catch(() => undefined);
  await began.opened;
  const image = await imageOf(world.folder);
  const [id = ''] = await fileJournal(image).list();
  const { calls, text } = await world.process(tools, { in: image, ...options }).resume(threadId, id);
  return { text, call: calls[0] };
}

describe('a started call stays in doubt, whatever prevents it from running again:', () => {
  const ran: string[] = [];
  const execute = (): void => void ran.push('again');
  test.each<[string, Tools, Options, Options & { decisions?: ScriptedDecision[] }]>([
    ['its tool is not registered', {}, {}, {}],
    ['its tool has another schema', { pay: tool({ parameters: z.object({ sum: z.string() }), execute }) }, {}, {}],
    ['the run is about to expire', { pay: execute }, { expiryMarginMs: 3_600_000 }, {}],
    [
      'the gateway, which was unreachable, now denies it',
      { pay: tool({ parameters: z.object({ sum: z.number() }), idempotent: true, execute }) },
      {},
      { onGatewayError: 'allow', decisions: [{ fault: 'unreachable' }, 'DENY'] },
    ],
  ])('%s', async (_, tools, options, first) => {
    const { call, text } = await resumedWith(tools, options, first);
    expect(call).toMatchObject({ outcome: 'in_doubt', executed: 'unknown' });
    expect(text).toContain('It is not known whether this call did its work');
    expect(ran).toEqual([]);
  });
});
