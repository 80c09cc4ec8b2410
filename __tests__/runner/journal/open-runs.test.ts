import { expect, test } from '@jest/globals';
import { fileJournal, type RunEvent } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gate } from '../../setup/gate.ts';
import { journalWorld, newFolder } from './world.ts';

test('openRuns() lists the runs that wait, are served or cannot be read, and no ended run', async () => {
  const [began, held] = [gate(), gate()];
  const world = await journalWorld(
    ({ outputs, messages }: ModelTurn) => {
      const text = messages.at(-1)?.text ?? '';
      if (outputs.length > 0 || text === 'Nothing') return say('ok');
      return callTools({ name: text === 'Pay' ? 'pay' : 'stay' });
    },
    { stay: 'ALLOW', pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } },
  );
  const runner = world.process(
    {
      pay: () => 'paid',
      stay: async () => {
        began.open();
        await held.opened;
        return 'stayed';
      },
    },
    { approval: 'park' },
  );
  const begin = (text: string) => {
    const { threadId, assistantId } = world.openai.seed(text);
    return { threadId, result: runner.run(threadId, assistantId) };
  };
  const journal = fileJournal(world.folder);
  expect(await journal.openRuns()).toEqual([]);

  const ended = await begin('Nothing').result;
  const { threadId, result } = begin('Pay');
  const waiting = await result;
  const served = begin('Stay');
  await began.opened;
  await writeFile(join(world.folder, 'run_damaged.journal.jsonl'), 'not a journal\n');
  await writeFile(join(world.folder, 'run_new.journal.jsonl'), '');

  const open = await journal.openRuns();
  expect(open.map(({ run }) => run?.id)).not.toContain(ended.runId);
  expect(open).toHaveLength(4);
  expect(open).toEqual(
    expect.arrayContaining([
      {
        id: waiting.runId,
        run: expect.objectContaining({ id: waiting.runId, api: 'assistants', threadId }),
        owner: undefined,
        problem: undefined,
      },
      expect.objectContaining({ owner: expect.objectContaining({ pid: process.pid, isHere: true }) }),
      { id: 'run_damaged', run: undefined, owner: undefined, problem: expect.any(Error) },
      { id: 'run_new', run: undefined, owner: undefined, problem: undefined },
    ]),
  );
  held.open();
  await served.result;
  expect(await fileJournal(join(await newFolder(), 'none')).openRuns()).toEqual([]);
});

test('with a journal, too, a scan of monitor mode that ends after its run is recorded with its decision', async () => {
  const emitted = gate();
  const world = await journalWorld([callTools({ name: 'pay' }), say('ok')], {
    pay: { decision: 'DENY', delayMs: 200 },
  });
  const { threadId, assistantId } = world.place;
  const onEvent = ({ type }: RunEvent): void => {
    if (type === 'decision') emitted.open();
  };
  const { calls } = await world.process({ pay: () => 'paid' }, { mode: 'monitor', onEvent }).run(threadId, assistantId);
  await emitted.opened;
  expect(calls).toMatchObject([{ decision: 'DENY', wouldBe: { outcome: 'denied' } }]);
  expect(calls[0]?.fault).toBeUndefined();
});
