import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenRun, StoredRun } from './open-run.ts';
import { RunHistory } from './history.ts';
import { isKeyJournal } from './key-log.ts';
import { readJsonLines } from '../../internal/json-lines.ts';
import { ownerOf } from '../../internal/file-lock.ts';
import { DAMAGE_REMEDY, foreignJournal, LineReader, readLines } from './journal-file.ts';
import { readAll } from './read-all.ts';

export const EXTENSION = '.journal.jsonl';
/** The file with the id of a directory of journals. */
export const ID_FILE = 'journals.id';

/** A file that is expected to be the journal of a run. */
export interface JournalFile {
  /** The run's id, by the file's name. */
  readonly id: string;
  readonly path: string;
  readonly begunAt: Date;
  /** The time of the last write. */
  readonly writtenAt: Date;
  /** Its size in bytes. */
  readonly size: number;
  /** True if it had a lock when the directory was listed. The process of the lock may have ended. */
  readonly hasLock: boolean;
}

/**
 * Lists the journals in a directory of `fileJournal`, oldest first.
 *
 * @throws Error when the directory cannot be read
 */
export async function journalFiles(directory: string): Promise<readonly JournalFile[]> {
  const all = await readdir(directory, { withFileTypes: true });
  const names = new Set(all.map(({ name }) => name));
  const journals = all.filter(({ name }) => name.endsWith(EXTENSION));
  const found = await Promise.all(
    journals.map(async (entry) => {
      // The lock of a link is beside the file that it leads to.
      const hasLock = entry.isSymbolicLink() || names.has(`${entry.name}.lock`);
      return journalFile(directory, entry.name, hasLock);
    }),
  );
  return found
    .filter((file) => file !== undefined)
    .toSorted((one, other) => one.begunAt.getTime() - other.begunAt.getTime());
}

/** Lists the journals of runs: without those of keys, which only lead to runs. */
export async function runFiles(directory: string): Promise<readonly JournalFile[]> {
  return (await journalFiles(directory)).filter(({ id }) => !isKeyJournal(id));
}

/** Returns undefined for anything but a file, and for a file deleted meanwhile. */
async function journalFile(directory: string, name: string, hasLock: boolean): Promise<JournalFile | undefined> {
  const path = join(directory, name);
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  // Some file systems do not store the creation time.
  const begunAt = new Date(stats.birthtimeMs || stats.mtimeMs);
  const { mtime: writtenAt, size } = stats;
  return { id: idOf(name.slice(0, -EXTENSION.length)), path, begunAt, writtenAt, size, hasLock };
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
export async function readJournal({ id, path }: Pick<JournalFile, 'id' | 'path'>): Promise<StoredRun> {
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
  return { entries: lines.entries, owner, file: { path, tornBytes } };
}

/** The part of a file's end that is read to find the run's end: several lines without payloads. */
const TAIL_BYTES = 2_048;
/** The part of a file's start that has its first line. */
const HEAD_BYTES = 512;

/**
 * Returns true if a journal had no lock when it was listed, and its first and newest lines show that its run had ended.
 * False also means that only the whole journal shows it. The lines in the middle are not checked.
 */
export async function isKnownToHaveEnded({ id, path, size, hasLock }: JournalFile): Promise<boolean> {
  if (hasLock || size === 0) return false;
  const { head, tail } = await endsOf(path, size);
  try {
    const newest = readLines(tail);
    if (!new RunHistory(newest.entries).end) return false;
    return (newest.runId ?? readLines(head).runId) === id;
  } catch {
    return false;
  }
}

/** Reads the first line of a file, and its newest lines with a torn one that may follow. */
async function endsOf(path: string, size: number): Promise<{ readonly head: string; readonly tail: string }> {
  const handle = await open(path, 'r');
  try {
    const head = await textAt(handle, 0, HEAD_BYTES);
    const tail = await textAt(handle, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
    return {
      head: head.slice(0, head.indexOf('\n') + 1),
      // The first line of a part is cut off.
      tail: size <= TAIL_BYTES ? tail : tail.slice(tail.indexOf('\n') + 1),
    };
  } finally {
    await handle.close();
  }
}

async function textAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.toString('utf8', 0, bytesRead);
}

/** Undefined if the file does not exist. Other errors are thrown: the file may exist. */
export async function undefinedIfMissing<T>(access: Promise<T>): Promise<T | undefined> {
  return access.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

/** Lists the runs of a directory that have not ended, oldest first, without locking or changing anything. */
export async function openRuns(directory: string): Promise<readonly OpenRun[]> {
  return readAll<JournalFile, OpenRun>(
    await runFiles(directory),
    async (file) => undefinedIfMissing(openRun(file)),
    ({ id }, problem) => ({ id, run: undefined, owner: undefined, problem }),
  );
}

async function openRun(file: JournalFile): Promise<OpenRun | undefined> {
  if (await isKnownToHaveEnded(file)) return undefined;
  const { entries, owner } = await readJournal(file);
  const { run, end } = new RunHistory(entries);
  return end && !owner ? undefined : { id: file.id, run, owner, problem: undefined };
}
