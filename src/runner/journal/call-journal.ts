import type { CallRecord, RecordDraft } from '../call/outcome.ts';
import { RunFailure } from '../errors.ts';
import { raceAbort } from '../../internal/abort.ts';
import { isSameCall } from '../call/tool-call.ts';
import type { ToolCall } from '../call/tool-call.ts';
import type { Decision } from '../gateway/gateway.ts';
import { callKey, type JournalEvent } from './events.ts';
import type { CallHistory } from './history.ts';
import type { RunLog } from './run-log.ts';

/** The journal of one run as its calls use it. A method resolves once its write is on disk. */
export interface CallJournal {
  /** True if an earlier process recorded another call under this id. Its records are not about this call. */
  isOther(of: OfCall): boolean;
  /** The outcome of the call, if an earlier process recorded it. */
  ended(of: OfCall): CallRecord | undefined;
  /** Returns true if the call's handler was started, or was about to be. */
  isStarted(of: OfCall): boolean;
  /** Records that the handler is about to start. Returns false if it was recorded before. */
  start(of: OfCall): Promise<boolean>;
  /** Records the outcome. Never rejects, because the call has happened; a failed write ends the run. */
  end(of: OfCall, draft: RecordDraft): Promise<void>;
  /** The gateway's decision, if recorded. */
  decision(of: OfCall): Decision | undefined;
  decided(of: OfCall, decision: Decision): Promise<void>;
  /** The approver's decision, if recorded; never `pending`. */
  approval(of: OfCall): CallHistory['settled'];
  approvalSettled(of: OfCall, settled: NonNullable<CallHistory['settled']>): Promise<void>;
  /** Uses an approval, which clears one call. Returns false if another call has used it. */
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
export function createCallJournal(log: RunLog, signal: AbortSignal, end: (reason: RunFailure) => void): CallJournal {
  const keyOf = ({ call, turn }: OfCall): string => callKey(turn.runId, call);
  const pastOf = (of: OfCall): CallHistory | undefined => log.history.calls.get(keyOf(of));
  const append = async (event: JournalEvent): Promise<boolean> => {
    try {
      return await raceAbort(log.append(event), signal);
    } catch (cause) {
      signal.throwIfAborted();
      const reason = journalFailed(cause);
      end(reason);
      throw reason;
    }
  };
  /** Appends the event together with the call itself, unless that is recorded. */
  const ofCall = async (of: OfCall, event: JournalEvent): Promise<boolean> => {
    const { call, turn, tool } = of;
    const key = keyOf(of);
    if (!log.history.calls.has(key)) {
      const facts = { askedBy: turn.runId, turn: turn.number, request: call };
      log.note({ type: 'tool-call', call: key, ...facts, ...(tool?.idempotent ? { idempotent: true } : {}) });
    }
    return append(event);
  };

  return {
    isOther(of) {
      const past = pastOf(of);
      return past !== undefined && !isSameCall(past.call, of.call);
    },
    ended: (of) => pastOf(of)?.end,
    isStarted: (of) => pastOf(of)?.isStarted === true,
    start: async (of) => ofCall(of, { type: 'handler-start', call: keyOf(of) }),
    end: async (of, { error, ...draft }) => {
      const record = error === undefined ? draft : { ...draft, error: messageOf(error) };
      await ofCall(of, { type: 'call-end', call: keyOf(of), record }).catch(() => undefined);
    },
    decision: (of) => pastOf(of)?.decision,
    decided: async (of, { raw: _, ...decision }) => {
      await ofCall(of, { type: 'decision', call: keyOf(of), decision: decision as Decision });
    },
    approval: (of) => pastOf(of)?.settled,
    approvalSettled: async (of, settled) => {
      await ofCall(of, { type: 'approval-settled', call: keyOf(of), ...settled });
    },
    async useApproval(of, approvalId) {
      const key = keyOf(of);
      const isFirst = await append({ type: 'approval-used', approvalId, call: key });
      return isFirst || log.history.usedApprovals.get(approvalId) === key;
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

/** Converts a thrown value to a string for the journal. Any value can be thrown. */
function messageOf(error: unknown): string {
  try {
    return String(error).slice(0, MAX_ERROR_LENGTH);
  } catch {
    return 'an error that cannot be converted to a string';
  }
}
