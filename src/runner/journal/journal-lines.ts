import { crc32 } from 'node:zlib';
import type { JournaledRun, Json } from './journal.ts';
import type { JsonObject } from '../../internal/json.ts';

/** The content of a journal's line. The first line holds the run, every other line a record or a claim. */
export type JournalFact =
  | { readonly run: JournaledRun; readonly protocol: typeof PROTOCOL }
  | { readonly record: string; readonly value: Json }
  | { readonly claim: string };

/** `at` is the time on the writer's clock in ISO 8601, for people only. */
export type JournalEntry = JournalFact & { readonly at: string };

/** The version of the format. A journal of another version is an error. */
export const PROTOCOL = 1;

/** Neither an older copy nor a deleted line repairs a journal: both forget calls that have run. */
export const DAMAGE_REMEDY =
  'restoring an older copy would repeat calls that have run since. Check what the run has done, cancel it at the API, then remove the file.';

/** Builds a line: the entry, its number counted from 0, and a CRC-32 of both. */
export function lineOf(seq: number, fact: JournalFact, at: Date): object {
  const entry: JournalEntry = { at: at.toISOString(), ...fact };
  const text = JSON.stringify(entry);
  return { seq, crc: checksum(seq, text), entry };
}

/** @throws Error for a line that is invalid, damaged, or not the next one */
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
    throw new Error('it is an unknown kind of entry');
  }
  return entry as JournalEntry;
}

function checksum(seq: number, text: string): number {
  return crc32(`${seq} ${text}`);
}
