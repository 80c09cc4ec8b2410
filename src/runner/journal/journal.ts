/** The state that a run keeps for a later process. */

/** A value that JSON can represent. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Converts a value to plain JSON, as a later process will read it. */
export function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The run of a journal. */
export interface JournaledRun {
  /** The API's id: that of the run, the first response or the session. */
  readonly id: string;
  readonly api: 'assistants' | 'responses' | 'agents';
  readonly threadId: string;
  /** The assistant that the run was started for, if any. */
  readonly assistantId?: string;
  /** The request, needed to resume the run where the API does not store it. */
  readonly request?: Json;
}

/** A store of journals, one per run. */
export interface Journal {
  /**
   * Returns the id of this store. The runner then refuses to resume a run whose journal is in another store, because
   * this store does not know which calls have run. Default: no check.
   */
  id?(): Promise<string>;
  /**
   * Opens the journal of a run, or creates it. Only one process at a time may hold it.
   *
   * @throws Error with the code `ELOCKED` that names the owner, when another process holds it
   * @throws Error when the journal is damaged
   */
  open(run: JournaledRun): Promise<RunJournal>;
  /** Opens the existing journal of a run, to resume it; undefined if it has none. */
  reopen(id: string): Promise<RunJournal | undefined>;
}

/**
 * The journal of one run. After a crash, the next process reads the records by the same names. A method resolves once
 * its write is on disk. After a failed write, every further write rejects, which ends the run.
 */
export interface RunJournal {
  readonly run: JournaledRun;
  /** The value recorded under the name. */
  recorded(name: string): Json | undefined;
  /** All records by name, oldest first. */
  readonly records: ReadonlyMap<string, Json>;
  /** Records a value under a name. Later values under the same name are ignored. */
  record(name: string, value: Json): Promise<void>;
  /** Resolves with true for exactly one caller per key, forever. Call it right before a side effect. */
  claim(key: string): Promise<boolean>;
  /** All claimed keys. */
  readonly claims: ReadonlySet<string>;
  close(): Promise<void>;
}
