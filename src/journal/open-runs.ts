import pLimit from 'p-limit';
import type { JournaledRun } from '../core/durable.ts';
import type { FileOwner } from '../internal/file-lock.ts';
import { endingOf } from './ending.ts';
import { journalFiles, readJournal, type JournalFile } from './read-journal.ts';

/** A run that has not ended: it is being served, waits for approvers, or was interrupted. */
export interface OpenRun {
  readonly id: string;
  /** Undefined when nothing of it was recorded yet, and when its journal cannot be read. */
  readonly run: JournaledRun | undefined;
  /** The process that is at it; undefined when none is. */
  readonly owner: FileOwner | undefined;
  /** Why its journal cannot be read, if it cannot. */
  readonly problem: Error | undefined;
}

/** How many journals are read at a time. */
const AT_ONCE = 4;

/** The runs of a directory that have not ended, oldest first. No lock is taken and nothing is changed. */
export async function openRuns(directory: string): Promise<readonly OpenRun[]> {
  const some = pLimit(AT_ONCE);
  const files = await journalFiles(directory);
  const found = await Promise.all(files.map(async (file) => some(async () => openRun(file))));
  return found.filter((one) => one !== undefined);
}

/** Undefined for one that has ended, or was deleted meanwhile. */
async function openRun(file: JournalFile): Promise<OpenRun | undefined> {
  const { id } = file;
  try {
    const reading = await readJournal(file);
    const { run, owner } = reading;
    return endingOf(reading) && !owner ? undefined : { id, run, owner, problem: undefined };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const problem = error instanceof Error ? error : new Error(String(error));
    return { id, run: undefined, owner: undefined, problem };
  }
}
