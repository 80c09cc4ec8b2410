import type { JournaledRun } from './events.ts';

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

/** The process that serves a run. */
interface RunOwner {
  readonly pid: number;
  readonly host: string;
  /** True if the process runs on this machine. A process of another machine may have ended. */
  readonly isHere: boolean;
}
