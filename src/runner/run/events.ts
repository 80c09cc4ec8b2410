import type { JsonObject } from '../../internal/json.ts';
import type { Approval, DecisionWord } from '../gateway/gateway.ts';
import type { Executed, Outcome } from '../call/outcome.ts';
import type { GatewayFault } from '../gateway/gateway-error.ts';

/** When and where; the ids are those of a handler's `call`. */
interface Place {
  /** On this machine's clock. */
  readonly at: Date;
  /** The run's id; with the Responses API the response's that asked, with the Agents API the turn's. Empty before there is one. */
  readonly runId: string;
  readonly threadId: string;
}

/** Which call an event is about: `runId` and `callId` together tell it from all others. */
interface OfCall {
  readonly callId: string;
  readonly name: string;
  /** Counted from 1. */
  readonly turn: number;
  /** Which of the API's servers runs it, of an MCP call that wants approval. */
  readonly server?: string;
  /** Which of the Agents API's subagents asks; absent for the agent itself. */
  readonly subagentId?: string;
}

/** The model asks for a call. */
interface ToolCallEvent extends OfCall {
  readonly type: 'tool-call';
  /** As the model wrote it; only with `payloads`. */
  readonly arguments?: string;
}

/** The gateway has answered, or has not: then with a `fault` and without a `decision`. */
interface DecisionEvent extends OfCall {
  readonly type: 'decision';
  /** What the gateway said. */
  readonly decision?: DecisionWord;
  /**
   * What was done: `ALLOW` and `SANITIZE` run the call, `DENY` blocks it, `REQUIRE_APPROVAL` asks a person. It differs from what
   * the gateway said after a fault, where a redacted call does not fit its tool, and in monitor mode.
   */
  readonly effective: DecisionWord;
  /** False in monitor mode. */
  readonly enforced: boolean;
  /** Only where nothing is enforced: what would have become of the call. */
  readonly wouldBe?: Outcome;
  /** The paths of the arguments that are redacted, or would be; never their values. */
  readonly fields: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly riskScore?: number;
  readonly policyName?: string;
  readonly ruleId?: string;
  readonly traceId?: string;
  readonly approvalId?: string;
  readonly fault?: GatewayFault;
  /** What the gateway was told that the call amounts to; of an address that the model wrote, the origin alone. */
  readonly target: { readonly method: string; readonly url: string };
  /** SHA-256 of the arguments in canonical JSON. */
  readonly argumentsHash: string;
  /** Milliseconds, time in the queue included; absent when the arguments were too large to be scanned. */
  readonly scanMs?: number;
  /** What was scanned; only with `payloads`. */
  readonly arguments?: unknown;
}

/** A person has to decide. */
interface ApprovalRequestedEvent extends OfCall {
  readonly type: 'approval-requested';
  readonly approvalId?: string;
  readonly approvalUrl?: string;
  readonly reasonCodes: readonly string[];
  readonly policyName?: string;
  readonly ruleId?: string;
  /** Exactly what will run; only with `payloads`. */
  readonly arguments?: unknown;
}

/** A person has decided, or was waited for in vain: then it is `pending` still. */
interface ApprovalSettledEvent extends OfCall {
  readonly type: 'approval-settled';
  readonly approvalId: string;
  readonly status: Approval['status'];
  readonly decidedBy?: string;
  readonly decidedAt?: Date;
  /** Milliseconds that this call waited; absent when it was decided before. */
  readonly approvalMs?: number;
}

interface HandlerStartEvent extends OfCall {
  readonly type: 'handler-start';
  /** What the handler gets: what the schema made of the arguments; only with `payloads`. */
  readonly input?: unknown;
}

interface HandlerEndEvent extends OfCall {
  readonly type: 'handler-end';
  /** `timeout` and `aborted`: it was told to stop, and gave no result. */
  readonly end: 'returned' | 'threw' | 'timeout' | 'aborted';
  readonly handlerMs: number;
  /** The name of what it threw, such as `TypeError`. */
  readonly errorType?: string;
  /** What it threw; only with `payloads`, as it may quote the arguments. */
  readonly error?: unknown;
}

/** The API has taken a call's output. */
interface OutputSubmittedEvent extends OfCall {
  readonly type: 'output-submitted';
  readonly outcome: Outcome;
  readonly executed: Executed;
  /** The text that the model gets; only with `payloads`. */
  readonly output?: string;
}

/** The model has stopped for calls. A turn whose calls come one after the other is told with each. */
interface TurnEvent {
  readonly type: 'turn';
  /** Counted from 1. */
  readonly turn: number;
  readonly callIds: readonly string[];
}

/** The model has said something: the deltas of one item, put together, are its text. */
interface TextDeltaEvent {
  readonly type: 'text-delta';
  /** The message's. */
  readonly itemId: string;
  readonly delta: string;
}

/** The run has ended, and nothing comes after it but late scans in monitor mode. */
interface RunEndEvent {
  readonly type: 'run-end';
  /** The API's own final status; absent when the run was ended by an error. */
  readonly status?: string;
  /** The code of the error that ended it. */
  readonly code?: string;
  readonly durationMs: number;
}

/** Of what kind an event is, and what only that kind has. */
export type EventFacts =
  | ToolCallEvent
  | DecisionEvent
  | ApprovalRequestedEvent
  | ApprovalSettledEvent
  | HandlerStartEvent
  | HandlerEndEvent
  | OutputSubmittedEvent
  | TurnEvent
  | TextDeltaEvent
  | RunEndEvent;

/**
 * What a run tells while it goes on. The union is closed: a new event is a new minor version, a new field a patch. Events are frozen,
 * and hold no arguments, outputs or errors unless `payloads` is true.
 */
export type RunEvent = Place & EventFacts;

/** What `onApprovalRequested` is told: everything an approver needs to see. */
export type ApprovalRequest = RunEventOf<'approval-requested'> & {
  /** Exactly what will run once it is approved; frozen. */
  readonly arguments: JsonObject;
};

/** One kind of event. */
export type RunEventOf<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** Told of each event as it happens. It is not waited for, and what it throws changes nothing. */
export type RunListener = (event: RunEvent) => unknown;

/** Gets every event; its payload is made for whoever wants it. */
export type EventSink = (event: RunEvent, payload: () => object) => void;

/** A user's listener as a sink. Each gets an event of its own. */
export function toSink(listener: RunListener, payloads: boolean): EventSink {
  return (event, payload) => {
    try {
      const own = { ...event, at: new Date(event.at), ...(payloads ? payload() : {}) };
      void Promise.resolve(listener(Object.freeze(own) as RunEvent)).catch(() => undefined);
    } catch {
      // Observers never break a run.
    }
  };
}

/** A listener for approvals as a sink: whoever is to decide has to see the arguments. */
export function toApprovalSink(listener: (request: ApprovalRequest) => unknown): EventSink {
  return toSink(
    (event) => (event.type === 'approval-requested' ? listener(event as ApprovalRequest) : undefined),
    true,
  );
}

/** Undefined when nobody listens. */
export function createEmitter(sinks: readonly EventSink[], threadId: () => string): Emit | undefined {
  if (sinks.length === 0) return undefined;
  return ({ type, ...facts }, runId, payload = () => ({})) => {
    const event = Object.freeze({ type, at: new Date(), runId, threadId: threadId(), ...facts }) as RunEvent;
    for (const sink of sinks) sink(event, payload);
  };
}

/** Tells whoever listens. What may be sensitive is in the payload; it is not shared with anybody who may change it. */
export type Emit = (facts: EventFacts, runId: string, payload?: () => object) => void;
