import { shown } from '../../internal/checks.ts';
import type { ToolCall } from '../call/tool-call.ts';
import type { CallRecord } from '../call/outcome.ts';
import type { RunErrorCode } from '../errors.ts';
import type { Approval, Decision } from '../gateway/gateway.ts';
import type { Json } from './journal.ts';

/** The run of a journal. */
export interface JournaledRun {
  /** The API's id of the run, the first response or the session. A run in a conversation has one of the runner. */
  readonly id: string;
  readonly api: 'assistants' | 'responses' | 'agents';
  readonly threadId: string;
  /** The assistant that the run was started for, if any. */
  readonly assistantId?: string;
  /** The id of the principal on whose behalf it acts. Each input of a session may have another one: see its calls. */
  readonly principalId?: string;
  /** The request, needed to resume the run where the API does not store it. */
  readonly request?: Json;
  /** The run's `runKey`, if it has one. */
  readonly runKey?: string;
  /** In a conversation: the id of the newest item before the run, null if there was none; absent if unknown. */
  readonly after?: string | null;
}

/** What a run used, as its API reports it. */
export interface RecordedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In the unit of the option `prices`; absent without a price. */
  readonly cost?: number;
}

/** A call's approval that is still unused. */
export interface OpenApproval {
  readonly approvalId: string;
  readonly approvalUrl: string | undefined;
  /** The hash of the tool and the scanned input that it is for: see `callHashOf`. */
  readonly callHash: string;
}

/**
 * What a journal records of a run. `call` is the call's key in the journal. The types are a storage format:
 * `docs/journal-format.md` describes them.
 */
export type JournalEvent =
  /** `inherited`: the approvals that an expired run, which this run replaces, left unused. */
  | { readonly type: 'run-start'; readonly run: JournaledRun; readonly inherited?: readonly OpenApproval[] }
  /** `askedBy` is the id of the run, response or turn that requests the call. */
  | {
      readonly type: 'tool-call';
      readonly call: string;
      readonly askedBy: string;
      readonly turn: number;
      readonly request: ToolCall;
      /** The id of the principal on whose behalf the run makes the call. */
      readonly principalId?: string;
      /** True if its tool is declared idempotent: a later process runs a call in doubt again. */
      readonly idempotent?: boolean;
    }
  | {
      readonly type: 'decision';
      readonly call: string;
      readonly decision: Decision;
      /** The hash of the tool and the scanned input, if that differs from the arguments: see `callHashOf`. */
      readonly callHash?: string;
    }
  | {
      readonly type: 'approval-settled';
      readonly call: string;
      readonly approvalId: string;
      readonly approval: Approval;
    }
  /** The call that the approval clears: it clears one. */
  | { readonly type: 'approval-used'; readonly approvalId: string; readonly call: string }
  /** Recorded before the handler starts: from here on the call may have had its effect. */
  | { readonly type: 'handler-start'; readonly call: string }
  | { readonly type: 'call-end'; readonly call: string; readonly record: CallRecord }
  /** `status` is the API's, `code` the runner's. A session's journal has one for each input. */
  | {
      readonly type: 'run-end';
      readonly number: number;
      readonly runId: string;
      readonly status?: string;
      readonly code?: string;
      /** Absent if the API reports none. */
      readonly usage?: RecordedUsage;
      /** The `runKey` of the run or, in a session, of the input. Absent if it has none, or was resumed without it. */
      readonly runKey?: string;
      /** Absent if the process that served the run recorded it. */
      readonly by?: 'cancel' | 'input';
    }
  /** The run that replaces this expired one. */
  | { readonly type: 'replaced'; readonly runId: string }
  /** Responses API: a request that is about to be sent. `late`: the asynchronous calls that it answers. */
  | { readonly type: 'request'; readonly number: number; readonly late?: readonly string[] }
  | { readonly type: 'request-accepted'; readonly number: number; readonly responseId: string }
  | { readonly type: 'response'; readonly number: number; readonly response: Json }
  /** In the journal of a `runKey`: its run is about to begin. `number` counts the attempts, from 1. */
  | ({ readonly type: 'key-start'; readonly number: number } & KeyedFacts)
  /** The input of a key's session is about to be sent. */
  | ({ readonly type: 'key-input'; readonly number: number } & SentInput)
  /** The id that resumes the key's run; of a session, the turn's. */
  | { readonly type: 'key-run'; readonly number: number; readonly runId: string }
  /** With a result or an error, the end of the key's run. Otherwise the attempt failed before its first call. */
  | ({ readonly type: 'key-end'; readonly number: number } & KeyEnd);

/** What identifies an input of a session among its turns. */
export interface InputTrace {
  /** The newest turn before it, null if there was none, undefined if that is unknown. */
  readonly after?: string | null | undefined;
  /** True if that turn was active: the input may have joined it. */
  readonly isActive?: true | undefined;
  /** The hash of its first message with text, or else of the first one with images; undefined without both. */
  readonly hash?: string | undefined;
}

/** An input of a session, as it is recorded before it is sent. */
export interface SentInput extends InputTrace {
  /** The API takes the input once under this key. */
  readonly idempotencyKey: string;
}

/** What a `runKey` stands for. */
export interface KeyedFacts {
  readonly api: JournaledRun['api'];
  readonly threadId?: string | undefined;
  readonly assistantId?: string | undefined;
  readonly principalId?: string | undefined;
}

/** How the run of a `runKey` ended. */
export interface KeyEnd {
  /** Without its calls, which are `records`. */
  readonly result?: Json;
  readonly error?: { readonly code: RunErrorCode; readonly message: string };
  readonly records?: readonly CallRecord[];
}

export type JournalEventOf<Type extends JournalEvent['type']> = Extract<JournalEvent, { readonly type: Type }>;

/** Copies a value as JSON stores it: without `undefined` and functions, with dates as strings. */
export function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The key under which a journal accepts the event once. */
export function eventKey(event: JournalEvent): string {
  switch (event.type) {
    case 'run-start':
    case 'replaced':
      return event.type;
    case 'approval-used':
      return `${event.type} ${event.approvalId}`;
    case 'run-end':
    case 'request':
    case 'request-accepted':
    case 'response':
    case 'key-start':
    case 'key-input':
    case 'key-run':
    case 'key-end':
      return `${event.type} ${event.number}`;
    case 'tool-call':
    case 'decision':
    case 'approval-settled':
    case 'handler-start':
    case 'call-end':
      return `${event.type} ${event.call}`;
  }
}

/**
 * Reads an event back. Its fields are as this library wrote them.
 *
 * @throws TypeError for an event that this version does not know
 */
export function readEvent(stored: unknown): JournalEvent {
  const event = withDates(stored) as Partial<JournalEvent> | null | undefined;
  if (typeof event?.type === 'string' && (eventKey(event as JournalEvent) as string | undefined) !== undefined)
    return event as JournalEvent;
  throw new TypeError(`The journal has an entry without a known event: its type is ${shown(event?.type)}.`);
}

const DATES: ReadonlySet<string> = new Set(['decidedAt', 'approvalExpiresAt']);
/** The fields that lead to a date. What a handler, a user or the model wrote stays as it is. */
const PARENTS: ReadonlySet<string> = new Set(['decision', 'approval', 'record', 'records']);

function withDates(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withDates);
  const fields = Object.entries(value).map(([key, field]: [string, unknown]) => {
    if (DATES.has(key) && typeof field === 'string') return [key, new Date(field)];
    return [key, PARENTS.has(key) ? withDates(field) : field];
  });
  return Object.fromEntries(fields);
}
