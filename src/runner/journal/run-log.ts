import { TimeLimitError, withTimeLimit } from '../../internal/abort.ts';
import { hasMethods, shown } from '../../internal/checks.ts';
import { isJsonObject } from '../../internal/json.ts';
import { RunFailure } from '../errors.ts';
import { limits } from '../limits.ts';
import { eventKey, type JournaledRun, type JournalEvent, type OpenApproval } from './events.ts';
import { fold, type GrowingHistory, type RunHistory } from './history.ts';
import { plain, type Journal, type RunJournal } from './journal.ts';

/** The list of a run's events, in its journal: the only writer of it. */
export class RunLog {
  readonly #journal: RunJournal;
  readonly #history: GrowingHistory;
  /** Events that wait to be written together with the next one. */
  readonly #noted: JournalEvent[] = [];
  #notes: Promise<unknown> = Promise.resolve();

  private constructor(journal: RunJournal) {
    this.#journal = journal;
    this.#history = fold(journal.entries);
  }

  /** Opens the journal of a run, or creates it. */
  static async open(journal: Journal, run: JournaledRun, inherited: readonly OpenApproval[] = []): Promise<RunLog> {
    const opened = await journal.open(run.id);
    checkRunJournal('open', opened);
    return closingOnError(opened, async () => {
      const log = new RunLog(opened);
      if (!log.history.run)
        await log.append({ type: 'run-start', run, ...(inherited.length > 0 ? { inherited } : {}) });
      return log;
    });
  }

  /** Opens the journal of a run that an earlier process served; undefined if it has none. */
  static async reopen(journal: Journal, runId: string): Promise<RunLog | undefined> {
    const opened = await journal.reopen(runId);
    if (opened === undefined) return undefined;
    checkRunJournal('reopen', opened);
    const log = await closingOnError(opened, async () => new RunLog(opened));
    if (log.history.run) return log;
    await log.close();
    return undefined;
  }

  /** What happened so far. */
  get history(): RunHistory {
    return this.#history.now;
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
    if (!isJsonObject(kept))
      throw new TypeError(`journal.append returned ${shown(kept)}; it must return the event that is under the key.`);
    if (kept !== stored) return false;
    this.#history.add(event, new Date());
    return true;
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }
}

/** @throws TypeError for a custom journal that breaks the contract. In JavaScript, it may return anything. */
function checkRunJournal(method: string, opened: unknown): void {
  const isUsable = hasMethods(opened, ['append', 'close']) && Array.isArray((opened as RunJournal).entries);
  if (!isUsable)
    throw new TypeError(`journal.${method} returned ${shown(opened)}; it must return { entries, append, close }.`);
}

/** Releases the journal if it cannot be used. */
async function closingOnError<T>(opened: RunJournal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await timesOut(opened.close());
    throw error;
  }
}

/** Creates the failure of a run whose journal is unavailable. */
export function journalFailed(cause: unknown): RunFailure {
  const message = cause instanceof Error ? cause.message : String(cause);
  const { code, isLost: losesJournal = false } = Object(cause) as { code?: unknown; isLost?: boolean };
  const ownedByAnotherProcess = code === 'ELOCKED';
  return new RunFailure('journal', `The run's journal failed: ${message}`, {
    cause,
    ownedByAnotherProcess,
    losesJournal,
  });
}

/** Closes a journal. Stops waiting after the time limit; never rejects. */
export async function closeWithinLimit(log: RunLog | Promise<RunLog>): Promise<void> {
  await timesOut(Promise.resolve(log).then(async (opened) => opened.close()));
}

/** Resolves with true after the time limit, with false when the work resolves or rejects before. */
export async function timesOut(work: Promise<unknown>): Promise<boolean> {
  return withTimeLimit(limits.journalCloseMs, undefined, async () => work).then(
    () => false,
    (error: unknown) => error instanceof TimeLimitError,
  );
}

/** The way a run obtains its journal. */
export interface JournalSource {
  /** The journal that the caller has opened, and closes. */
  readonly opened: RunLog | undefined;
  /** @param firstRunId the first id that the API gave the run */
  readonly open: (firstRunId: string, threadId: string) => Promise<RunLog>;
}
