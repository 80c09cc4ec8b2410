import type { CallRecord, RecordDraft } from '../call/outcome.ts';
import { RunFailure } from '../errors.ts';
import { raceAbort } from '../../internal/abort.ts';
import { isSameCall } from '../call/call-arguments.ts';
import type { ToolCall } from '../run/driver.ts';
import { plain, type RunJournal } from './journal.ts';
import type { Decision } from '../gateway/gateway.ts';
import { JOURNAL_NAMES, callKey, stored, type AskedCall, type SettledApproval } from './journaled-calls.ts';

/** The part of a run's journal that its calls use. A method resolves once its write is on disk. */
export interface CallJournal {
  /** Returns true if the records under this id belong to a different call of an earlier process. */
  isOther(ref: CallRef): boolean;
  /** The outcome of the call, if an earlier process recorded it. */
  ended(ref: CallRef): CallRecord | undefined;
  /** Returns true if the call's handler was started, or was about to be. */
  isStarted(ref: CallRef): boolean;
  /** Records that the handler is about to start. Resolves with false if that was recorded before. */
  start(ref: CallRef): Promise<boolean>;
  /** Records the outcome. Never rejects: a failed write ends the run. */
  end(ref: CallRef, draft: RecordDraft): Promise<void>;
  /** The gateway's decision, if recorded. */
  decision(ref: CallRef): Decision | undefined;
  /** Records the gateway's decision. */
  decided(ref: CallRef, decision: Decision): Promise<void>;
  /** The approver's decision, if recorded; never `pending`. */
  approval(ref: CallRef): SettledApproval | undefined;
  /** Records the approver's decision. */
  approvalSettled(ref: CallRef, settled: SettledApproval): Promise<void>;
  /** Uses an approval for this call. Resolves with false if another call has used it: an approval allows one call. */
  useApproval(ref: CallRef, approvalId: string): Promise<boolean>;
}

/** A call of a turn. The journal identifies it by the turn's `runId` and the call's id. */
interface CallRef {
  readonly call: ToolCall;
  readonly turn: { readonly runId: string; readonly number: number };
  readonly tool?: { readonly idempotent: boolean } | undefined;
}

/**
 * @param signal stops waiting for the disk when it aborts; writes that began still complete
 * @param end ends the run, because the runner takes no step that it cannot record
 */
export function createCallJournal(
  journal: RunJournal,
  signal: AbortSignal,
  end: (reason: RunFailure) => void,
): CallJournal {
  const keyOf = ({ call, turn }: CallRef): string => callKey(turn.runId, call);
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
  /** Writes together with the record of the call itself, unless that exists. */
  const withCall = async <T>(ref: CallRef, write: (key: string) => Promise<T>): Promise<T> =>
    writing(async () => {
      const key = keyOf(ref);
      const name = JOURNAL_NAMES.call(key);
      // Starts first, so that it precedes the other record in the file, and shares its write.
      const asked = journal.record(name, journal.recorded(name) ?? plain(askedCall(ref)));
      const [, result] = await Promise.all([asked, write(key)]);
      return result;
    });
  const record = async (ref: CallRef, nameOf: (key: string) => string, value: object): Promise<void> =>
    withCall(ref, async (key) => journal.record(nameOf(key), plain(value)));

  return {
    isOther(ref) {
      const asked = stored(journal.records, 'call', keyOf(ref));
      return asked !== undefined && !isSameCall(asked.call, ref.call);
    },
    ended: (ref) => stored(journal.records, 'end', keyOf(ref)),
    isStarted: (ref) => journal.claims.has(JOURNAL_NAMES.start(keyOf(ref))),
    start: async (ref) => withCall(ref, async (key) => journal.claim(JOURNAL_NAMES.start(key))),
    end: async (ref, draft) => {
      const { error, ...kept } = draft;
      const ended = error === undefined ? kept : { ...kept, error: errorText(error) };
      await record(ref, JOURNAL_NAMES.end, ended).catch(() => undefined);
    },
    decision: (ref) => stored(journal.records, 'decision', keyOf(ref)),
    decided: async (ref, { raw: _, ...decision }) => record(ref, JOURNAL_NAMES.decision, decision),
    approval: (ref) => stored(journal.records, 'approval', keyOf(ref)),
    approvalSettled: async (ref, settled) => record(ref, JOURNAL_NAMES.approval, settled),
    async useApproval(ref, approvalId) {
      const name = JOURNAL_NAMES.used(approvalId);
      await writing(async () => journal.record(name, keyOf(ref)));
      return journal.recorded(name) === keyOf(ref);
    },
  };
}

/** Creates the failure of a run whose journal is unavailable. */
export function journalFailed(cause: unknown): RunFailure {
  const message = cause instanceof Error ? cause.message : String(cause);
  const ownedByAnotherProcess = (cause as { code?: unknown } | null)?.code === 'ELOCKED';
  return new RunFailure('journal', `The run's journal failed: ${message}`, { cause, ownedByAnotherProcess });
}

const MAX_ERROR_LENGTH = 1_000;

/** Converts a thrown value, of any type, to a string of limited length. */
function errorText(error: unknown): string {
  try {
    return String(error).slice(0, MAX_ERROR_LENGTH);
  } catch {
    return 'an error that cannot be converted to a string';
  }
}

function askedCall({ call, turn, tool }: CallRef): AskedCall {
  return { askedBy: turn.runId, turn: turn.number, call, ...(tool?.idempotent ? { idempotent: true } : {}) };
}
