import type { JournaledRun } from './events.ts';
import type { JournalEntry } from './journal.ts';

/** A run that has not ended: it is being served, waits for approvers, or was interrupted. */
export interface OpenRun {
  readonly id: string;
  /** Undefined when the journal is still empty or cannot be read. */
  readonly run: JournaledRun | undefined;
  /** The process that serves the run; undefined if none does. */
  readonly owner: RunOwner | undefined;
  /** The error of reading its journal, if reading failed. */
  readonly problem: Error | undefined;
}

/** A journal at the time of reading. */
export interface StoredRun {
  /** The events, oldest first. */
  readonly entries: readonly JournalEntry[];
  /** The process that serves the run; undefined if none does. */
  readonly owner: RunOwner | undefined;
  /** Of a `fileJournal`: its file, with the bytes at the end that were not written completely. */
  readonly file?: { readonly path: string; readonly tornBytes: number };
}

/** The process that serves a run. */
export interface RunOwner {
  readonly pid: number;
  readonly host: string;
  /** True if the process runs on this machine. A process of another machine may have ended. */
  readonly isHere: boolean;
}
