import type { RunFailure } from '../errors.ts';
import { raceAbort, TimeLimitError, withTimeLimit } from '../../internal/abort.ts';
import { createCallJournal, journalFailed, type CallJournal } from './call-journal.ts';
import { nextEnd } from './history.ts';
import type { RunLog } from './run-log.ts';
import type { KnownCall } from '../run/known-calls.ts';
import { limits } from '../limits.ts';

/** The way a run obtains its journal. */
export interface JournalSource {
  /** The journal that the caller has opened, and closes. */
  readonly opened: RunLog | undefined;
  /** @param firstRunId the first id that the API gave the run */
  readonly open: (firstRunId: string, threadId: string) => Promise<RunLog>;
}

/** A run's journal, opened on first use: before the first call at the latest. */
export interface LazyJournal {
  /** Undefined until it is open. */
  readonly calls: CallJournal | undefined;
  open(): Promise<RunLog>;
  /** Records a call's output, before it is submitted. Never rejects: a failed write ends the run. */
  recordOutput(call: KnownCall | undefined): Promise<void>;
  /** Records the run's end if the journal is open. */
  ended(runId: string, how: { readonly status?: string; readonly code?: string }): Promise<void>;
  /** Opens the journal, then calls `work`. If opening fails, ends the run first. */
  before(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param open opens the run's journal; called once, after the API has returned the run's id
 * @param signal the run's
 * @param end ends the run
 */
export function createLazyJournal(
  opened: RunLog | undefined,
  open: () => Promise<RunLog>,
  signal: AbortSignal,
  end: (reason: RunFailure) => void,
): LazyJournal {
  let opening = opened && Promise.resolve(opened);
  let endTimedOut = false;
  let calls = opened && createCallJournal(opened, signal, end);
  const openOnce = async (): Promise<RunLog> => {
    opening ??= open();
    const journal = await opening;
    calls ??= createCallJournal(journal, signal, end);
    return journal;
  };
  return {
    get calls() {
      return calls;
    },
    open: async () =>
      openOnce().catch((cause: unknown) => {
        throw journalFailed(cause);
      }),
    async before(work) {
      // A run that has ended does not wait for the disk.
      await raceAbort(openOnce(), signal).catch((cause: unknown) => {
        end(journalFailed(cause));
      });
      await work();
    },
    async recordOutput(known) {
      if (known) await calls?.end({ call: known.call, turn: known.turn }, known.draft);
    },
    async ended(runId, how) {
      if (!opening) return;
      const write = opening.then(async (journal) => {
        // A resumed run can end again. The last end counts.
        await journal.append({ type: 'run-end', number: nextEnd(journal.history), runId, ...how });
      });
      endTimedOut = await timesOut(write);
    },
    async close() {
      if (opened || !opening) return;
      const closed = closeWithinLimit(opening);
      // A disk that timed out once is not awaited again.
      if (!endTimedOut) await closed;
    },
  };
}

/** Closes a journal. Stops waiting after the time limit; never rejects. */
export async function closeWithinLimit(journal: RunLog | Promise<RunLog>): Promise<void> {
  await timesOut(Promise.resolve(journal).then(async (opened) => opened.close()));
}

/** Resolves with true after the time limit, with false when the work resolves or rejects before. */
async function timesOut(work: Promise<unknown>): Promise<boolean> {
  return withTimeLimit(limits.journalCloseMs, undefined, async () => work).then(
    () => false,
    (error: unknown) => error instanceof TimeLimitError,
  );
}
