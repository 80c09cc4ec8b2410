import type { RunFailure } from '../errors.ts';
import { raceAbort, TimeLimitError, withTimeLimit } from '../../internal/abort.ts';
import { createCallJournal, journalFailed, type CallJournal } from './call-journal.ts';
import type { Json, RunJournal } from './journal.ts';
import { JOURNAL_NAMES, freeName } from './journaled-calls.ts';
import type { KnownCall } from '../run/known-calls.ts';
import { limits } from '../limits.ts';

/** The way a run obtains its journal. */
export interface JournalSource {
  /** The journal that the caller has opened, and closes. */
  readonly opened: RunJournal | undefined;
  /** @param firstRunId the first id that the API gave the run */
  readonly open: (firstRunId: string, threadId: string) => Promise<RunJournal>;
}

/** A run's journal, which is opened when it is first needed: at the latest when the first call is there. */
export interface LazyJournal {
  /** Undefined until it is open. */
  readonly calls: CallJournal | undefined;
  open(): Promise<RunJournal>;
  /** Records what a call is answered with, before it is. Rejects with nothing: a journal that fails ends the run. */
  recordOutput(call: KnownCall | undefined): Promise<void>;
  /** Records the run's end, if it has a journal. */
  ended(runId: string, how: Json): Promise<void>;
  /** Does the work once the journal is open; when it cannot be had, the run is ended first. */
  before(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param open what the loop knows by then is filled in
 * @param signal the run's
 * @param end ends the run
 */
export function createLazyJournal(
  opened: RunJournal | undefined,
  open: () => Promise<RunJournal>,
  signal: AbortSignal,
  end: (reason: RunFailure) => void,
): LazyJournal {
  let opening = opened && Promise.resolve(opened);
  let isHung = false;
  let calls = opened && createCallJournal(opened, signal, end);
  const openOnce = async (): Promise<RunJournal> => {
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
      // Nor does a run that has ended wait for it.
      await raceAbort(openOnce(), signal).catch((cause: unknown) => {
        end(journalFailed(cause));
      });
      await work();
    },
    async recordOutput(known) {
      if (known) await calls?.end({ call: known.call, turn: known.place }, known.draft);
    },
    async ended(runId, how) {
      if (!opening) return;
      const noted = opening.then(async (journal) => {
        // A run that stayed open can be resumed and end again: the last end counts.
        await journal.record(freeName(journal, JOURNAL_NAMES.ended(runId)), how);
      });
      isHung = await isLate(noted);
    },
    async close() {
      if (opened || !opening) return;
      const closed = closeWithinLimit(opening);
      // It was waited for once.
      if (!isHung) await closed;
    },
  };
}

/** Limits the wait for the disk. */
export async function closeWithinLimit(journal: RunJournal | Promise<RunJournal>): Promise<void> {
  await isLate(Promise.resolve(journal).then(async (own) => own.close()));
}

/** Whether it takes too long; false when it is done, or has failed. */
async function isLate(work: Promise<unknown>): Promise<boolean> {
  return withTimeLimit(limits.journalCloseMs, undefined, async () => work).then(
    () => false,
    (error: unknown) => error instanceof TimeLimitError,
  );
}
