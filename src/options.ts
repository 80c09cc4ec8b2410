import type { AssistantParamsOf, OpenAIClient } from './client.ts';
import { checkClient } from './client-checks.ts';
import type { Gateway } from './core/gateway.ts';
import { STANDARD_MESSAGES, type Messages } from './core/messages.ts';
import type { ApprovalMode, FailureMode } from './core/registered-tool.ts';
import type { ApprovalRequest } from './core/run-state.ts';
import {
  checkBoolean,
  checkChoice,
  checkCount,
  checkFunction,
  checkKeys,
  checkMethods,
  checkMs,
} from './internal/checks.ts';
import { isJsonObject } from './internal/json.ts';
import type { Tools } from './tools/tool.ts';

/** How a run is guarded. Times are milliseconds. */
export interface GuardOptions {
  /** Whether to wait for an approver (`wait`) or to tell the model to come back (`message`, the default). */
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
  /** Told of each call that a person has to decide. It is not waited for, and what it throws changes nothing. */
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

const GUARD_KEYS: readonly (keyof GuardOptions)[] = [
  'approval',
  'timeoutMs',
  'maxTurns',
  'maxToolCalls',
  'pollIntervalMs',
  'agentId',
  'agentName',
  'provenance',
];

const RUNNER_KEYS: readonly (keyof GuardedRunnerOptions<unknown, OpenAIClient>)[] = [
  ...GUARD_KEYS,
  'client',
  'gateway',
  'tools',
  'assistants',
  'onGatewayError',
  'onApprovalRequested',
  'messages',
  'scanTimeoutMs',
  'handlerTimeoutMs',
  'approvalTimeoutMs',
  'graceMs',
  'expiryMarginMs',
  'maxConcurrentScans',
  'maxConcurrentHandlers',
];

const RUN_KEYS: readonly string[] = [...GUARD_KEYS, 'signal', 'context'];

/** The runner's settings with every default filled in, frozen. */
export interface RunnerSettings {
  readonly gateway: Gateway;
  readonly onGatewayError: FailureMode;
  readonly onApprovalRequested: ((request: ApprovalRequest) => unknown) | undefined;
  readonly messages: Messages;
  readonly approval: ApprovalMode;
  readonly timeoutMs: number;
  /** The user's; the default depends on the API. */
  readonly maxTurns: number | undefined;
  readonly maxToolCalls: number;
  readonly pollIntervalMs: number;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
  readonly provenance: boolean;
  readonly scanTimeoutMs: number;
  readonly handlerTimeoutMs: number;
  readonly approvalTimeoutMs: number;
  readonly graceMs: number;
  readonly expiryMarginMs: number;
  readonly maxConcurrentScans: number;
  readonly maxConcurrentHandlers: number;
}

/** @throws TypeError that names the option and what it got */
export function runnerSettings(options: GuardedRunnerOptions<never, OpenAIClient>): RunnerSettings {
  checkKeys('GuardedRunner', options, RUNNER_KEYS);
  checkClient(options.client);
  checkAssistants(options.assistants);
  checkMethods('gateway', options.gateway, ['scan', 'approvalStatus']);
  const messages = options.messages ?? {};
  checkKeys('messages', messages, Object.keys(STANDARD_MESSAGES));
  for (const [key, message] of Object.entries(messages)) checkFunction(`messages.${key}`, message);
  return Object.freeze({
    gateway: options.gateway,
    onGatewayError: checkChoice('onGatewayError', options.onGatewayError, ['block', 'allow']) ?? 'block',
    onApprovalRequested: checkFunction('onApprovalRequested', options.onApprovalRequested),
    messages: { ...STANDARD_MESSAGES, ...messages },
    ...guardSettings(options, {
      approval: 'message',
      timeoutMs: 900_000,
      maxTurns: undefined,
      maxToolCalls: Infinity,
      pollIntervalMs: 1_000,
      agentId: undefined,
      agentName: undefined,
      provenance: false,
    }),
    scanTimeoutMs: checkMs('scanTimeoutMs', options.scanTimeoutMs) ?? 30_000,
    handlerTimeoutMs: checkMs('handlerTimeoutMs', options.handlerTimeoutMs) ?? 120_000,
    approvalTimeoutMs: checkMs('approvalTimeoutMs', options.approvalTimeoutMs) ?? 180_000,
    graceMs: checkMs('graceMs', options.graceMs, 0) ?? 5_000,
    expiryMarginMs: checkMs('expiryMarginMs', options.expiryMarginMs, 0) ?? 20_000,
    maxConcurrentScans: checkCount('maxConcurrentScans', options.maxConcurrentScans) ?? 16,
    maxConcurrentHandlers: checkCount('maxConcurrentHandlers', options.maxConcurrentHandlers) ?? 16,
  });
}

/** What a run may say for itself, with every default filled in. */
export type GuardSettings = Pick<RunnerSettings, keyof GuardOptions>;

/** The runner's methods that serve a run. */
export type RunMethod = 'run' | 'resume' | 'responses' | 'session' | 'resumeSession';

/** One run's settings: its own options before the runner's. `run` takes its `params` apart. */
export function runSettings(
  options: CommonRunOptions,
  runner: RunnerSettings,
  method: RunMethod,
): GuardSettings & { readonly maxTurns: number } {
  checkKeys(method, options, RUN_KEYS);
  if (options.signal !== undefined) checkMethods('signal', options.signal, ['addEventListener', 'throwIfAborted']);
  const settings = guardSettings(options, runner);
  // An agent makes many turns of its own accord, and its subagents theirs.
  const isSession = method === 'session' || method === 'resumeSession';
  return { ...settings, maxTurns: settings.maxTurns ?? (isSession ? Infinity : 10) };
}

function guardSettings(options: GuardOptions, defaults: GuardSettings): GuardSettings {
  const pollIntervalMs = checkMs('pollIntervalMs', options.pollIntervalMs, 0) ?? defaults.pollIntervalMs;
  return {
    approval: checkChoice('approval', options.approval, ['message', 'wait']) ?? defaults.approval,
    timeoutMs: checkMs('timeoutMs', options.timeoutMs) ?? defaults.timeoutMs,
    maxTurns: checkCount('maxTurns', options.maxTurns) ?? defaults.maxTurns,
    maxToolCalls: checkCount('maxToolCalls', options.maxToolCalls) ?? defaults.maxToolCalls,
    // openai 5 and 6 take 0 for "not set" and then wait 5 s.
    pollIntervalMs: Math.max(pollIntervalMs, 1),
    agentId: options.agentId ?? defaults.agentId,
    agentName: options.agentName ?? defaults.agentName,
    provenance: checkBoolean('provenance', options.provenance) ?? defaults.provenance,
  };
}

const SAID_BY_EACH_RUN = ['input', 'conversation', 'previous_response_id', 'stream'];

function checkAssistants(assistants: unknown = {}): void {
  if (!isJsonObject(assistants)) {
    throw new TypeError(
      'assistants must be an object of assistants by their ids: { asst_…: { model, instructions } }.',
    );
  }
  for (const [id, params] of Object.entries(assistants)) {
    if (!isJsonObject(params)) {
      throw new TypeError(
        `assistants["${id}"] is ${String(params)}; it must be an object: { model, instructions, … }.`,
      );
    }
    const key = SAID_BY_EACH_RUN.find((name) => params[name] !== undefined);
    if (key !== undefined) throw new TypeError(`assistants["${id}"] has ${key}, which each run says for itself.`);
  }
}
