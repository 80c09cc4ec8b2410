import { createHash } from 'node:crypto';
import { Limit, TimeLimitError } from '../../internal/abort.ts';
import { hasMethods, shown } from '../../internal/checks.ts';
import { isJsonObject } from '../../internal/json.ts';
import { RunFailure } from '../errors.ts';
import { limits } from '../limits.ts';
import { eventKey, plain, type JournaledRun, type JournalEvent, type OpenApproval } from './events.ts';
import { RunHistory } from './history.ts';
import type { Journal, RunJournal } from './journal.ts';
import { messageOf } from '../../internal/error-message.ts';

/** A run that the API has not given an id yet. */
type NewRun = Omit<JournaledRun, 'id'>;

/** The list of a run's events, in its journal: the only writer of it. */
export class RunLog {
  readonly #journal: RunJournal;
  /** What happened so far. Grows with each append. */
  readonly history: RunHistory;
  /** Events that wait to be written together with the next one. */
  readonly #noted: JournalEvent[] = [];
  #notes: Promise<unknown> = Promise.resolve();
  #isNew = false;
  #isClosed = false;

  private constructor(journal: RunJournal) {
    this.#journal = journal;
    this.history = new RunHistory(journal.entries);
  }

  /** Opens the journal of a run, or creates it. */
  static async open(journal: Journal, run: JournaledRun, inherited?: readonly OpenApproval[]): Promise<RunLog> {
    return RunLog.#of(checked('open', await journal.open(run.id)), run, inherited);
  }

  /** Opens a journal, or creates it, without a run. */
  static async openEmpty(journal: Journal, id: string): Promise<RunLog> {
    return RunLog.#of(checked('open', await journal.open(id)));
  }

  /**
   * Opens a new journal for a run in a conversation, before the API has given it an id. Runs that begin after the same
   * item share one sequence of ids, so that at most one of them is open: what follows the item belongs to it.
   *
   * @throws RunFailure while such a run is open
   */
  static async begin(journal: Journal, run: NewRun): Promise<RunLog> {
    for (let attempt = 1; ; attempt += 1) {
      const id = idAfter(run, attempt);
      const log = await RunLog.#of(await openUnlessServed(journal, run, id), { id, ...run });
      if (log.#isNew) return log;
      await log.close();
      if (!log.history.end) throw interrupted(run, id);
    }
  }

  /** Opens the journal of a run that an earlier process served; undefined if it has none. */
  static async reopen(journal: Journal, runId: string): Promise<RunLog | undefined> {
    const opened = await journal.reopen(runId);
    if (opened === undefined) return undefined;
    const log = await RunLog.#of(checked('reopen', opened));
    if (log.history.run) return log;
    await log.close();
    return undefined;
  }

  /** Reads a journal, and starts its run if it has none. Releases a journal that cannot be used. */
  static async #of(opened: RunJournal, run?: JournaledRun, inherited: readonly OpenApproval[] = []): Promise<RunLog> {
    try {
      const log = new RunLog(opened);
      log.#isNew = run !== undefined && !log.history.run;
      if (run && log.#isNew)
        await log.append({ type: 'run-start', run, ...(inherited.length > 0 ? { inherited } : {}) });
      return log;
    } catch (error) {
      await timesOut(opened.close());
      throw error;
    }
  }

  /** @throws TypeError for a journal without a run, which neither `open` nor `reopen` returns */
  get run(): JournaledRun {
    const { run } = this.history;
    if (!run) throw new TypeError('The journal has no run.');
    return run;
  }

  /** Records an event with the next `append`, before it and in the same write. */
  note(event: JournalEvent): void {
    this.#noted.push(event);
  }

  /**
   * Records an event, once it and all noted ones are on disk.
   *
   * @returns false if the journal has an earlier event under its key, which then counts
   */
  async append(event: JournalEvent): Promise<boolean> {
    if (this.#isClosed) throw new Error('The journal is closed.');
    if (this.#noted.length > 0) {
      // Also the notes that another append is writing: a call must be on disk before its steps.
      const writes = this.#noted.splice(0).map(async (one) => this.#write(one));
      this.#notes = Promise.all([this.#notes, ...writes]).then(() => undefined);
    }
    const [isAccepted] = await Promise.all([this.#write(event), this.#notes]);
    return isAccepted;
  }

  async #write(event: JournalEvent): Promise<boolean> {
    const stored = plain(event);
    const kept: unknown = await this.#journal.append(eventKey(event), stored);
    if (kept === stored) {
      this.history.add(event, new Date());
      return true;
    }
    if (isJsonObject(kept)) return false;
    throw new TypeError(`journal.append returned ${shown(kept)}; it must return the event that is under the key.`);
  }

  /** Aborts when the journal can no longer be written to. */
  get signal(): AbortSignal | undefined {
    return this.#journal.signal;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#journal.close();
  }
}

/** @throws TypeError for a custom journal that breaks the contract. In JavaScript, it may return anything. */
function checked(method: string, opened: RunJournal): RunJournal {
  if (hasMethods(opened, ['append', 'close']) && Array.isArray(opened.entries)) return opened;
  throw new TypeError(`journal.${method} returned ${shown(opened)}; it must return { entries, append, close }.`);
}

/** Names a run by its conversation, the item before it and the number of runs that began there, this one included. */
function idAfter({ threadId, after }: NewRun, attempt: number): string {
  const place = JSON.stringify({ threadId, after, attempt });
  return `guarded_${createHash('sha256').update(place).digest('hex').slice(0, 32)}`;
}

async function openUnlessServed(journal: Journal, { threadId }: NewRun, id: string): Promise<RunJournal> {
  try {
    return checked('open', await journal.open(id));
  } catch (cause) {
    if (!isLocked(cause)) throw cause;
    const message = `Another process is serving conversation ${threadId}: ${messageOf(cause)}`;
    throw new RunFailure('active_run', message, { cause, activeRunId: id });
  }
}

function interrupted({ threadId }: NewRun, id: string): RunFailure {
  const message = `Conversation ${threadId} has an interrupted run, whose first response is not known. Call resumeResponses("${id}") to continue it, or cancel("${id}") to give it up.`;
  return new RunFailure('active_run', message, { activeRunId: id });
}

/** Creates the failure of a run whose journal is unavailable. */
export function journalFailed(cause: unknown): RunFailure {
  if (cause instanceof RunFailure) return cause;
  const { isLost: losesJournal = false } = Object(cause) as { isLost?: boolean };
  return new RunFailure('journal', `The run's journal failed: ${messageOf(cause)}`, {
    cause,
    ownedByAnotherProcess: isLocked(cause),
    losesJournal,
  });
}

function isLocked(error: unknown): boolean {
  return (Object(error) as { code?: unknown }).code === 'ELOCKED';
}

type Closable = Pick<RunJournal, 'close'>;

/** Closes a journal. Stops waiting after the time limit; never rejects. */
export async function closeWithinLimit(log: Closable | Promise<Closable>): Promise<void> {
  await timesOut(Promise.resolve(log).then(async (opened) => opened.close()));
}

/** Resolves with true after the time limit, with false when the work resolves or rejects before. */
export async function timesOut(work: Promise<unknown>): Promise<boolean> {
  try {
    await new Limit(undefined, limits.journalCloseMs).within(work);
    return false;
  } catch (error) {
    return error instanceof TimeLimitError;
  }
}
