import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournaledRun } from './events.ts';
import { fold, type RunHistory } from './history.ts';
import { readJsonLines } from '../../internal/json-lines.ts';
import { ownerOf, type FileOwner } from '../../internal/file-lock.ts';
import { DAMAGE_REMEDY, foreignJournal, LineReader } from './journal-lines.ts';
import pLimit from 'p-limit';

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

/** The content of a journal at the time of reading. */
export interface JournalReading {
  readonly history: RunHistory;
  /** The size of an incomplete write at the end, in bytes. */
  readonly tornBytes: number;
  /** The process that holds the journal, if any. */
  readonly owner: FileOwner | undefined;
}

/**
 * Lists the journals in a directory of `fileJournal`, oldest first.
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

/** Returns undefined for anything but a file, and for a file deleted meanwhile. */
async function journalFile(directory: string, name: string): Promise<JournalFile | undefined> {
  const path = join(directory, name);
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  // Some file systems do not store the creation time.
  const begunAt = new Date(stats.birthtimeMs || stats.mtimeMs);
  return { id: idOf(name.slice(0, -EXTENSION.length)), path, begunAt, writtenAt: stats.mtime };
}

/** Decodes the id in a file's name. A file of another origin may have a name that cannot be decoded. */
function idOf(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * Reads a journal without locking or changing it, even while a process serves the run. A torn last line stays: its
 * owner may be writing it.
 *
 * @throws Error with file and line when the journal is damaged, or belongs to another version or another run
 */
export async function readJournal({ id, path }: JournalFile): Promise<JournalReading> {
  const file = await realpath(path);
  const ownerBefore = await ownerOf(file);
  const lines = new LineReader();
  const handle = await open(file, 'r');
  let tornBytes: number;
  try {
    const end = await readJsonLines(handle, { file, read: lines.read, remedy: DAMAGE_REMEDY });
    tornBytes = Math.max((await handle.stat()).size - end, 0);
  } finally {
    await handle.close();
  }
  // The owner at the start may have finished meanwhile, and another process may have started.
  const owner = ownerBefore ?? (await ownerOf(file));
  if (lines.runId !== undefined && lines.runId !== id) throw foreignJournal(file, lines.runId, id);
  return { history: fold(lines.entries).now, tornBytes, owner };
}

/** The number of journals read in parallel. */
const MAX_CONCURRENT_READS = 4;

/**
 * Maps journal files to results, in their order. Skips files that were deleted meanwhile.
 *
 * @param unreadable returns the result for a file that cannot be read
 */
export async function mapJournals<Result>(
  files: readonly JournalFile[],
  read: (file: JournalFile) => Promise<Result>,
  unreadable: (file: JournalFile, problem: Error) => Result,
): Promise<readonly Result[]> {
  const limit = pLimit(MAX_CONCURRENT_READS);
  const mapped = async (file: JournalFile): Promise<readonly Result[]> => {
    try {
      return [await read(file)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [unreadable(file, error instanceof Error ? error : new Error(String(error)))];
    }
  };
  return (await Promise.all(files.map(async (file) => limit(async () => mapped(file))))).flat();
}

/** A run that has not ended: it is being served, waits for approvers, or was interrupted. */
export interface OpenRun {
  readonly id: string;
  /** Undefined when the journal is still empty or cannot be read. */
  readonly run: JournaledRun | undefined;
  /** The process that serves the run; undefined if none does. */
  readonly owner: FileOwner | undefined;
  /** The error of reading its journal, if reading failed. */
  readonly problem: Error | undefined;
}

/** Lists the runs of a directory that have not ended, oldest first, without locking or changing anything. */
export async function openRuns(directory: string): Promise<readonly OpenRun[]> {
  const mapped = await mapJournals<OpenRun | undefined>(
    await journalFiles(directory),
    async (file) => {
      const { history, owner } = await readJournal(file);
      return history.end && !owner ? undefined : { id: file.id, run: history.run, owner, problem: undefined };
    },
    ({ id }, problem) => ({ id, run: undefined, owner: undefined, problem }),
  );
  return mapped.filter((one) => one !== undefined);
}
