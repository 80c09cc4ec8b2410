/** The contract between a run and the store of its journal. */

/** A value that JSON can represent. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An event of a run, as its journal keeps it. */
export interface JournalEntry {
  /** Identifies the event within the journal: a journal accepts one event under each key. */
  readonly key: string;
  /** The time of the append on the writer's clock. */
  readonly at: Date;
  readonly event: Json;
}

/** A store of journals, one per run. */
export interface Journal {
  /**
   * The id of this store. A run that was started with another store's journal is then not resumed with this one, which
   * does not know which calls have run. Default: no check.
   */
  id?(): Promise<string>;
  /**
   * Opens the journal of a run, or creates it. Only one process at a time may hold it.
   *
   * @throws Error that names the owner if another process holds it, with the code `ELOCKED`; Error if it is damaged
   */
  open(runId: string): Promise<RunJournal>;
  /** Opens the existing journal of a run, to resume it; undefined if it has no events. */
  reopen(runId: string): Promise<RunJournal | undefined>;
  /**
   * Lists the runs that have not ended. The error about a conversation with unanswered calls then names the run that
   * made them. Default: it does not.
   */
  openRuns?(): Promise<readonly ListedRun[]>;
}

/** A run that has not ended; `run` is undefined if its journal cannot be read. */
export interface ListedRun {
  readonly id: string;
  readonly run: { readonly threadId: string; readonly runKey?: string } | undefined;
}

/** The journal of one run: its events in order. */
export interface RunJournal {
  /** The accepted events, oldest first, including those of earlier processes. */
  readonly entries: readonly JournalEntry[];
  /**
   * Appends an event, unless the journal has one under the key. Resolves once the accepted event is on disk: with
   * `event` itself, or with the earlier event. Exactly one caller per key gets its own event back, forever, so an append
   * is also a claim. Appends that are in flight at the same time may be accepted in any order. After a failed write,
   * every further append rejects.
   */
  append(key: string, event: Json): Promise<Json>;
  /**
   * Aborts when the journal can no longer be written to, such as when another process has taken the run over. Its reason
   * is the error. The run then ends with the code `journal`, and its handlers' signals abort. Default: it never does.
   */
  readonly signal?: AbortSignal;
  /** Releases the journal, so that another process can open it. */
  close(): Promise<void>;
}
