/** The state that a run keeps for a later process. */

/** A value that JSON can represent. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A value as it is read again. */
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
   * The id of this store. A run that was started with another store's journal is then not resumed with this one, which
   * does not know which calls have run. Default: no check.
   */
  id?(): Promise<string>;
  /**
   * Opens the journal of a run, or creates it. Only one process at a time may hold it.
   *
   * @throws Error that names the owner when another process has it, with the code `ELOCKED`; and Error when it is damaged
   */
  open(run: JournaledRun): Promise<RunJournal>;
  /** Opens the existing journal of a run, to resume it; undefined if it has none. */
  reopen(id: string): Promise<RunJournal | undefined>;
}

/**
 * The journal of one run. After a crash, the same names find what was recorded before. A call resolves once its write is
 * on disk. After a failed write every further call rejects, which ends the run.
 */
export interface RunJournal {
  readonly run: JournaledRun;
  /** The value recorded under the name. */
  recorded(name: string): Json | undefined;
  /** All records by name, oldest first. */
  readonly records: ReadonlyMap<string, Json>;
  /** Records a result. The first one under a name stays. */
  record(name: string, value: Json): Promise<void>;
  /** Resolves with true for exactly one caller per key, forever. Call it right before a side effect. */
  claim(key: string): Promise<boolean>;
  /** All claimed keys. */
  readonly claims: ReadonlySet<string>;
  close(): Promise<void>;
}
