import { mkdir, stat, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal } from './journal.ts';
import { shown } from '../../internal/checks.ts';
import { isKeyJournal, journalName } from './key-log.ts';
import { openFile } from './journal-file.ts';
import type { OpenRun, StoredRun } from './open-run.ts';
import { EXTENSION, ID_FILE, openRuns, readJournal, runFiles, undefinedIfMissing } from './read-journal.ts';
import { prune, type PruneOptions, type PruneResult } from './prune.ts';
import { randomUUID } from 'node:crypto';

/** File names have at most 255 bytes, and the lock's name appends `.lock.next.` and a UUID to the journal's. */
const MAX_NAME_LENGTH = 180;

export interface FileJournal extends Journal {
  readonly directory: string;
  /** Lists the ids of the runs with a journal, oldest first; empty if the directory does not exist yet. */
  list(): Promise<readonly string[]>;
  /**
   * Lists the runs that have not ended, oldest first, so that a restarted program can resume them. Takes no lock.
   *
   * @example
   * for (const { run, owner } of await journal.openRuns()) {
   *   if (run && !owner) await runner.resume(run.threadId, run.id);
   * }
   */
  openRuns(): Promise<readonly OpenRun[]>;
  /** Reads the journal of a run, also while a process serves it. Takes no lock. Undefined if there is none. */
  read(runId: string): Promise<StoredRun | undefined>;
  /**
   * Removes the journals of runs that ended long ago, journals without an event, and lock files that killed processes
   * left. Keeps the journals of open runs, those in use by a process, and those that cannot be read.
   *
   * @example
   * await journal.prune({ olderThanMs: 90 * 24 * 60 * 60 * 1000 });
   */
  prune(options?: PruneOptions): Promise<PruneResult>;
}

/**
 * Creates journals in a directory: one append-only file for each run, `<id>.journal.jsonl`, with a line for each
 * decision, handler start and result. A method resolves once its write is on disk; parallel calls share a write.
 * Opening a journal truncates a torn last line, and throws for damage anywhere else, with file and line. The files
 * contain arguments and outputs, and only their owner can read them (0600). Call `prune` now and then to remove those of ended runs.
 *
 * Only for a local disk: network file systems do not guarantee locks and syncs.
 */
export function fileJournal(directory: string): FileJournal {
  if (typeof (directory as unknown) !== 'string' || directory === '') {
    throw new TypeError(`fileJournal: directory is ${shown(directory)}; it must be a path, such as "./journal".`);
  }
  const pathOf = (id: string): string => join(directory, `${fileNameOf(id)}${EXTENSION}`);
  let id: Promise<string> | undefined;
  return {
    directory,
    async id() {
      id ??= readOrCreateId(directory).catch((error: unknown) => {
        id = undefined;
        throw error;
      });
      return id;
    },
    async open(runId) {
      const path = pathOf(runId);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return openFile(path, runId);
    },
    async reopen(runId) {
      const path = pathOf(runId);
      if (!(await undefinedIfMissing(stat(path)))) return undefined;
      const journal = await openFile(path, runId);
      if (journal.entries.length > 0) return journal;
      // An earlier process ended before its first event was on disk. Closing removes the file.
      await journal.close();
      return undefined;
    },
    async list() {
      return ((await undefinedIfMissing(runFiles(directory))) ?? []).map(({ id }) => id);
    },
    async openRuns() {
      return (await undefinedIfMissing(openRuns(directory))) ?? [];
    },
    async read(runId) {
      const stored = await undefinedIfMissing(readJournal({ id: runId, path: pathOf(runId) }));
      if (stored) return stored;
      // A file that was renamed by hand may have a name that no id has.
      const renamed = (await undefinedIfMissing(runFiles(directory)))?.find(({ id }) => id === runId);
      return renamed && undefinedIfMissing(readJournal(renamed));
    },
    async prune(options) {
      return (
        (await undefinedIfMissing(prune(directory, options))) ?? { ended: [], empty: [], leftovers: [], problems: [] }
      );
    },
  };
}

/** Converts an id, of which the API decides, to a file name that no other id has. */
function fileNameOf(id: string): string {
  // `encodeURIComponent` throws for a lone surrogate.
  const name = /\p{Surrogate}/u.test(id) ? '' : encodeURIComponent(id).replace(/[.*]/g, escaped);
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    throw new TypeError(
      `${isKeyJournal(id) ? journalName(id.slice(0, 54)) : `Run id ${shown(id.slice(0, 50))}`} cannot be used as a file name: it is empty, too long or not valid Unicode.`,
    );
  }
  return name;
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/**
 * Returns the id of a directory of journals. It is stored in the directory, so that it moves with the journals.
 *
 * @throws Error when the directory can be neither read nor created
 */
async function readOrCreateId(directory: string): Promise<string> {
  const path = join(directory, ID_FILE);
  return (await readId(path)) ?? createId(directory, path);
}

async function createId(directory: string, path: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const id = randomUUID();
  const fresh = `${path}.${id}`;
  try {
    await writeFile(fresh, `${id}\n`, { flag: 'wx', mode: 0o600, flush: true });
    // Atomic: of several processes that start at once, the first one creates the id.
    await link(fresh, path);
    return id;
  } catch (error) {
    const existing = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readId(path) : undefined;
    if (existing === undefined) throw error;
    return existing;
  } finally {
    await rm(fresh, { force: true });
  }
}

async function readId(path: string): Promise<string | undefined> {
  const id = (await undefinedIfMissing(readFile(path, 'utf8')))?.trim();
  if (id === undefined || /^[\w-]{8,100}$/.test(id)) return id;
  throw new Error(`${path} does not contain an id. Delete the file: a new one is created.`);
}
