import { crc32 } from 'node:zlib';
import { openAppendLog, type AppendLog } from '../../internal/append-log.ts';
import type { JsonObject } from '../../internal/json.ts';
import { appendOnce } from './append-once.ts';
import type { JournalEntry, Json, RunJournal } from './journal.ts';
import { journalName } from './key-log.ts';

/** The version of the file format, `docs/journal-format.md`. A journal of another version is an error. */
const VERSION = 2;

/** Neither an older copy nor a deleted line repairs a journal: both forget calls that have run. */
export const DAMAGE_REMEDY =
  'restoring an older copy would repeat calls that have run since. Check what the run has done, cancel it at the API, then remove the file.';

/** Opens the file of one run, or creates it. */
export async function openFile(path: string, runId: string): Promise<RunJournal> {
  const lines = new LineReader();
  const log = await openAppendLog(path, { isDurable: true, remedy: DAMAGE_REMEDY, read: lines.read });
  if (lines.runId === undefined || lines.runId === runId) return createJournal(log, runId, lines);
  await log.close();
  throw foreignJournal(path, lines.runId, runId);
}

function createJournal(log: AppendLog, runId: string, { entries, length }: LineReader): RunJournal {
  let next = length;
  return {
    entries,
    append: appendOnce(entries, async (key, event) => {
      const at = new Date();
      // A value that is not JSON throws here, before its line gets a number.
      const line = lineOf(next === 0 ? 1 : next, { at: at.toISOString(), key, event });
      // In one write with the first event: a file without an event is not a journal.
      const header = next === 0 ? log.append(lineOf(0, { journal: runId, version: VERSION })) : undefined;
      next = Math.max(next, 1) + 1;
      await Promise.all([header, log.append(line)]);
      return at;
    }),
    async close() {
      const isEmpty = entries.length === 0 && next === length;
      // An empty file that stays does no harm.
      await (isEmpty ? log.remove().catch(() => undefined) : log.close());
    },
  };
}

/** The file was renamed, or the file system takes two names for one. */
export function foreignJournal(path: string, runId: string, wanted: string): Error {
  return new Error(
    `${path} is the journal of ${journalName(runId)}, not of ${journalName(wanted)}. Give the file its previous name back.`,
  );
}

/** Builds a line: the first one names the run and the version of the format, each later one has an event. */
function lineOf(seq: number, entry: unknown): { readonly seq: number; readonly crc: number; readonly entry: unknown } {
  return { seq, crc: crc32(`${seq} ${JSON.stringify(entry)}`), entry };
}

/** Reads the lines of a file one by one. */
export class LineReader {
  readonly entries: JournalEntry[] = [];
  /** The id in the file's first line; undefined if that is not read. */
  runId: string | undefined;
  readonly #first: number;

  /** @param first the number of the first line that is read */
  constructor(first = 0) {
    this.#first = first;
  }

  /** @throws Error for a line that is invalid, damaged, or not the next one */
  readonly read = (line: JsonObject): void => {
    const next = this.length;
    const { seq, crc, entry } = line;
    if (seq !== next) throw new Error(`expected entry ${next}, found entry ${String(seq)}`);
    if (crc !== lineOf(next, entry).crc) throw new Error('its checksum does not match');
    const fields = entry as Readonly<Record<string, unknown>>;
    if (next === 0) this.runId = runIdOf(fields);
    else this.entries.push(entryOf(fields));
  };

  /** The number of lines so far, including those before the first one that is read. */
  get length(): number {
    return this.#first + this.entries.length + (this.runId === undefined ? 0 : 1);
  }
}

/**
 * Reads the lines of a part of a file that begins with a line.
 *
 * @throws Error for lines that are not a journal's, and for a torn last line
 */
export function readLines(text: string): LineReader {
  const lines = text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);
  if (!text.endsWith('\n')) throw new Error('the last line is torn');
  const reader = new LineReader(Number(lines[0]?.['seq']));
  for (const line of lines) reader.read(line);
  return reader;
}

function runIdOf({ journal, version, protocol }: Readonly<Record<string, unknown>>): string {
  const found = version ?? protocol;
  if (found !== undefined && found !== VERSION) {
    throw new Error(
      `it was written by another version of interven-openai-assistants (format ${JSON.stringify(found)}, not ${VERSION}): finish the run with that version`,
    );
  }
  if (typeof journal !== 'string' || found === undefined) throw new Error('it is an unknown kind of entry');
  return journal;
}

function entryOf({ at, key, event }: Readonly<Record<string, unknown>>): JournalEntry {
  const time = new Date(String(at));
  if (typeof key !== 'string' || event === undefined || Number.isNaN(time.getTime()))
    throw new Error('it is an unknown kind of entry');
  return { key, at: time, event: event as Json };
}
