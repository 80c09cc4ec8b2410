import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fileJournal, type JournaledRun, type RunJournal } from 'interven-openai-assistants';
import { rejection } from '../../setup/world.ts';

export const RUN: JournaledRun = { id: 'run_1', api: 'assistants', threadId: 'thread_1' };
export const pathOf = (folder: string, name = 'run_1'): string => join(folder, `${name}.journal.jsonl`);
export const refusal = async (promise: Promise<unknown>): Promise<string> =>
  ((await rejection(promise)) as Error).message;

/** Writes and closes a journal with a record, a claim and a record. */
export async function written(folder: string): Promise<string> {
  const journal = await fileJournal(folder).open(RUN);
  await journal.record('decision 1', { decision: 'ALLOW', words: 'é\n\u2028"\ud83d\ude00' });
  await journal.claim('start 1');
  await journal.record('end 1', { output: 'done' });
  await journal.close();
  return pathOf(folder);
}

/** Opens the journal as a later process does, closes it, and returns its contents. */
export async function reread(
  folder: string,
  id = RUN.id,
): Promise<Pick<RunJournal, 'run' | 'records'> & { claims: boolean[] }> {
  const journal = await fileJournal(folder).reopen(id);
  if (!journal) throw new Error('No journal found.');
  await journal.close();
  return {
    run: journal.run,
    records: journal.records,
    claims: ['start 1', 'start 2'].map((key) => journal.claims.has(key)),
  };
}

/** A line of a journal, written at the given time. */
export function lineOf(seq: number, content: object, at = '2026-11-22T08:00:00.000Z'): string {
  const entry = { at, ...content };
  return `${JSON.stringify({ seq, crc: crc32(`${seq} ${JSON.stringify(entry)}`), entry })}\n`;
}

/** The same lines, all with the default time. */
export function timeless(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; entry: { at: string } });
  const written = lines.map(({ seq, entry: { at, ...content } }) => ({
    at,
    own: lineOf(seq, content, at),
    seq,
    content,
  }));
  // The checksum of a line covers its time.
  if (written.map(({ own }) => own).join('') !== text) throw new Error('The journal has an unexpected line.');
  return written.map(({ seq, content }) => lineOf(seq, content)).join('');
}
