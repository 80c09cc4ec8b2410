import { argumentsOf, keyOf } from '../call/call-arguments.ts';
import { recordOutput, newRecord } from '../call/finish.ts';
import type { ToolCall } from './driver.ts';
import type { RunJournal } from '../journal/journal.ts';
import {
  callKey,
  JOURNAL_NAMES,
  journaledCalls,
  type JournaledCall,
  type JournalRecords,
  inheritedApprovals,
  openApprovalOf,
  type OpenApproval,
} from '../journal/journaled-calls.ts';
import type { Approval, Decision } from '../gateway/gateway.ts';
import type { CallRecord, Outcome } from '../call/outcome.ts';
import type { RunState } from './run-state.ts';

/** The state of a run as an earlier process left it. */
export interface RunHistory {
  /** The number of turns so far. */
  readonly turns: number;
  /** The turn that requested the call; undefined for an unknown call. */
  turnOf(askedBy: string, call: ToolCall): number | undefined;
  /** Marks a call that the API requests again. */
  markReplayed(askedBy: string, call: ToolCall): void;
  /** The number of replayed calls that had already ended, and so are not run again. */
  readonly replayed: number;
  /** Takes the record of a call that gets an output without being started again; undefined if it was never started. */
  take(call: ToolCall): CallRecord | undefined;
  /** The outcomes of the calls that the API has not requested again, oldest first. */
  readonly records: readonly CallRecord[];
}

/**
 * Restores the run's memory from its journal: the calls counted, the denials, the pending approvals and the tools'
 * outputs.
 */
export function replayRun(journal: RunJournal, run: RunState): RunHistory {
  const all = journaledCalls(journal);
  const calls = journal.run.api === 'agents' ? sinceLastEnd(journal, all) : all;
  for (const { call, turn, end } of calls) if (end) replayCall(call, turn, end, run);
  const left = calls.flatMap((call) => (call.end && openApprovalOf(call, journal)) ?? []);
  run.memory.addPending([...inheritedApprovals(journal), ...left]);
  for (const approvalId of usedApprovals(journal, calls)) run.memory.useApproval(approvalId);
  const turns = new Map(calls.map(({ key, turn }) => [key, turn]));
  const records = new Map(calls.map((call) => [call.key, recordOf(call)]));
  const ended = new Set(calls.flatMap(({ key, end }) => (end ? [key] : [])));
  let replayed = 0;
  return {
    turns: Math.max(0, ...turns.values()),
    turnOf: (askedBy, call) => turns.get(callKey(askedBy, call)),
    markReplayed(askedBy, call) {
      const key = callKey(askedBy, call);
      if (ended.has(key)) replayed += 1;
      records.delete(key);
    },
    get replayed() {
      return replayed;
    },
    take(call) {
      // The source of the call is unknown here, so the latest call with its id counts.
      const journaled = calls.findLast((one) => keyOf(one.call) === keyOf(call));
      if (!journaled) return undefined;
      records.delete(journaled.key);
      return journaled.end ?? (journaled.isStarted ? recordOf(journaled) : undefined);
    },
    get records() {
      return [...records.values()];
    },
  };
}

/** The outcome of a call that no process continues. */
export function recordOf({ call, turn, decision, settled, isStarted, end }: JournaledCall): CallRecord {
  if (end) return end;
  const record = { ...newRecord(call, turn), ...factsOf(decision), ...settled };
  if (isStarted) return { ...record, outcome: 'in_doubt', executed: 'unknown' };
  if (decision?.decision === 'DENY') return { ...record, outcome: 'denied' };
  if (settled) return { ...record, outcome: lateOutcome(settled.approval) };
  return decision?.decision === 'REQUIRE_APPROVAL' ? { ...record, outcome: 'approval_pending' } : record;
}

function factsOf(decision: Decision | undefined): Partial<CallRecord> {
  if (!decision) return {};
  const { decision: word, reasonCodes, traceId } = decision;
  const { approvalId, approvalUrl } = decision as Partial<OpenApproval>;
  return {
    decision: word,
    reasonCodes,
    ...(traceId === undefined ? {} : { traceId }),
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(approvalUrl === undefined ? {} : { approvalUrl }),
  };
}

/** The approver's decision on a call that no longer runs, even if approved. */
const LATE: Readonly<Record<string, Outcome>> = {
  pending: 'approval_pending',
  approved: 'not_run',
  denied: 'approval_denied',
  expired: 'approval_expired',
} satisfies Record<Approval['status'], Outcome>;

/** Returns `approval_pending` for an unknown status, which a gateway written in JavaScript may return. */
export function lateOutcome({ status }: Approval): Outcome {
  return LATE[status] ?? 'approval_pending';
}

const DENIED: ReadonlySet<Outcome> = new Set(['denied', 'approval_denied', 'repeated']);

function replayCall(call: ToolCall, turn: number, end: CallRecord, { memory, provenance, settings }: RunState): void {
  memory.spend(call, Infinity);
  if (DENIED.has(end.outcome)) memory.denied(call, argumentsOf(call), turn);
  if (provenance && end.executed !== 'no') recordOutput(end, provenance, settings.messages, end.output);
}

/** Lists the approvals that ended calls used. A call in doubt may still need its approval. */
function usedApprovals({ records }: JournalRecords, calls: readonly JournaledCall[]): readonly string[] {
  const start = JOURNAL_NAMES.used('');
  const ended = new Set(calls.filter(({ end }) => end).map(({ key }) => key));
  return [...records].flatMap(([name, key]) =>
    name.startsWith(start) && ended.has(key as string) ? [name.slice(start.length)] : [],
  );
}

/** Returns the calls since the last end: a session's journal holds one run per input. */
function sinceLastEnd({ records }: JournalRecords, calls: readonly JournaledCall[]): readonly JournaledCall[] {
  const names = [...records.keys()];
  const last = names.findLastIndex((name) => name.startsWith(JOURNAL_NAMES.ended('')));
  const since = new Set(names.slice(last + 1));
  return calls.filter(({ key }) => since.has(JOURNAL_NAMES.call(key)));
}
