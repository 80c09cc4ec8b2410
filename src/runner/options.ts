import type { AssistantParamsOf, OpenAIClient, RunParamsOf } from './client.ts';
import type { Journal } from './journal/journal.ts';
import type { ApprovalRequest, RunListener } from './run/events.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Messages } from './call/messages.ts';
import type { ApprovalMode, FailureMode, Mode } from './call/registered-tool.ts';
import type { InDoubtAnswer, InDoubtCall } from './run/run-state.ts';
import type { Telemetry } from './run/trace.ts';
import type { Tools } from './tools/tool.ts';

/** How a run is subscriber: by the API's stream of events, or by asking again and again. */
export type Transport = 'stream' | 'poll';

/** How a run is guarded. Times are milliseconds. */
export interface GuardOptions {
  /**
   * Whether to wait for an approver (`wait`), to leave the run until one has decided (`park`: the status is then `awaiting_approval`, which needs a `journal`), or to
   * tell the model to come back (`message`, the default).
   */
  readonly approval?: ApprovalMode | undefined;
  /** Ends the run, cancelled, when it takes longer. Default 900 000 (15 min). */
  readonly timeoutMs?: number | undefined;
  /** How often the model may stop for tool calls. Default 10; of a session, no limit. */
  readonly maxTurns?: number | undefined;
  /** How many tool calls a run may make, whatever becomes of them. Default: no limit. */
  readonly maxToolCalls?: number | undefined;
  /** The pause between two polls of a run, or of a response in the background. Default 1 000. */
  readonly pollIntervalMs?: number | undefined;
  /** Told to the gateway: whose call it is. */
  readonly agentId?: string | undefined;
  readonly agentName?: string | undefined;
  /**
   * Whether the gateway is given where a call's values may come from, as `ScanRequest.conversation`: what the user said,
   * which is listed once at the run's start while the run goes on, and what tools returned. It is kept in memory as long
   * as the run. When the list cannot be had within `scanTimeoutMs`, because the API fails or the client cannot list,
   * nothing counts as the user's words, and the run goes on. Default false: nothing is listed or kept.
   */
  readonly provenance?: boolean | undefined;
  /**
   * Told of each event of a run; one given to a run is told beside the runner's. It is not waited for, and what it throws changes
   * nothing.
   */
  readonly onEvent?: RunListener | undefined;
  /** Whether events hold arguments, outputs and errors. Default false. */
  readonly payloads?: boolean | undefined;
  /**
   * `stream`: a run that waits is noticed at once, and text comes in pieces. Default: `poll` for runs and responses, which `stream`
   * and `streamResponses` set to `stream`; sessions stream unless told otherwise.
   */
  readonly transport?: Transport | undefined;
}

export interface GuardedRunnerOptions<Context, Client extends OpenAIClient> extends GuardOptions {
  /** An OpenAI client: `OpenAI` or `AzureOpenAI` of openai 5, 6 or 7, or anything with the same few methods. */
  readonly client: Client;
  /** Who judges the calls: `IntervenGateway`, `EmbeddedGateway`, or your own. */
  readonly gateway: Gateway;
  readonly tools?: Tools<Context> | undefined;
  /**
   * What `run(conversationId, assistantId)` sends to the Responses API for an assistant of that id: `model`,
   * `instructions`, tools of the API, and whatever else a request takes.
   */
  readonly assistants?: Readonly<Record<string, AssistantParamsOf<Client>>> | undefined;
  /**
   * What happens to a call when the gateway is unreachable, too slow, over its rate or broken. Default `block`. Every
   * other fault blocks the call or ends the run, whatever is said here.
   */
  readonly onGatewayError?: FailureMode | undefined;
  /**
   * `monitor` tries the gateway out: every call is scanned, and runs as the model asked whatever the gateway says; records and events
   * tell what would have become of it. A tool's own `mode` goes before it. A configuration fault of the gateway still ends the run.
   * Default `enforce`.
   */
  readonly mode?: Mode | undefined;
  /** In monitor mode: whether a call's handler waits for its scan. Default false. */
  readonly awaitScans?: boolean | undefined;
  /** Where runs are traced and measured, such as `openTelemetry()` of `interven-openai-assistants/telemetry`. */
  readonly telemetry?: Telemetry | undefined;
  /**
   * Where a run's decisions and results are kept, such as `fileJournal(directory)`, so that a later process can go on with it: no call runs twice. Default:
   * nowhere.
   */
  readonly journal?: Journal | undefined;
  /**
   * RunFacts about a call that an interrupted process may have begun, unless its tool is `idempotent`: `report` tells the model that nobody knows (the default), `run`
   * runs it again, and `{ output }` is what it is known to have returned. What it throws counts as `report`.
   */
  readonly onInDoubt?: ((call: InDoubtCall) => InDoubtAnswer | Promise<InDoubtAnswer>) | undefined;
  /**
   * Told of each call that a person has to decide: the event `approval-requested`, arguments included. It is not waited for, and what it
   * throws changes nothing.
   */
  readonly onApprovalRequested?: ((request: ApprovalRequest) => unknown) | undefined;
  /** What the model is told, by outcome; the standard words for the others. */
  readonly messages?: Partial<Messages> | undefined;
  /** One scan, retries included. Default 30 000. */
  readonly scanTimeoutMs?: number | undefined;
  /** One handler; a tool's own `timeoutMs` goes before it. Default 120 000. */
  readonly handlerTimeoutMs?: number | undefined;
  /** One wait for an approver. Default 180 000. */
  readonly approvalTimeoutMs?: number | undefined;
  /** How long a handler that was told to stop may take to settle before it is let go. Default 5 000. */
  readonly graceMs?: number | undefined;
  /** How long before the API's own expiry of the run everything is answered. Default 20 000. */
  readonly expiryMarginMs?: number | undefined;
  /** Over all runs of the runner. Default 16. */
  readonly maxConcurrentScans?: number | undefined;
  /** Over all runs of the runner. Default 16. */
  readonly maxConcurrentHandlers?: number | undefined;
}

export interface CommonRunOptions extends GuardOptions {
  /** Ends the run, cancelled, when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What the handlers of a run get as `call.context`; needed when a handler wants one. */
type WithContext<Context> = unknown extends Context ? { readonly context?: Context } : { readonly context: Context };

export type ServeOptions<Context> = CommonRunOptions & WithContext<Context>;
export type RunOptions<Context, Client extends OpenAIClient> = ServeOptions<Context> & {
  readonly params?: RunParamsOf<Client> | undefined;
};

export type ResumeOptions<Context> = ServeOptions<Context> & {
  /** What to do when the API has given up the run. Default `report`. */
  readonly onExpired?: OnExpired | undefined;
};

/** The options may be left out unless a handler wants a context. */
export type MaybeOptional<Options, Context> = unknown extends Context ? [options?: Options] : [options: Options];

/** What to do with an expired run: return it, or start another run whose instructions say what became of its calls. */
export type OnExpired = 'report' | 'new-run';
