import type { JsonObject } from '../internal/json.ts';
import type { Approval, DecisionWord } from './gateway/gateway.ts';
import type { ContentPart } from './call/content.ts';
import type { Executed, Outcome, OutputScan } from './call/outcome.ts';
import type { GatewayFault } from './gateway/gateway-error.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/** The fields of every event. The ids equal those of the handler's `call`. */
interface EventBase {
  /** The time on this machine's clock. */
  readonly at: Date;
  /**
   * The run's id. Responses API: the id of the response that requests the call. Agents API: the turn's id. Empty before
   * the API returns one.
   */
  readonly runId: string;
  readonly threadId: string;
  /** Id of the principal on whose behalf the run acts, if your code names one. */
  readonly principalId?: string;
}

/** The fields of every event of a call. `runId` and `callId` together identify the call. */
interface CallEvent {
  readonly callId: string;
  readonly name: string;
  /** The turn's number, counted from 1. */
  readonly turn: number;
  /** The API's server that runs it, for an MCP call that requires approval. */
  readonly server?: string;
  /** The Agents API's subagent that requests the call; absent for the agent itself. */
  readonly subagentId?: string;
}

/** The model requests a call. */
interface ToolCallEvent extends CallEvent {
  readonly type: 'tool-call';
  /** The arguments as the model wrote them; only with `payloads`. */
  readonly arguments?: string;
}

/** The gateway decided on a call. If the scan failed, the event has a `fault` and no `decision`. */
interface DecisionEvent extends CallEvent {
  readonly type: 'decision';
  /** The gateway's decision. */
  readonly decision?: DecisionWord;
  /**
   * The decision that the runner applies: `ALLOW` and `SANITIZE` run the call, `DENY` blocks it, `REQUIRE_APPROVAL`
   * waits for an approver. It differs from `decision` after a fault, when a redacted call does not fit its tool, and in
   * monitor mode.
   */
  readonly effective: DecisionWord;
  /** False in monitor mode. */
  readonly enforced: boolean;
  /** The outcome that enforcement would have produced; only in monitor mode. */
  readonly wouldBe?: Outcome;
  /** Paths of the arguments that are redacted, or would be; never their values. */
  readonly fields: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly riskScore?: number;
  readonly policyName?: string;
  readonly ruleId?: string;
  /** The rule's reason in plain words. */
  readonly reason?: string;
  readonly traceId?: string;
  readonly approvalId?: string;
  /** The grant that clears the call, if an approver gave one. */
  readonly grantId?: string;
  readonly fault?: GatewayFault;
  /** The method and URL that the gateway scanned. For a URL that the model wrote, only the origin. */
  readonly target: { readonly method: string; readonly url: string };
  /** SHA-256 of the arguments in canonical JSON. */
  readonly argumentsHash: string;
  /** Milliseconds, including time in the queue; absent when the arguments were too large to scan. */
  readonly scanMs?: number;
  /** The scanned arguments; only with `payloads`. */
  readonly arguments?: unknown;
}

/** The call requires an approver's decision. */
interface ApprovalRequestedEvent extends CallEvent {
  readonly type: 'approval-requested';
  readonly approvalId?: string;
  readonly approvalUrl?: string;
  readonly reasonCodes: readonly string[];
  readonly policyName?: string;
  readonly ruleId?: string;
  readonly reason?: string;
  /** The exact arguments that will run, unless the approver edits them; only with `payloads`. */
  readonly arguments?: unknown;
}

/** An approver decided, or the wait ended. If it ended without a decision, `status` is still `pending`. */
interface ApprovalSettledEvent extends CallEvent {
  readonly type: 'approval-settled';
  readonly approvalId: string;
  readonly status: Approval['status'];
  readonly decidedBy?: string;
  readonly decidedAt?: Date;
  /** Paths of the arguments that the approver edited, such as `user.emails[0]`; never values. */
  readonly editedFields?: readonly string[];
  /** Milliseconds that this call waited; absent when the approval was already decided. */
  readonly approvalMs?: number;
}

interface HandlerStartEvent extends CallEvent {
  readonly type: 'handler-start';
  /** The handler's input, as parsed by the schema; only with `payloads`. */
  readonly input?: unknown;
}

interface HandlerEndEvent extends CallEvent {
  readonly type: 'handler-end';
  /** `timeout` and `aborted`: the runner aborted the handler, which returned no result. */
  readonly end: 'returned' | 'threw' | 'timeout' | 'aborted';
  readonly handlerMs: number;
  /** The name of the thrown error, such as `TypeError`. */
  readonly errorType?: string;
  /** The thrown error; only with `payloads`, because it may quote the arguments. */
  readonly error?: unknown;
}

/** The gateway judged an output (`scanOutputs`), before the model reads it. If the scan failed, it has a `fault`. */
interface OutputScanEvent extends CallEvent, OutputScan {
  readonly type: 'output-scan';
}

/** The API accepted a call's output. */
interface OutputSubmittedEvent extends CallEvent {
  readonly type: 'output-submitted';
  readonly outcome: Outcome;
  readonly executed: Executed;
  /** The output that the model receives; only with `payloads`. */
  readonly output?: string;
  /** The content parts that the model receives, if the handler returned such; only with `payloads`. */
  readonly content?: readonly ContentPart[];
}

/** The model stopped for calls. If a turn's calls arrive one by one, each emits this event. */
interface TurnEvent {
  readonly type: 'turn';
  /** The turn's number, counted from 1. */
  readonly turn: number;
  readonly callIds: readonly string[];
  /** The tokens of the response that ended with these calls. Only for the Responses API. */
  readonly usage?: RunUsage;
}

/** The model generated text. The concatenated deltas of one item are its text. */
interface TextDeltaEvent {
  readonly type: 'text-delta';
  /** The message's id. */
  readonly itemId: string;
  readonly delta: string;
}

/** The model refused to answer. Emitted once its message is complete. */
interface RefusalEvent {
  readonly type: 'refusal';
  /** The message's id. */
  readonly itemId: string;
  /** The model's words. */
  readonly refusal: string;
}

/** The tokens of a run or of one response, as the API counts them. */
export interface RunUsage {
  readonly inputTokens: number;
  /** Of `inputTokens`, those that the API read from its cache; 0 if it reports none. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** In the unit of `prices`; absent if a model has no price there. */
  readonly cost?: number;
}

/** The run ended. Only late scans in monitor mode emit events after it. */
interface RunEndEvent {
  readonly type: 'run-end';
  /** The API's own final status; absent when an error ended the run. */
  readonly status?: string;
  /** The code of the error that ended it. */
  readonly code?: string;
  /** Absent if the API reports none. For a session, that of its last turn and of the subagents' turns in it. */
  readonly usage?: RunUsage;
  readonly durationMs: number;
}

/** The type of an event and the fields specific to it. */
export type EventFacts =
  | ToolCallEvent
  | DecisionEvent
  | ApprovalRequestedEvent
  | ApprovalSettledEvent
  | HandlerStartEvent
  | HandlerEndEvent
  | OutputScanEvent
  | OutputSubmittedEvent
  | TurnEvent
  | TextDeltaEvent
  | RefusalEvent
  | RunEndEvent;

/**
 * An event that a run emits. The union is closed: a new event is a new minor version, a new field a patch. Events are
 * frozen, and contain no arguments, outputs or errors unless `payloads` is true.
 */
export type RunEvent = EventBase & EventFacts;

/** The event that `onApprovalRequested` receives, with everything an approver needs to see. */
export type ApprovalRequest = RunEventOf<'approval-requested'> & {
  /** The exact arguments that will run once approved, unless the approver edits them; frozen. */
  readonly arguments: JsonObject;
};

/** One kind of event. */
export type RunEventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/**
 * Receives each event as it happens. The runner does not await it. Its errors do not change the run: the first one is
 * reported as a process warning.
 */
export type RunListener = (event: RunEvent) => unknown;

/** Receives every event; builds the payload only when needed. */
export type EventSink = (event: RunEvent, payload: () => object) => void;

/**
 * Converts a listener to a sink. Each listener gets its own copy of an event.
 *
 * @param name the listener's option, for the warning when it fails
 */
export function toSink(name: string, listener: RunListener, payloads: boolean): EventSink {
  return (event, payload) => {
    // Observers never break a run.
    const onError = (error: unknown): void => {
      warnOnce(name, listener, error);
    };
    try {
      const copy = { ...event, at: new Date(event.at), ...(payloads ? payload() : {}) };
      void Promise.resolve(listener(Object.freeze(copy) as RunEvent)).catch(onError);
    } catch (error) {
      onError(error);
    }
  };
}

/** The listeners whose failure has been reported. */
const reported = new WeakSet<object>();

function warnOnce(name: string, listener: object, error: unknown): void {
  if (reported.has(listener)) return;
  reported.add(listener);
  const reason = error instanceof Error ? error.message : typeof error;
  process.emitWarning(`${name} failed: ${reason}. The run continues; later failures are not reported.`);
}

/** Converts an approval listener to a sink. It always gets the payload: an approver must see the arguments. */
export function toApprovalSink(listener: (request: ApprovalRequest) => unknown): EventSink {
  const sink = toSink('onApprovalRequested', listener as RunListener, true);
  return (event, payload) => {
    if (event.type === 'approval-requested') sink(event, payload);
  };
}

/** Creates the function that emits to all sinks; undefined without sinks. */
export function createEmitter(
  sinks: readonly EventSink[],
  threadId: () => string,
  principalId: string | undefined,
): Emit | undefined {
  if (sinks.length === 0) return undefined;
  const run = omitUndefined({ principalId });
  return ({ type, ...facts }, runId, payload = () => ({})) => {
    const event = Object.freeze({ type, at: new Date(), runId, threadId: threadId(), ...run, ...facts }) as RunEvent;
    for (const sink of sinks) sink(event, payload);
  };
}

/** Emits an event to all sinks. Sensitive fields belong in `payload`, which returns a new object for each sink. */
export type Emit = (facts: EventFacts, runId: string, payload?: () => object) => void;
