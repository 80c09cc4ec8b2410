import type { JournaledRun } from './durable.ts';
import type { FileOwner } from '../../internal/file-lock.ts';
import { eachJournal } from './each-journal.ts';
import { endingOf } from './ending.ts';
import { journalFiles, readJournal } from './read-journal.ts';

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

/** The runs of a directory that have not ended, oldest first. No lock is taken and nothing is changed. */
export async function openRuns(directory: string): Promise<readonly OpenRun[]> {
  const seen = await eachJournal<OpenRun | undefined>(
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
