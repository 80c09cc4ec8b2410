import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fileJournal } from 'interven-openai-assistants';
import { rejection } from '../../setup/world.ts';

export const RUN_ID = 'run_1';
export const HEADER = { journal: RUN_ID, version: 2 };
export const pathOf = (folder: string, name = 'run_1'): string => join(folder, `${name}.journal.jsonl`);
export const refusal = async (promise: Promise<unknown>): Promise<string> =>
  ((await rejection(promise)) as Error).message;

/** The events of a call that ran. */
export const EVENTS = {
  'decision 1': { decision: 'ALLOW', words: 'é\n\u2028"\ud83d\ude00' },
  'start 1': { type: 'handler-start' },
  'end 1': { output: 'done' },
};

/** Writes a journal with three events, and closes it. */
export async function written(folder: string): Promise<string> {
  const journal = await fileJournal(folder).open(RUN_ID);
  for (const [key, event] of Object.entries(EVENTS)) await journal.append(key, event);
  await journal.close();
  return pathOf(folder);
}

/** Opens the journal as a later process does, closes it, and returns its events by key. */
export async function reread(folder: string, id = RUN_ID): Promise<Readonly<Record<string, unknown>>> {
  const journal = await fileJournal(folder).reopen(id);
  if (!journal) throw new Error('There is no journal.');
  await journal.close();
  return Object.fromEntries(journal.entries.map(({ key, event }) => [key, event]));
}

/** A line of a journal. An event was appended at some time; the header has none. */
export function lineOf(seq: number, fields: object, at = '2026-11-22T08:00:00.000Z'): string {
  const entry = seq === 0 ? fields : { at, ...fields };
  return `${JSON.stringify({ seq, crc: crc32(`${seq} ${JSON.stringify(entry)}`), entry })}\n`;
}

/** The same lines, all written at that time. */
export function timeless(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; entry: { at?: string } });
  const written = lines.map(({ seq, entry: { at, ...fields } }) => ({ at, own: lineOf(seq, fields, at), seq, fields }));
  // Each with the checksum of its content, its time included.
  if (written.map(({ own }) => own).join('') !== text) throw new Error('A line is written otherwise.');
  return written.map(({ seq, fields }) => lineOf(seq, fields)).join('');
}
