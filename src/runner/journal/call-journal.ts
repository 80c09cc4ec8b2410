import type { CallRecord, RecordDraft } from '../call/outcome.ts';
import { RunFailure } from '../errors.ts';
import { raceAbort } from '../../internal/abort.ts';
import { isSameCall } from '../call/call-arguments.ts';
import type { ToolCall } from '../run/driver.ts';
import { plain, type RunJournal } from './journal.ts';
import type { Decision } from '../gateway/gateway.ts';
import { JOURNAL_NAMES, callKey, stored, type AskedCall, type SettledApproval } from './journaled-calls.ts';

/** The journal of one run as its calls use it. A method resolves once its write is on disk. */
export interface CallJournal {
  /** Whether an earlier process knew another call by this id: nothing that is recorded is of this one. */
  isOther(of: OfCall): boolean;
  /** The outcome of the call, if an earlier process recorded it. */
  ended(of: OfCall): CallRecord | undefined;
  /** Returns true if the call's handler was started, or was about to be. */
  isStarted(of: OfCall): boolean;
  /** Records that the handler is about to start. False when it was before. */
  start(of: OfCall): Promise<boolean>;
  /** Never rejects: what became of the call is so all the same, and the run is ended. */
  end(of: OfCall, draft: RecordDraft): Promise<void>;
  /** Records the gateway's decision. */
  decision(of: OfCall): Decision | undefined;
  decided(of: OfCall, decision: Decision): Promise<void>;
  /** Records the approver's decision; never `pending`. */
  approval(of: OfCall): SettledApproval | undefined;
  approvalSettled(of: OfCall, settled: SettledApproval): Promise<void>;
  /** An approval clears one call. False when another one has used it. */
  useApproval(of: OfCall, approvalId: string): Promise<boolean>;
}

interface OfCall {
  readonly call: ToolCall;
  readonly turn: { readonly runId: string; readonly number: number };
  readonly tool?: { readonly idempotent: boolean } | undefined;
}

/**
 * @param signal stops waiting for the disk when it aborts; writes that began still complete
 * @param end ends the run: a step that cannot be recorded must not be taken
 */
export function createCallJournal(
  journal: RunJournal,
  signal: AbortSignal,
  end: (reason: RunFailure) => void,
): CallJournal {
  const keyOf = ({ call, turn }: OfCall): string => callKey(turn.runId, call);
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await raceAbort(write(), signal);
    } catch (cause) {
      signal.throwIfAborted();
      const reason = journalFailed(cause);
      end(reason);
      throw reason;
    }
  };
  /** Together with what the call is, unless that is there already. */
  const ofCall = async <T>(of: OfCall, write: (key: string) => Promise<T>): Promise<T> =>
    writing(async () => {
      const key = keyOf(of);
      const name = JOURNAL_NAMES.call(key);
      // Before it in the file, and in one write with it.
      const asked = journal.record(name, journal.recorded(name) ?? plain(askedCall(of)));
      const [, result] = await Promise.all([asked, write(key)]);
      return result;
    });
  const record = async (of: OfCall, nameOf: (key: string) => string, value: object): Promise<void> =>
    ofCall(of, async (key) => journal.record(nameOf(key), plain(value)));

  return {
    isOther(of) {
      const asked = stored(journal.records, 'call', keyOf(of));
      return asked !== undefined && !isSameCall(asked.call, of.call);
    },
    ended: (of) => stored(journal.records, 'end', keyOf(of)),
    isStarted: (of) => journal.claims.has(JOURNAL_NAMES.start(keyOf(of))),
    start: async (of) => ofCall(of, async (key) => journal.claim(JOURNAL_NAMES.start(key))),
    end: async (of, draft) => {
      const { error, ...kept } = draft;
      const ended = error === undefined ? kept : { ...kept, error: wordsOf(error) };
      await record(of, JOURNAL_NAMES.end, ended).catch(() => undefined);
    },
    decision: (of) => stored(journal.records, 'decision', keyOf(of)),
    decided: async (of, { raw: _, ...decision }) => record(of, JOURNAL_NAMES.decision, decision),
    approval: (of) => stored(journal.records, 'approval', keyOf(of)),
    approvalSettled: async (of, settled) => record(of, JOURNAL_NAMES.approval, settled),
    async useApproval(of, approvalId) {
      const name = JOURNAL_NAMES.used(approvalId);
      await writing(async () => journal.record(name, keyOf(of)));
      return journal.recorded(name) === keyOf(of);
    },
  };
}

/** Creates the failure of a run whose journal is unavailable. */
export function journalFailed(cause: unknown): RunFailure {
  const says = cause instanceof Error ? cause.message : String(cause);
  const ownedByAnotherProcess = (cause as { code?: unknown } | null)?.code === 'ELOCKED';
  return new RunFailure('journal', `The run's journal failed: ${says}`, { cause, ownedByAnotherProcess });
}

const MAX_ERROR_LENGTH = 1_000;

/** What stays of what was thrown, which may be anything. */
function wordsOf(error: unknown): string {
  try {
    return String(error).slice(0, MAX_ERROR_LENGTH);
  } catch {
    return 'an error that cannot be converted to a string';
  }
}

function askedCall({ call, turn, tool }: OfCall): AskedCall {
  return { askedBy: turn.runId, turn: turn.number, call, ...(tool?.idempotent ? { idempotent: true } : {}) };
}
