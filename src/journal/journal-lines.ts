import { crc32 } from 'node:zlib';
import type { JournaledRun, Json } from '../core/durable.ts';
import type { JsonObject } from '../internal/json.ts';

/** What a journal holds, in its order: the run, and then what happened. */
export type JournalEntry =
  | { readonly run: JournaledRun; readonly protocol: typeof PROTOCOL }
  | { readonly record: string; readonly value: Json }
  | { readonly claim: string };

/** A journal of another protocol is not gone on with: what it means is not ours to guess. */
export const PROTOCOL = 1;

/** An entry as it is written: its place, counted from 0, and the CRC-32 of its text. */
export function lineOf(seq: number, entry: JournalEntry): object {
  const text = JSON.stringify(entry);
  return { seq, crc: checksum(seq, text), entry };
}

/** @throws Error for what is no entry, is damaged, or is not the next one */
export function entryOf(line: JsonObject, next: number): JournalEntry {
  const { seq, crc, entry } = line;
  if (seq !== next) throw new Error(`it is entry ${String(seq)} where ${next} should stand`);
  if (crc !== checksum(next, JSON.stringify(entry))) throw new Error('its checksum is another one');
  const known = entry as Partial<Record<'run' | 'protocol' | 'record' | 'claim', unknown>>;
  if (next === 0 ? known.run === undefined : known.record === undefined && known.claim === undefined) {
    throw new Error('it is no entry of a journal that this version knows');
  }
  if (next === 0 && known.protocol !== PROTOCOL) {
    throw new Error(
      `it was begun by another version of interven-openai-assistants (protocol ${String(known.protocol)}, not ${PROTOCOL}): let that one finish it`,
    );
  }
  return entry as JournalEntry;
}

function checksum(seq: number, text: string): number {
  return crc32(`${seq} ${text}`);
}
