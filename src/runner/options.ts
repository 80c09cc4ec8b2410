import type { DailyBudget, ModelPrice, UsageStore } from './budgets.ts';
import type { AssistantParamsOf, OpenAIClient, RunParamsOf } from './client.ts';
import type { Journal } from './journal/journal.ts';
import type { ApprovalRequest, RunListener } from './events.ts';
import type { Gateway, Principal } from './gateway/gateway.ts';
import type { Messages } from './call/messages.ts';
import type { ApprovalMode, FailureMode, Mode, OutputScans } from './call/registered-tool.ts';
import type { InDoubtAnswer, InDoubtCall } from './call/open-call.ts';
import type { Telemetry } from './trace.ts';
import type { Tools } from './tools/tool.ts';

/** Way the runner follows a run: the API's event stream, or polling. */
export type Transport = 'stream' | 'poll';

/** Options of the runner that each run may override. Times are milliseconds. */
export interface GuardOptions {
  /**
   * Human-in-the-loop mode for calls that need approval. `message` (default) asks the model to retry later, `wait`
   * waits for the approver, and `park` suspends the run with status `awaiting_approval`. `park` needs a `journal`.
   */
  readonly approval?: ApprovalMode | undefined;
  /**
   * Milliseconds the run may take. The runner then cancels it. Default 900 000 (15 min), and for a background response
   * with a `completion_window` of hours this window for each response in addition.
   */
  readonly timeoutMs?: number | undefined;
  /** Maximum number of turns with tool calls. Default 10; for a session, no limit. */
  readonly maxTurns?: number | undefined;
  /** Maximum number of tool calls in a run, whatever their outcome. Default: no limit. */
  readonly maxToolCalls?: number | undefined;
  /**
   * Maximum number of tokens, input and output, that a run may use. Once they are used, no further call runs, and the
   * run ends with `over_budget`. Checked after each response; the Assistants and the Agents API report the usage only
   * at the end. Default: no limit.
   */
  readonly maxTokens?: number | undefined;
  /** Maximum cost of a run, in the unit of `prices`. Works as `maxTokens` does. Default: no limit. */
  readonly maxCost?: number | undefined;
  /**
   * Limits for all runs of the run's principal in one day (UTC) together. Needs a principal. Once they are used up,
   * runs end as with `maxTokens`, and new ones are refused. Default: none.
   */
  readonly dailyBudget?: DailyBudget | undefined;
  /** Milliseconds between two polls of a run or of a background response. Default 1 000. */
  readonly pollIntervalMs?: number | undefined;
  /** Agent id sent to the gateway with each scan. */
  readonly agentId?: string | undefined;
  /** Agent name sent to the gateway with each scan. */
  readonly agentName?: string | undefined;
  /**
   * Sends the conversation with each scan (`ScanRequest.conversation`), so that the gateway can detect prompt injection
   * from the origin of argument values. The runner lists the user's messages once, when the run starts, and collects
   * tool outputs; both stay in memory until the run ends. If listing fails or exceeds `scanTimeoutMs`, the run
   * continues without any user messages. Default false.
   */
  readonly provenance?: boolean | undefined;
  /**
   * Listener for a run's events. A run's own listener is called in addition to the runner's. The runner does not await
   * it and ignores its errors.
   */
  readonly onEvent?: RunListener | undefined;
  /** Includes arguments, outputs and errors in events. Default false. */
  readonly payloads?: boolean | undefined;
  /**
   * `stream` notices tool calls immediately and delivers text as deltas. Default: `poll` for `run` and `responses`,
   * `stream` for sessions and for the `stream…` methods.
   */
  readonly transport?: Transport | undefined;
}

export interface GuardedRunnerOptions<Context, Client extends OpenAIClient> extends GuardOptions {
  /**
   * OpenAI client: `OpenAI` or `AzureOpenAI` of openai 5, 6 or 7, an object with the same methods, or `azureAgents()`.
   */
  readonly client: Client;
  /** Gateway that scans the calls: `IntervenGateway`, `EmbeddedGateway`, or your own. */
  readonly gateway: Gateway;
  readonly tools?: Tools<Context> | undefined;
  /**
   * Derives the principal of a run, on whose behalf it acts, from the run's `context`. The gateway gets it with each
   * scan. An error that it throws ends the run before any request. A run's own `principal` takes precedence. Default:
   * no principal.
   */
  readonly principal?: ((context: Context) => Principal) | undefined;
  /**
   * Prices by model, per million tokens, in a unit of your choice: `{ 'gpt-6.1-sol': { input: 2, output: 8 } }`. Needed
   * for every model of a run with a `maxCost`. Default: none, and the cost of a run is unknown.
   */
  readonly prices?: Readonly<Record<string, ModelPrice>> | undefined;
  /** Store of what each principal spends in a day, for `dailyBudget`. Default: the memory of this runner. */
  readonly usageStore?: UsageStore | undefined;
  /**
   * Request params by assistant id, which `run(conversationId, assistantId)` sends to the Responses API: `model`,
   * `instructions`, hosted tools and any other param.
   */
  readonly assistants?: Readonly<Record<string, AssistantParamsOf<Client>>> | undefined;
  /**
   * Failure mode for calls while the gateway is unreachable, times out or fails. Default `block` (fail closed). Any other
   * fault, a rate limit among them, blocks the call or ends the run in either mode.
   */
  readonly onGatewayError?: FailureMode | undefined;
  /**
   * `monitor` scans every call but runs it unchanged whatever the decision; records and events report what enforcement
   * would have done. A configuration fault of the gateway still ends the run. A tool's `mode` overrides this. Default
   * `enforce`.
   */
  readonly mode?: Mode | undefined;
  /**
   * Sends each output to the gateway before the model reads it (`Gateway.scanOutput`). `true`: the gateway may redact,
   * fence or withhold it, and an output that it cannot judge is withheld (`output_withheld`). `report`: the decision is
   * only recorded, and the run does not wait for it. A tool's `scanOutputs` overrides this. Default false.
   */
  readonly scanOutputs?: OutputScans | undefined;
  /** In monitor mode, makes a call's handler wait for its scan. Default false. */
  readonly awaitScans?: boolean | undefined;
  /** Traces and metrics, such as `openTelemetry()` of `interven-openai-assistants/telemetry`. */
  readonly telemetry?: Telemetry | undefined;
  /**
   * Journal of decisions and results, such as `fileJournal(directory)`. A later process can then resume a run without
   * running any call twice. Default: no journal.
   */
  readonly journal?: Journal | undefined;
  /**
   * Resolves a call in doubt: one that an interrupted process may have started, and whose tool is not `idempotent`.
   * `report` (default) tells the model that the result is unknown, `run` runs the call again, and `{ output }` supplies
   * its known output. If the function throws, `report` applies.
   */
  readonly onInDoubt?: ((call: InDoubtCall) => InDoubtAnswer | Promise<InDoubtAnswer>) | undefined;
  /**
   * Listener for `approval-requested`, called with the arguments of each call that an approver has to decide. The
   * runner does not await it and ignores its errors.
   */
  readonly onApprovalRequested?: ((request: ApprovalRequest) => unknown) | undefined;
  /** Messages to the model by outcome. Outcomes you leave out keep their standard message. */
  readonly messages?: Partial<Messages> | undefined;
  /** Milliseconds a scan may take, retries included. Default 30 000. */
  readonly scanTimeoutMs?: number | undefined;
  /** Milliseconds a handler may take. A tool's `timeoutMs` overrides it. Default 120 000. */
  readonly handlerTimeoutMs?: number | undefined;
  /** Milliseconds to wait for an approver in `wait` mode. Default 180 000. */
  readonly approvalTimeoutMs?: number | undefined;
  /** Milliseconds a handler has to settle after its `signal` aborts. Default 5 000. */
  readonly graceMs?: number | undefined;
  /**
   * Milliseconds that the runner may spend on the API when it ends a run early: cancelling the run or the turn,
   * answering the open calls of a conversation. Then it rejects with `leftOpen: true`. Default 10 000.
   */
  readonly leaveMs?: number | undefined;
  /** Milliseconds before the API expires the run at which all calls are answered. Default 20 000. */
  readonly expiryMarginMs?: number | undefined;
  /** Maximum number of concurrent scans over all runs of the runner. Default 16. */
  readonly maxConcurrentScans?: number | undefined;
  /** Maximum number of concurrent handlers over all runs of the runner. Default 16. */
  readonly maxConcurrentHandlers?: number | undefined;
}

export interface CommonRunOptions extends GuardOptions {
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The user or service on whose behalf the run acts. The gateway gets it with each scan. With a journal, only a run
   * with the same `id` can resume this one. Default: the runner's `principal`.
   */
  readonly principal?: Principal | undefined;
}

/** The handlers' `call.context`. Required when a handler declares a context type. */
type WithContext<Context> = unknown extends Context ? { readonly context?: Context } : { readonly context: Context };

export type ServeOptions<Context> = CommonRunOptions & WithContext<Context>;

/** Options of a method that begins a run. */
export type BeginOptions<Context> = ServeOptions<Context> & {
  /**
   * Makes the call repeatable: the first call with a key begins the run, a later one continues it after a crash, or
   * returns its recorded result. So a job of any queue that restarts may call it again. Needs a `journal`. While another
   * process serves the run, the call rejects with the code `journal` and names that process. A string of up to about 100
   * characters. Default: each call begins a run.
   */
  readonly runKey?: string | undefined;
};
export type RunOptions<Context, Client extends OpenAIClient> = BeginOptions<Context> & {
  readonly params?: RunParamsOf<Client> | undefined;
};

export type ResumeOptions<Context> = ServeOptions<Context> & {
  /** Action for a run that the API has expired. Default `report`. */
  readonly onExpired?: OnExpired | undefined;
};

/** Makes the options optional unless a handler declares a context type. */
export type MaybeOptional<Options, Context> = unknown extends Context ? [options?: Options] : [options: Options];

/** Action for an expired run: return it, or start a new run whose instructions report the outcomes of its calls. */
export type OnExpired = 'report' | 'new-run';
