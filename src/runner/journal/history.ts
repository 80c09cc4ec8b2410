import type { JsonObject } from '../../internal/json.ts';
import {
  approvalFacts,
  decisionFacts,
  newRecord,
  type RecordDraft,
  type CallRecord,
  type Outcome,
} from '../call/outcome.ts';
import { argumentsOf, hashOf, type ToolCall } from '../call/tool-call.ts';
import type { Approval, Decision } from '../gateway/gateway.ts';
import { readEvent, type JournaledRun, type JournalEvent, type JournalEventOf, type OpenApproval } from './events.ts';
import type { JournalEntry, Json } from './journal.ts';

/** What happened to one call. */
export interface CallHistory {
  /** Identifies the call within the journal. */
  readonly key: string;
  /** The id of the run, response or turn that requested it. */
  readonly askedBy: string;
  /** The call as the model made it. */
  readonly call: ToolCall;
  /** The turn's number, from 1. */
  readonly turn: number;
  /** The id of the principal on whose behalf the run makes it. */
  readonly principalId: string | undefined;
  /** True if its tool was declared idempotent when the call was requested. */
  readonly idempotent: boolean;
  /** The number of run ends before it: tells the inputs of a session apart. */
  readonly run: number;
  readonly decision: Decision | undefined;
  /** What the decision is for, if that differs from the arguments: see `scannedHashOf`. */
  readonly callHash: string | undefined;
  /** The approver's decision, and the approval's id. */
  readonly settled: { readonly approvalId: string; readonly approval: Approval } | undefined;
  /** True if its handler was started, or was about to be. */
  readonly isStarted: boolean;
  readonly end: CallRecord | undefined;
  /** Times of the gateway's decision, the approver's decision, the handler's start and the call's end. */
  readonly times: Readonly<Partial<Record<'decided' | 'settled' | 'started' | 'ended', Date>>>;
}

/** The steps of a call of which only the request is recorded. */
export const NO_STEPS: Pick<CallHistory, 'decision' | 'callHash' | 'settled' | 'isStarted' | 'end' | 'times'> = {
  decision: undefined,
  callHash: undefined,
  settled: undefined,
  isStarted: false,
  end: undefined,
  times: {},
};

/** One request of a run of the Responses API. */
export interface RequestHistory {
  readonly isSent: boolean;
  /** The asynchronous calls that it answers. */
  readonly late: readonly string[];
  /** The id of its background response, once the API has accepted it. */
  readonly responseId: string | undefined;
  readonly response: Json | undefined;
}

/** What happened to a run so far. */
export interface RunHistory {
  /** Undefined if nothing is recorded. */
  readonly run: JournaledRun | undefined;
  /** The calls in the order in which the journal names them first. */
  readonly calls: ReadonlyMap<string, CallHistory>;
  /** The call that has used each approval, by its id. */
  readonly usedApprovals: ReadonlyMap<string, string>;
  /** The approvals that an expired run, which this run replaces, left unused. */
  readonly inherited: readonly OpenApproval[];
  /** The responses API's requests by number, from 1. */
  readonly requests: ReadonlyMap<number, RequestHistory>;
  readonly ends: readonly JournalEventOf<'run-end'>[];
  /** The end, unless the run went on after it: a session does, with its next input. */
  readonly end: JournalEventOf<'run-end'> | undefined;
  readonly replacedBy: string | undefined;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Steps = Partial<Writable<Pick<CallHistory, 'decision' | 'callHash' | 'settled' | 'isStarted' | 'end'>>> & {
  times: CallHistory['times'];
};
type WritableHistory = Writable<Omit<RunHistory, 'calls' | 'usedApprovals' | 'requests' | 'ends'>> & {
  readonly calls: Map<string, Writable<CallHistory>>;
  /** Steps of calls whose `tool-call` has not arrived yet. */
  readonly unnamed: Map<string, Steps>;
  readonly usedApprovals: Map<string, string>;
  readonly requests: Map<number, RequestHistory>;
  readonly ends: JournalEventOf<'run-end'>[];
};

/** A history to which events are added as they happen. */
export interface GrowingHistory {
  readonly now: RunHistory;
  readonly add: (event: JournalEvent, at: Date) => void;
}

/**
 * Folds the events of a run to what they mean. Nothing else interprets them: resume, park, cancel, expired runs and the
 * command line read its result.
 */
export function fold(entries: readonly JournalEntry[]): GrowingHistory {
  const history: WritableHistory = {
    run: undefined,
    calls: new Map(),
    unnamed: new Map(),
    usedApprovals: new Map(),
    inherited: [],
    requests: new Map(),
    ends: [],
    end: undefined,
    replacedBy: undefined,
  };
  const add = (event: JournalEvent, at: Date): void => {
    apply(history, event, at);
  };
  // Widened: a custom journal may return anything.
  for (const entry of entries as readonly (JournalEntry | null)[])
    add(readEvent(entry?.event), entry?.at ?? new Date(0));
  return { now: history, add };
}

/** After the end of a run, its replacement may start and an approver may decide. */
const MAY_FOLLOW_END: ReadonlySet<string> = new Set(['replaced', 'approval-settled']);

/** Returns true for an event after which the run has ended, false for one after which it is open, otherwise undefined. */
export function endsRun(type: unknown): boolean | undefined {
  if (type === 'run-end' || type === 'key-end') return true;
  return MAY_FOLLOW_END.has(String(type)) ? undefined : false;
}

const NOTHING_SENT: RequestHistory = { isSent: false, late: [], responseId: undefined, response: undefined };

function apply(history: WritableHistory, event: JournalEvent, at: Date): void {
  if (endsRun(event.type) === false) history.end = undefined;
  switch (event.type) {
    case 'run-start':
      history.run = event.run;
      history.inherited = event.inherited ?? [];
      // Recorded before the first request is sent, or with its response.
      if (event.run.api === 'responses') noteRequest(history, 1, { isSent: true });
      return;
    case 'approval-used':
      history.usedApprovals.set(event.approvalId, event.call);
      return;
    case 'run-end':
      history.ends.push(event);
      history.end = event;
      return;
    case 'key-start':
    case 'key-input':
    case 'key-run':
      return;
    case 'key-end':
      history.end = { type: 'run-end', number: event.number, runId: '' };
      return;
    case 'replaced':
      history.replacedBy = event.runId;
      return;
    case 'request':
      noteRequest(history, event.number, { isSent: true, late: event.late ?? [] });
      return;
    case 'request-accepted':
      noteRequest(history, event.number, { responseId: event.responseId });
      return;
    case 'response':
      noteRequest(history, event.number, { response: event.response });
      return;
    case 'tool-call': {
      const { call: key, askedBy, turn, request: call, principalId, idempotent = false } = event;
      const request = { key, askedBy, call, turn, principalId, idempotent, run: history.ends.length };
      history.calls.set(key, { ...NO_STEPS, ...history.unnamed.get(key), ...request });
      history.unnamed.delete(key);
      return;
    }
    case 'decision':
    case 'approval-settled':
    case 'handler-start':
    case 'call-end':
      applyToCall(history.calls.get(event.call) ?? unnamedCall(history, event.call), event, at);
  }
}

function noteRequest({ requests }: WritableHistory, number: number, facts: Partial<RequestHistory>): void {
  requests.set(number, { ...(requests.get(number) ?? NOTHING_SENT), ...facts });
}

/** A store may accept a step of a call before the call itself, if both are appended at the same time. */
function unnamedCall({ unnamed }: WritableHistory, key: string): Steps {
  const steps = unnamed.get(key) ?? { times: {} };
  unnamed.set(key, steps);
  return steps;
}

function applyToCall(
  call: Steps,
  event: JournalEventOf<'decision' | 'approval-settled' | 'handler-start' | 'call-end'>,
  at: Date,
): void {
  switch (event.type) {
    case 'decision':
      call.decision = event.decision;
      if (event.callHash !== undefined) call.callHash = event.callHash;
      call.times = { ...call.times, decided: at };
      return;
    case 'approval-settled':
      call.settled = { approvalId: event.approvalId, approval: event.approval };
      call.times = { ...call.times, settled: at };
      return;
    case 'handler-start':
      call.isStarted = true;
      call.times = { ...call.times, started: at };
      return;
    case 'call-end':
      call.end = event.record;
      call.times = { ...call.times, ended: at };
  }
}

/** Lists the calls since the last end of a run: a session's journal has a run for each input. */
export function currentCalls({ run, calls, ends }: RunHistory): readonly CallHistory[] {
  const all = [...calls.values()];
  return run?.api === 'agents' ? all.filter((call) => call.run === ends.length) : all;
}

/** Returns false if the current run acts for another principal, or for none. */
export function belongsTo(history: RunHistory, principalId: string | undefined): boolean {
  if (history.run?.api !== 'agents') return history.run?.principalId === principalId;
  return currentCalls(history).every((call) => call.principalId === principalId);
}

/** The record of a call that no process continues. */
export function recordOf({ call, turn, principalId, decision, settled, isStarted, end }: CallHistory): CallRecord {
  const facts = end ?? { ...(decision ? decisionFacts(decision) : {}), ...(settled ? settledFacts(settled) : {}) };
  const record: RecordDraft = Object.assign(newRecord(call, turn, principalId), facts);
  const args = readArguments(call);
  if (args) record.arguments = args;
  if (end) return record;
  if (isStarted) return Object.assign(record, { outcome: 'in_doubt', executed: 'unknown' } as const);
  if (decision?.decision === 'DENY') return Object.assign(record, { outcome: 'denied' } as const);
  if (settled) return Object.assign(record, { outcome: lateOutcome(settled.approval) });
  if (decision?.decision === 'REQUIRE_APPROVAL') return Object.assign(record, { outcome: 'approval_pending' } as const);
  return record;
}

function settledFacts({ approvalId, approval }: NonNullable<CallHistory['settled']>): Partial<CallRecord> {
  return { approvalId, approval: approvalFacts(approval) };
}

function readArguments(call: ToolCall): JsonObject | undefined {
  try {
    return argumentsOf(call);
  } catch {
    return undefined;
  }
}

const LATE: Readonly<Record<string, Outcome>> = {
  pending: 'approval_pending',
  approved: 'not_run',
  denied: 'approval_denied',
  expired: 'approval_expired',
} satisfies Record<Approval['status'], Outcome>;

/** The outcome of a call that no longer runs, by its approval. A gateway in JavaScript may return any status. */
export function lateOutcome({ status }: Approval): Outcome {
  return (Object.hasOwn(LATE, status) ? LATE[status] : undefined) ?? 'approval_pending';
}

/** Lists the inherited approvals that no call has used. */
export function inheritedApprovals({ inherited, usedApprovals }: RunHistory): readonly OpenApproval[] {
  return inherited.filter(({ approvalId }) => !usedApprovals.has(approvalId));
}

/** Returns the hash of a call and its scanned input, as `callHashOf` does; undefined for invalid arguments. */
export function scannedHashOf({ call, callHash = hashOf(call) }: CallHistory): string | undefined {
  return callHash;
}

/** Returns the unused approval of a call; undefined for a call that needs none or may have run. */
export function openApprovalOf(call: CallHistory, { usedApprovals }: RunHistory): OpenApproval | undefined {
  const { key, decision, isStarted, end } = call;
  const callHash = scannedHashOf(call);
  const waits = end ? end.outcome === 'approval_pending' : decision?.decision === 'REQUIRE_APPROVAL';
  const { approvalId, approvalUrl } = (end ?? decision ?? {}) as Partial<OpenApproval>;
  if (!waits || isStarted || approvalId === undefined || callHash === undefined) return undefined;
  const usedBy = usedApprovals.get(approvalId);
  // A call that used its approval but was not started may still use it.
  return usedBy === undefined || usedBy === key ? { approvalId, approvalUrl, callHash } : undefined;
}

/** True for a run that was cancelled with `cancel`. The Responses API does not know it: a chain can always continue. */
export function isCancelled({ ends }: RunHistory): boolean {
  return ends.some(({ by }) => by === 'cancel');
}

/**
 * True if the run ended before its first response was known. Items in its conversation may then belong to a later run
 * that began after the same item.
 */
export function endedUnheard({ end, requests }: RunHistory): boolean {
  return end !== undefined && requests.get(1)?.response === undefined;
}

/** The number of the next `run-end`. */
export function nextEnd({ ends }: RunHistory): number {
  return ends.length + 1;
}
