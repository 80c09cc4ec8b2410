import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournaledRun, Json } from './journal.ts';
import { readJsonLines } from '../../internal/json-lines.ts';
import { ownerOf, type FileOwner } from '../../internal/file-lock.ts';
import { DAMAGE_REMEDY, entryOf, type JournalEntry } from './journal-lines.ts';
import pLimit from 'p-limit';
import { JOURNAL_NAMES } from './journaled-calls.ts';

export const EXTENSION = '.journal.jsonl';

/** A file that is expected to be the journal of a run. */
export interface JournalFile {
  /** The run's id, by the file's name. */
  readonly id: string;
  readonly path: string;
  readonly begunAt: Date;
  /** The time of the last write. */
  readonly writtenAt: Date;
}

/** What a journal holds, as far as it is written. */
export interface JournalReading {
  /** Undefined when nothing whole is in it: its process ended before the first line was written. */
  readonly run: JournaledRun | undefined;
  /** What was recorded and claimed, oldest first; the first record of a name stays. */
  readonly records: ReadonlyMap<string, Json>;
  readonly claims: ReadonlySet<string>;
  /** When it was: the name of a record, or a claim's key. */
  readonly times: ReadonlyMap<string, Date>;
  /** The names of records and the keys of claims, oldest first. */
  readonly happened: readonly string[];
  /** How much of a write that has not ended, or never did, stands at the end. */
  readonly tornBytes: number;
  /** The process that holds the run. */
  readonly owner: FileOwner | undefined;
}

/**
 * The journals in a directory of `fileJournal`, oldest first.
 *
 * @throws Error when the directory cannot be read
 */
export async function journalFiles(directory: string): Promise<readonly JournalFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(EXTENSION));
  const found = await Promise.all(names.map(async (name) => journalFile(directory, name)));
  return found
    .filter((file) => file !== undefined)
    .toSorted((one, other) => one.begunAt.getTime() - other.begunAt.getTime());
}

/** Undefined for anything but a file, and for a file deleted meanwhile. */
async function journalFile(directory: string, name: string): Promise<JournalFile | undefined> {
  const path = join(directory, name);
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  // Not every file system keeps when a file was made.
  const begunAt = new Date(stats.birthtimeMs || stats.mtimeMs);
  return { id: idOf(name.slice(0, -EXTENSION.length)), path, begunAt, writtenAt: stats.mtime };
}

/** Anybody may have put a file there: its name may be no id. */
function idOf(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * Reads a journal without taking its lock and without changing anything, so that it can be looked at while a process has the run. A torn
 * tail is left as it is: the owner may be writing it.
 *
 * @throws Error that names file and place when it is damaged, is of another version, or is another run's
 */
export async function readJournal({ id, path }: JournalFile): Promise<JournalReading> {
  const file = await realpath(path);
  const ownerBefore = await ownerOf(file);
  const all: JournalEntry[] = [];
  const handle = await open(file, 'r');
  let tornBytes: number;
  try {
    const read = (line: Parameters<typeof entryOf>[0]): void => void all.push(entryOf(line, all.length));
    const end = await readJsonLines(handle, { file, read, remedy: DAMAGE_REMEDY });
    tornBytes = Math.max((await handle.stat()).size - end, 0);
  } finally {
    await handle.close();
  }
  // The owner at the start may have finished meanwhile, and another process may have started.
  const owner = ownerBefore ?? (await ownerOf(file));
  const [first, ...entries] = all;
  const run = first && 'run' in first ? first.run : undefined;
  if (run && run.id !== id) {
    throw new Error(`${file} is the journal of run "${run.id}", not of "${id}". Give the file its previous name back.`);
  }
  return { run, ...gathered(entries), tornBytes, owner };
}

function gathered(entries: readonly JournalEntry[]): Pick<JournalReading, 'records' | 'claims' | 'times' | 'happened'> {
  const records = new Map<string, Json>();
  const claims = new Set<string>();
  const times = new Map<string, Date>();
  for (const entry of entries) {
    if ('run' in entry) continue;
    const name = 'record' in entry ? entry.record : entry.claim;
    if (times.has(name)) continue;
    times.set(name, new Date(entry.at));
    if ('record' in entry) records.set(name, entry.value);
    else claims.add(name);
  }
  return { records, claims, times, happened: [...times.keys()] };
}

/** The number of journals read in parallel. */
const AT_ONCE = 4;

/**
 * Looks at journals, in their order. What was deleted meanwhile is left out.
 *
 * @param unreadable what one stands for that cannot be read
 */
export async function mapJournals<Seen>(
  files: readonly JournalFile[],
  look: (file: JournalFile) => Promise<Seen>,
  unreadable: (file: JournalFile, problem: Error) => Seen,
): Promise<readonly Seen[]> {
  const some = pLimit(AT_ONCE);
  const seen = async (file: JournalFile): Promise<readonly Seen[]> => {
    try {
      return [await look(file)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [unreadable(file, error instanceof Error ? error : new Error(String(error)))];
    }
  };
  return (await Promise.all(files.map(async (file) => some(async () => seen(file))))).flat();
}

/** How a run ended: with a status of the API, or because the runner ended it. */
export interface Ending {
  readonly status?: string;
  readonly code?: string;
}

/** What can follow an end: what a person said too late, and who took the run's place. */
const MAY_FOLLOW_END: readonly string[] = [JOURNAL_NAMES.successor, JOURNAL_NAMES.approval('')];

/** Undefined for a run that is still open. A session goes on after the end of a turn: only what nothing of the run follows is an end. */
export function endingOf({ records, happened }: JournalReading): Ending | undefined {
  const last = happened.findLast((name) => !MAY_FOLLOW_END.some((start) => name.startsWith(start))) ?? '';
  if (!last.startsWith(JOURNAL_NAMES.ended(''))) return undefined;
  const { status, code } = Object(records.get(last)) as Readonly<Record<string, Json | undefined>>;
  return {
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof code === 'string' ? { code } : {}),
  };
}

/** A run that has not ended: it is being served, waits for approvers, or was interrupted. */
export interface OpenRun {
  readonly id: string;
  /** Undefined when nothing of it was recorded yet, and when its journal cannot be read. */
  readonly run: JournaledRun | undefined;
  /** The process that serves it; undefined if none does. */
  readonly owner: FileOwner | undefined;
  /** The error of reading its journal, if reading failed. */
  readonly problem: Error | undefined;
}

/** The runs of a directory that have not ended, oldest first. No lock is taken and nothing is changed. */
export async function openRuns(directory: string): Promise<readonly OpenRun[]> {
  const seen = await mapJournals<OpenRun | undefined>(
    await journalFiles(directory),
    async (file) => {
      const reading = await readJournal(file);
      const { run, owner } = reading;
      return endingOf(reading) && !owner ? undefined : { id: file.id, run, owner, problem: undefined };
    },
    ({ id }, problem) => ({ id, run: undefined, owner: undefined, problem }),
  );
  return seen.filter((one) => one !== undefined);
}
