import { crc32 } from 'node:zlib';
import type { JournaledRun, Json } from './journal.ts';
import type { JsonObject } from '../../internal/json.ts';

/** What a journal holds, in its order: the run, and then what happened. */
export type JournalFact =
  | { readonly run: JournaledRun; readonly protocol: typeof PROTOCOL }
  | { readonly record: string; readonly value: Json }
  | { readonly claim: string };

/** `at` is the writer's clock in ISO 8601, for people. */
export type JournalEntry = JournalFact & { readonly at: string };

/** The version of the format. A journal with another version is refused, not guessed at. */
export const PROTOCOL = 1;

/** An older copy does not know what has run since, and an entry that is taken out leaves a gap. */
export const DAMAGE_REMEDY =
  'restoring an older copy would repeat what has run since. Check what the run has done, cancel it at the API, then remove the file.';

/** An entry as it is written: its place, counted from 0, and the CRC-32 of its text. */
export function lineOf(seq: number, happening: JournalFact, at: Date): object {
  const entry: JournalEntry = { at: at.toISOString(), ...happening };
  const text = JSON.stringify(entry);
  return { seq, crc: checksum(seq, text), entry };
}

/** @throws Error for what is no entry, is damaged, or is not the next one */
export function entryOf(line: JsonObject, next: number): JournalEntry {
  const { seq, crc, entry } = line;
  if (seq !== next) throw new Error(`expected entry ${next}, found entry ${String(seq)}`);
  if (crc !== checksum(next, JSON.stringify(entry))) throw new Error('its checksum does not match');
  const known = entry as Partial<Record<'at' | 'run' | 'protocol' | 'record' | 'claim', unknown>>;
  const isKnown = next === 0 ? known.run !== undefined : known.record !== undefined || known.claim !== undefined;
  if (isKnown && next === 0 && known.protocol !== PROTOCOL) {
    throw new Error(
      `it was written by another version of interven-openai-assistants (protocol ${String(known.protocol)}, not ${PROTOCOL}): finish the run with that version`,
    );
  }
  if (!isKnown || Number.isNaN(Date.parse(String(known.at)))) {
    throw new Error('this version does not know such an entry');
  }
  return entry as JournalEntry;
}

function checksum(seq: number, text: string): number {
  return crc32(`${seq} ${text}`);
}
