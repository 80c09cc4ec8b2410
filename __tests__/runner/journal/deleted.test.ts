import { expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileJournal } from 'interven-openai-assistants';
import { callTools, say, type ModelTurn } from 'interven-openai-assistants/testing';
import { rejection } from '../../setup/world.ts';
import { journalWorld } from './world.ts';

const paying = ({ turn }: ModelTurn) => (turn === 1 ? callTools({ name: 'pay' }) : say('done'));

test('no call runs twice if the journal is deleted while its handler runs, and the run is resumed', async () => {
  const world = await journalWorld(paying, { pay: 'ALLOW' });
  const { threadId, assistantId } = world.place;
  const ran: string[] = [];
  const pay = async (): Promise<string> => {
    ran.push('pay');
    const [id = ''] = await fileJournal(world.folder).list();
    await rm(join(world.folder, `${id}.journal.jsonl`));
    return 'paid';
  };
  const error = await rejection(world.process({ pay }).run(threadId, assistantId));
  expect(error).toMatchObject({ code: 'journal', leftOpen: false });
  expect(world.openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
  const { runId = '' } = error as { runId?: string };
  expect(await world.process({ pay }).resume(threadId, runId)).toMatchObject({ status: 'cancelled' });
  expect(ran).toEqual(['pay']);
});

test('a resumed run whose journal is deleted while it is served is cancelled, too', async () => {
  const world = await journalWorld(paying, { pay: { decision: 'REQUIRE_APPROVAL', approvalId: 'a1' } });
  const { threadId, assistantId } = world.place;
  const pay = async (): Promise<string> => {
    await rm(world.folder, { recursive: true });
    return 'paid';
  };
  const process = () => world.process({ pay }, { approval: 'park' });
  const { runId } = await process().run(threadId, assistantId);
  world.gateway.approve('a1');
  expect(await rejection(process().resume(threadId, runId))).toMatchObject({ code: 'journal', leftOpen: false });
  expect(world.openai.runs(threadId)).toMatchObject([{ status: 'cancelled' }]);
});
