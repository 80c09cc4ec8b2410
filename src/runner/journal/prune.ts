import { readdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkBoolean, checkKeys, shown } from '../../internal/checks.ts';
import { isLeftover, lockFile, lockFileName, removeLeftover, type LockFileName } from '../../internal/file-lock.ts';
import { RunHistory } from './history.ts';
import type { JournalEntry } from './journal.ts';
import { isKeyJournal, runOfKey } from './key-log.ts';
import { readAll } from './read-all.ts';
import {
  EXTENSION,
  ID_FILE,
  isKnownToHaveEnded,
  journalFiles,
  readJournal,
  undefinedIfMissing,
  type JournalFile,
} from './read-journal.ts';

export interface PruneOptions {
  /** Milliseconds since the last write to the journal of an ended run. Newer ones are kept. Default: 30 days. */
  readonly olderThanMs?: number;
  /** True to remove nothing, and return what would be removed. Default: false. */
  readonly dryRun?: boolean;
}

/** What `prune` removed, or would remove. */
export interface PruneResult {
  /** The ids of ended runs. */
  readonly ended: readonly string[];
  /** The ids of runs whose journals had no event: no handler of theirs had started. */
  readonly empty: readonly string[];
  /** The names of lock files and other files that killed processes had left. */
  readonly leftovers: readonly string[];
  /** The journals that could not be read or removed. They are kept. */
  readonly problems: readonly { readonly id: string; readonly problem: Error }[];
}

const PRUNE_AFTER_MS: number = 30 * 24 * 60 * 60 * 1_000;

/**
 * Removes from a directory of journals what no run needs any more.
 *
 * @throws TypeError for an invalid option; Error when the directory cannot be read
 */
export async function prune(directory: string, options: PruneOptions = {}): Promise<PruneResult> {
  const { olderThanMs = PRUNE_AFTER_MS, dryRun = false } = options;
  checkKeys('prune', options, ['olderThanMs', 'dryRun']);
  checkBoolean('dryRun', dryRun);
  if (!(Number.isFinite(olderThanMs) && olderThanMs >= 0))
    throw new TypeError(`olderThanMs is ${shown(olderThanMs)}; it must be milliseconds, from 0.`);

  const newest = new Date(Date.now() - olderThanMs);
  const all = await readAll<JournalFile, Found>(
    await journalFiles(directory),
    async (file) => undefinedIfMissing(found(file)),
    (file, problem) => ({ file, problem }),
  );
  const byId = new Map(all.map((one) => [one.file.id, one]));
  /** A key whose run was finished without it, or whose run is gone, has ended as well. */
  const files = all.map((one): Found => {
    if (one.keyOf === undefined) return one;
    const run = byId.get(one.keyOf);
    return !run || isRemovable(run.state, run.file.writtenAt, newest) ? { ...one, state: 'ended' } : one;
  });
  const isOpen = ({ state = 'open' }: Found): boolean => state === 'open';
  const leftovers = await leftoversIn(directory, files.filter(isOpen));
  const removable = files.filter(({ file, state }) => isRemovable(state, file.writtenAt, newest));
  // Keys first: without its run, a key could not return the result.
  const remove = async (isKey: boolean): Promise<readonly Found[]> => {
    const chosen = removable.filter(({ file }) => isKeyJournal(file.id) === isKey);
    if (dryRun) return chosen;
    return readAll(
      chosen,
      async (one) => ((await undefinedIfMissing(isRemoved(one, newest))) ? one : undefined),
      ({ file }, problem) => ({ file, problem }),
    );
  };
  const removed = [...(await remove(true)), ...(await remove(false))];
  // One by one: removing a lock may also remove another one of these.
  if (!dryRun) for (const name of leftovers) await removeIfLeftover(directory, name);
  const idsOf = (wanted: State): readonly string[] =>
    removed.filter(({ state }) => state === wanted).map(({ file }) => file.id);
  const problems = [...files, ...removed].flatMap(({ file: { id }, problem }) => (problem ? [{ id, problem }] : []));
  return { ended: idsOf('ended'), empty: idsOf('empty'), leftovers, problems };
}

type State = 'open' | 'ended' | 'empty';

interface Found {
  readonly file: JournalFile;
  /** Undefined if the journal cannot be read or removed. */
  readonly state?: State;
  /** Of an open `runKey`: the id of its run's journal, if that is known. */
  readonly keyOf?: string | undefined;
  readonly problem?: Error;
}

async function found(file: JournalFile): Promise<Found> {
  if (await isKnownToHaveEnded(file)) return { file, state: 'ended' };
  const { entries, owner } = await readJournal(file);
  return { file, ...(owner ? { state: 'open' } : stateOf(file, entries)) };
}

/** The state of a journal that no process has open. */
function stateOf({ id }: JournalFile, entries: readonly JournalEntry[]): Pick<Found, 'state' | 'keyOf'> {
  if (entries.length === 0) return { state: 'empty' };
  if (new RunHistory(entries).end) return { state: 'ended' };
  return { state: 'open', keyOf: isKeyJournal(id) ? runOfKey(entries) : undefined };
}

function isRemovable(state: State | undefined, writtenAt: Date, newest: Date): boolean {
  return state === 'empty' || (state === 'ended' && writtenAt <= newest);
}

/** Removes a journal while no process can open it. Returns false if a process has opened it since it was listed. */
async function isRemoved({ file, keyOf }: Found, newest: Date): Promise<boolean> {
  const path = await realpath(file.path);
  // Of a link, only the link would be removed.
  if (path !== join(await realpath(dirname(file.path)), basename(file.path))) return false;
  const lock = await unlessLocked(lockFile(path, true));
  if (!lock) return false;
  try {
    const { mtime } = await stat(path);
    // Read whole: a damaged journal is kept.
    const now = stateOf(file, (await readJournal(file)).entries);
    const isKeyOfEnded = keyOf !== undefined && now.keyOf === keyOf;
    if (!isRemovable(isKeyOfEnded ? 'ended' : now.state, mtime, newest)) return false;
    await lock.confirm();
    await rm(path);
    return true;
  } finally {
    await lock.release();
  }
}

async function unlessLocked<T>(access: Promise<T>): Promise<T | undefined> {
  return access.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  });
}

/**
 * Lists the files that killed processes left.
 *
 * @param open the journals whose locks the next process that opens them takes over
 */
async function leftoversIn(directory: string, open: readonly Found[]): Promise<readonly string[]> {
  const names = new Set(await readdir(directory));
  const openNames = new Set(open.map(({ file }) => basename(file.path)));
  const isTakenOver = ({ file, isClaim }: LockFileName): boolean =>
    !isClaim && openNames.has(file) && names.has(`${file}.lock`);
  const leftovers: string[] = [];
  for (const name of names) {
    const lock = lockFileName(name);
    const path = join(directory, name);
    const isOfJournal = lock?.file.endsWith(EXTENSION) && !isTakenOver(lock);
    if (isOfJournal && (await isLeftover(path))) leftovers.push(name);
    if (name.startsWith(`${ID_FILE}.`) && names.has(ID_FILE) && (await isUnusedId(path))) leftovers.push(name);
  }
  return leftovers;
}

/** The age of an id whose process was killed before it put the id in place. */
const UNUSED_ID_MS = 3_600_000;

async function isUnusedId(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > UNUSED_ID_MS;
}

async function removeIfLeftover(directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  if (lockFileName(name) === undefined) await rm(path, { force: true });
  // The lock of a removed journal is gone, or in use again.
  else if (await isLeftover(path)) await unlessLocked(removeLeftover(path));
}
