/** The state that a run keeps for a later process. */

/** What can be written down as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A value as it is read again. */
export function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The run of a journal. */
export interface JournaledRun {
  /** What the API calls it: the run's id, the first response's, or the session's. */
  readonly id: string;
  readonly api: 'assistants' | 'responses' | 'agents';
  readonly threadId: string;
  /** Of a run that was begun for an assistant. */
  readonly assistantId?: string;
  /** What is needed to go on with it where the API does not keep that. */
  readonly request?: Json;
}

/** A store of journals, one per run. */
export interface Journal {
  /**
   * Tells this place from all others. A run that was begun with another place's journal is then not gone on with here, where nothing is known of what has
   * run. Default: nobody looks.
   */
  id?(): Promise<string>;
  /**
   * Opens the journal of a run, or begins one. One process at a time may have it.
   *
   * @throws Error that names the owner when another process has it, with the code `ELOCKED`; and Error when it is damaged
   */
  open(run: JournaledRun): Promise<RunJournal>;
  /** The journal of a run that has one, for reading and going on; undefined when there is none. */
  reopen(id: string): Promise<RunJournal | undefined>;
}

/**
 * The journal of one run. Names are of the run: the same names after a crash find what was recorded before it. What it resolves with is on
 * the disk. When it cannot write, everything of it rejects from then on: the run is ended.
 */
export interface RunJournal {
  readonly run: JournaledRun;
  /** The value recorded under the name. */
  recorded(name: string): Json | undefined;
  /** All records by name, oldest first. */
  readonly records: ReadonlyMap<string, Json>;
  /** Records a result. The first one under a name stays. */
  record(name: string, value: Json): Promise<void>;
  /** Resolves with true for exactly one caller per key, for ever: to be called right before a side effect. */
  claim(key: string): Promise<boolean>;
  /** Every key that was claimed. */
  readonly claims: ReadonlySet<string>;
  close(): Promise<void>;
}
