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
import {
  readEvent,
  type JournaledRun,
  type JournalEvent,
  type JournalEventOf,
  type KeyedFacts,
  type KeyEnd,
  type OpenApproval,
  type SentInput,
} from './events.ts';
import type { JournalEntry, Json } from './journal.ts';

/** The recorded steps of a call. */
export interface CallSteps {
  readonly decision?: Decision | undefined;
  /** What the decision is for, if that differs from the arguments: see `scannedHashOf`. */
  readonly callHash?: string | undefined;
  /** The approver's decision, and the approval's id. */
  readonly settled?: { readonly approvalId: string; readonly approval: Approval } | undefined;
  /** True if its handler was started, or was about to be. */
  readonly isStarted: boolean;
  readonly end?: CallRecord | undefined;
  /** Times of the gateway's decision, the approver's decision, the handler's start and the call's end. */
  readonly times: Readonly<Partial<Record<'decided' | 'settled' | 'started' | 'ended', Date>>>;
}

export const NO_STEPS: CallSteps = { isStarted: false, times: {} };

/** What happened to one call. */
export interface CallHistory extends CallSteps {
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
}

/** One request of a run of the Responses API. */
export interface RequestHistory {
  readonly isSent: boolean;
  /** The asynchronous calls that it answers. */
  readonly late: readonly string[];
  /** The id of its background response, once the API has accepted it. */
  readonly responseId: string | undefined;
  readonly response: Json | undefined;
}

const NOTHING_SENT: RequestHistory = { isSent: false, late: [], responseId: undefined, response: undefined };

/** What the journal of a `runKey` says so far. */
export interface KeyHistory {
  /** What the key stands for, once that is recorded. */
  readonly facts?: KeyedFacts | undefined;
  /** The number of the current attempt, from 1. */
  readonly number: number;
  /** True once the run of the current attempt may have begun. */
  readonly isBegun?: boolean;
  /** The input of the current attempt, once it may have been sent to its session. */
  readonly input?: SentInput;
  /** The id that resumes the run of the current attempt, once it is known: of a session, the turn's. */
  readonly runId?: string;
  /** The end of the key's run. */
  readonly end?: KeyEnd;
}

/** After the end of a run, its replacement may start and an approver may decide. */
const MAY_FOLLOW_END: ReadonlySet<string> = new Set(['replaced', 'approval-settled']);

/** Returns true for an event after which the run has ended, false for one after which it is open, otherwise undefined. */
export function endsRun(type: unknown): boolean | undefined {
  if (type === 'run-end' || type === 'key-end') return true;
  return MAY_FOLLOW_END.has(String(type)) ? undefined : false;
}

/**
 * What the events of a journal mean. Nothing else interprets them: resume, park, cancel, expired runs and the command
 * line read it. It changes only by `add`.
 */
export class RunHistory {
  /** Undefined if nothing is recorded. */
  run: JournaledRun | undefined;
  /** The calls in the order in which the journal names them first. */
  readonly calls = new Map<string, CallHistory>();
  /** The call that has used each approval, by its id. */
  readonly usedApprovals = new Map<string, string>();
  /** The Responses API's requests by number, from 1. */
  readonly requests = new Map<number, RequestHistory>();
  readonly ends: JournalEventOf<'run-end'>[] = [];
  /** The end, unless the run went on after it: a session does, with its next input. */
  end: JournalEventOf<'run-end'> | undefined;
  replacedBy: string | undefined;
  key: KeyHistory = { number: 1 };
  /** The approvals that an expired run, which this run replaces, left unused. */
  #inherited: readonly OpenApproval[] = [];
  /** A store may accept a step of a call before the call itself, if both are appended at the same time. */
  readonly #unnamed = new Map<string, CallSteps>();

  constructor(entries: readonly JournalEntry[]) {
    // Widened: a custom journal may return anything.
    for (const entry of entries as readonly (JournalEntry | null)[])
      this.add(readEvent(entry?.event), entry?.at ?? new Date(0));
  }

  add(event: JournalEvent, at: Date): void {
    if (!MAY_FOLLOW_END.has(event.type)) this.end = undefined;
    switch (event.type) {
      case 'run-start':
        this.run = event.run;
        this.#inherited = event.inherited ?? [];
        // Recorded before the first request is sent, or with its response.
        if (event.run.api === 'responses') this.#addRequest(1, { isSent: true });
        return;
      case 'tool-call': {
        const { call: key, askedBy, turn, request: call, principalId, idempotent = false } = event;
        const request = { key, askedBy, call, turn, principalId, idempotent, run: this.ends.length };
        this.calls.set(key, { ...(this.#unnamed.get(key) ?? NO_STEPS), ...request });
        return;
      }
      case 'decision':
        this.#addStep(event.call, 'decided', at, { decision: event.decision, callHash: event.callHash });
        return;
      case 'approval-settled': {
        const { approvalId, approval } = event;
        this.#addStep(event.call, 'settled', at, { settled: { approvalId, approval } });
        return;
      }
      case 'approval-used':
        this.usedApprovals.set(event.approvalId, event.call);
        return;
      case 'handler-start':
        this.#addStep(event.call, 'started', at, { isStarted: true });
        return;
      case 'call-end':
        this.#addStep(event.call, 'ended', at, { end: event.record });
        return;
      case 'run-end':
        this.ends.push(event);
        this.end = event;
        return;
      case 'replaced':
        this.replacedBy = event.runId;
        return;
      case 'request':
        this.#addRequest(event.number, { isSent: true, late: event.late ?? [] });
        return;
      case 'request-accepted':
        this.#addRequest(event.number, { responseId: event.responseId });
        return;
      case 'response':
        this.#addRequest(event.number, { response: event.response });
        return;
      case 'key-start':
        this.key = { ...this.key, facts: event, isBegun: true };
        return;
      case 'key-input':
        this.key = { ...this.key, input: event };
        return;
      case 'key-run':
        this.key = { ...this.key, runId: event.runId };
        return;
      case 'key-end': {
        // Without a result or an error, the run may begin again.
        const hasEnded = event.result !== undefined || event.error !== undefined;
        this.key = { facts: this.key.facts, number: event.number + 1, ...(hasEnded ? { end: event } : {}) };
        this.end = { type: 'run-end', number: event.number, runId: '' };
      }
    }
  }

  #addRequest(number: number, facts: Partial<RequestHistory>): void {
    this.requests.set(number, { ...(this.requests.get(number) ?? NOTHING_SENT), ...facts });
  }

  #addStep(key: string, step: keyof CallSteps['times'], at: Date, facts: Partial<CallSteps>): void {
    const call = this.calls.get(key) ?? this.#unnamed.get(key) ?? { ...NO_STEPS };
    Object.assign(call, facts, { times: { ...call.times, [step]: at } });
    if (!this.calls.has(key)) this.#unnamed.set(key, call);
  }

  /** The number of the next `run-end`. */
  get nextEnd(): number {
    return this.ends.length + 1;
  }

  /** The calls since the last end of a run: a session's journal has a run for each input. */
  get currentCalls(): readonly CallHistory[] {
    const all = [...this.calls.values()];
    return this.run?.api === 'agents' ? all.filter((call) => call.run === this.ends.length) : all;
  }

  /** True for a run that was cancelled with `cancel`. The Responses API does not know it: a chain can always continue. */
  get isCancelled(): boolean {
    return this.ends.some(({ by }) => by === 'cancel');
  }

  /**
   * True if the run ended before its first response was known. Items in its conversation may then belong to a later run
   * that began after the same item.
   */
  get endedUnheard(): boolean {
    return this.end !== undefined && this.requests.get(1)?.response === undefined;
  }

  /** The inherited approvals that no call has used. */
  get inheritedApprovals(): readonly OpenApproval[] {
    return this.#inherited.filter(({ approvalId }) => !this.usedApprovals.has(approvalId));
  }

  /** Returns the unused approval of a call; undefined for a call that needs none or may have run. */
  openApprovalOf(call: CallHistory): OpenApproval | undefined {
    const { key, decision, isStarted, end } = call;
    const callHash = scannedHashOf(call);
    const waits = end ? end.outcome === 'approval_pending' : decision?.decision === 'REQUIRE_APPROVAL';
    const { approvalId, approvalUrl } = (end ?? decision ?? {}) as Partial<OpenApproval>;
    if (!waits || isStarted || approvalId === undefined || callHash === undefined) return undefined;
    const usedBy = this.usedApprovals.get(approvalId);
    // A call that used its approval but was not started may still use it.
    return usedBy === undefined || usedBy === key ? { approvalId, approvalUrl, callHash } : undefined;
  }

  /** Returns false if the current run acts for another principal, or for none. */
  belongsTo(principalId: string | undefined): boolean {
    if (this.run?.api !== 'agents') return this.run?.principalId === principalId;
    return this.currentCalls.every((call) => call.principalId === principalId);
  }
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

/** Returns the hash of a call and its scanned input, as `callHashOf` does; undefined for invalid arguments. */
export function scannedHashOf({ call, callHash = hashOf(call) }: CallHistory): string | undefined {
  return callHash;
}
