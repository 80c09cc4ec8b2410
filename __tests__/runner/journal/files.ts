import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fileJournal, type JournaledRun, type RunJournal } from 'interven-openai-assistants';
import { rejection } from '../../setup/world.ts';

export const RUN: JournaledRun = { id: 'run_1', api: 'assistants', threadId: 'thread_1' };
export const pathOf = (folder: string, name = 'run_1'): string => join(folder, `${name}.journal.jsonl`);
export const refusal = async (promise: Promise<unknown>): Promise<string> =>
  ((await rejection(promise)) as Error).message;

/** A journal that was closed, with a record, a claim and a record. */
export async function written(folder: string): Promise<string> {
  const journal = await fileJournal(folder).open(RUN);
  await journal.record('decision 1', { decision: 'ALLOW', words: 'é\n\u2028"\ud83d\ude00' });
  await journal.claim('start 1');
  await journal.record('end 1', { output: 'done' });
  await journal.close();
  return pathOf(folder);
}

/** What a later process finds; it lets go of the journal again. */
export async function reread(
  folder: string,
  id = RUN.id,
): Promise<Pick<RunJournal, 'run' | 'records'> & { claims: boolean[] }> {
  const journal = await fileJournal(folder).reopen(id);
  if (!journal) throw new Error('There is no journal.');
  await journal.close();
  return {
    run: journal.run,
    records: journal.records,
    claims: ['start 1', 'start 2'].map((key) => journal.claims.has(key)),
  };
}

/** A line of a journal that was written at some time. */
export function lineOf(seq: number, happening: object, at = '2026-11-22T08:00:00.000Z'): string {
  const entry = { at, ...happening };
  return `${JSON.stringify({ seq, crc: crc32(`${seq} ${JSON.stringify(entry)}`), entry })}\n`;
}

/** The same lines, all written at that time. */
export function timeless(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; entry: { at: string } });
  const written = lines.map(({ seq, entry: { at, ...happening } }) => ({
    at,
    own: lineOf(seq, happening, at),
    seq,
    happening,
  }));
  // Each with the checksum of what it says, its time included.
  if (written.map(({ own }) => own).join('') !== text) throw new Error('A line is written otherwise.');
  return written.map(({ seq, happening }) => lineOf(seq, happening)).join('');
}
