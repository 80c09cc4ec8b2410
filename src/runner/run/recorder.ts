import { Limit } from '../../internal/abort.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { RunFailure } from '../errors.ts';
import {
  plain,
  type JournaledRun,
  type JournalEvent,
  type JournalEventOf,
  type OpenApproval,
  type SentInput,
} from '../journal/events.ts';
import type { Journal, Json } from '../journal/journal.ts';
import type { KeyLog } from '../journal/key-log.ts';
import { closeWithinLimit, journalFailed, RunLog, timesOut } from '../journal/run-log.ts';

/** A run, as it is at its start. */
export interface RunFacts {
  readonly api: JournaledRun['api'];
  /** Id of the thread, conversation or session. If undefined, the first run id stands for it. */
  readonly threadId: string | undefined;
  readonly assistantId?: string | undefined;
  /** The request, which a later process needs to resume the run. */
  readonly request?: object | undefined;
  /** The run's journal, if it is already open. The caller that opened it closes it. */
  readonly opened?: RunLog | undefined;
  /** Approvals that are still pending from the expired run that this run replaces. */
  readonly openApprovals?: readonly OpenApproval[] | undefined;
  /** The journal of the run's `runKey`. */
  readonly keyed?: KeyLog | undefined;
  /** Runs before the run's journal is created, and so before its first call. */
  readonly beforeJournal?: ((firstRunId: string) => Promise<void>) | undefined;
}

/** The run that is recorded. */
interface Recorded {
  readonly threadId: string;
  readonly settings: { readonly principal: { readonly id: string } | undefined };
  readonly runIds: { readonly first?: string };
  readonly signal: AbortSignal;
  end(reason: RunFailure): void;
}

/** Records a run in its journal, which it opens at the first use. */
export class Recorder {
  /** The journal, once it is open. */
  log: RunLog | undefined;
  readonly #journal: Journal;
  readonly #facts: RunFacts;
  readonly #request: Json | undefined;
  readonly #run: Recorded;
  #opening: Promise<RunLog> | undefined;
  /** Settles when the journal of the key has the run's id. */
  #named: Promise<unknown> | undefined;
  #isDiskSlow = false;
  #isClosed = false;

  constructor(journal: Journal, facts: RunFacts, run: Recorded) {
    this.#journal = journal;
    this.#facts = facts;
    this.#run = run;
    // Copied now: the caller may change the object during the run.
    this.#request = facts.request && plain(facts.request);
    this.log = facts.opened;
    this.#opening = this.log && Promise.resolve(this.log);
    this.#endWhenLost(facts.keyed?.signal);
    this.#endWhenLost(this.log?.signal);
  }

  /** True if a later call finds the run at the API by its `runKey`, also without a journal. */
  get isFoundByKey(): boolean {
    return this.#facts.keyed !== undefined && this.#facts.api !== 'responses';
  }

  /** The API gave the run an id. */
  named(runId: string): void {
    // A run of the Responses API is resumed by its journal's id, and a session's turn may be another client's.
    if (this.#facts.api === 'assistants') this.resumesBy(runId);
  }

  /**
   * Records in the journal of the key that the input of a session is about to be sent.
   *
   * @returns the idempotency key to send it with; undefined without a `runKey`
   */
  async sends(input: Omit<SentInput, 'idempotencyKey'>): Promise<string | undefined> {
    try {
      return await new Limit(this.#run.signal).within(async () => this.#facts.keyed?.sends(input));
    } catch (cause) {
      throw journalFailed(cause);
    }
  }

  /** Records the id that resumes the run in the journal of its key. The first id counts. */
  resumesBy(runId: string): void {
    this.#named ??= this.#facts.keyed?.began(runId);
    this.#named?.catch((cause: unknown) => {
      this.#run.end(journalFailed(cause));
    });
  }

  /** Ends the run when its journal can no longer be written to. */
  #endWhenLost(signal: AbortSignal | undefined): void {
    const end = (): void => {
      this.#run.end(journalFailed(signal?.reason));
    };
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  }

  /** Opens the run's journal if necessary. Drivers read it after a crash. */
  async open(): Promise<RunLog> {
    try {
      // The API's response may come late: nothing would close the journal.
      if (this.#isClosed) throw new Error('The run has ended.');
      // At the first use: before the first call at the latest.
      this.#opening ??= this.#open();
      const log = (this.log = await this.#opening);
      if (log.run.api === 'responses') this.resumesBy(log.run.id);
      await this.#named;
      return log;
    } catch (cause) {
      throw journalFailed(cause);
    }
  }

  /**
   * Opens the journal of a run in a conversation before its first request.
   *
   * @param after the newest item of the conversation, null if it is empty, undefined if unknown
   * @throws RunFailure while another run that began after this item is open
   */
  async openAfter(after: string | null | undefined): Promise<RunLog> {
    this.#opening ??= RunLog.begin(this.#journal, this.#started({ after }));
    return this.open();
  }

  async #open(): Promise<RunLog> {
    const { api, openApprovals, beforeJournal } = this.#facts;
    const { threadId, runIds } = this.#run;
    const first = runIds.first ?? '';
    await beforeJournal?.(first);
    await this.#named;
    const id = api === 'agents' ? threadId : first;
    const log = await RunLog.open(this.#journal, { ...this.#started(), id }, openApprovals);
    this.#endWhenLost(log.signal);
    return log;
  }

  #started(more: { readonly after?: string | null | undefined } = {}): Omit<JournaledRun, 'id'> {
    const { api, assistantId, keyed } = this.#facts;
    return omitUndefined({
      api,
      threadId: this.#run.threadId,
      assistantId,
      principalId: this.#run.settings.principal?.id,
      request: this.#request,
      runKey: keyed?.key,
      ...more,
    });
  }

  /**
   * Appends an event to the journal. Resolves once it is on disk: with true if no earlier event has its key. A failed
   * write ends the run, because a step that cannot be recorded must not be taken.
   *
   * @param signal aborts when the step is no longer to be taken. Default: the run's
   * @throws the signal's reason when it aborts
   */
  async append(event: JournalEvent, signal: AbortSignal = this.#run.signal): Promise<boolean> {
    try {
      if (!this.log) throw new Error('The journal is not open.');
      const appended = this.log.append(event);
      return await new Limit(signal).within(appended);
    } catch (cause) {
      signal.throwIfAborted();
      const reason = journalFailed(cause);
      this.#run.end(reason);
      throw reason;
    }
  }

  /** Records the end of the run, if its journal was opened. Stops waiting for the disk after a time limit. */
  async recordEnd(end: Omit<JournalEventOf<'run-end'>, 'type' | 'number' | 'runKey' | 'by'>): Promise<void> {
    if (!this.#opening) return;
    const runKey = this.#facts.keyed?.key;
    const write = this.#opening.then(async (log) =>
      log.append({ type: 'run-end', number: log.history.nextEnd, ...end, ...omitUndefined({ runKey }) }),
    );
    this.#isDiskSlow = await timesOut(write);
  }

  /** Closes the journal that it has opened. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#facts.opened || !this.#opening) return;
    const closed = closeWithinLimit(this.#opening);
    // A disk that timed out once is not awaited again.
    if (!this.#isDiskSlow) await closed;
  }
}
