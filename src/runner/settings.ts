import { checkClient } from './client-checks.ts';
import { memoryUsageStore, type DailyBudget, type UsageStore } from './budgets.ts';
import type { OpenAIClient } from './client.ts';
import type { Gateway, Principal } from './gateway/gateway.ts';
import type { Journal } from './journal/journal.ts';
import { STANDARD_MESSAGES, type Messages } from './call/messages.ts';
import type { ApprovalMode, OutputScans, RegisteredTool } from './call/registered-tool.ts';
import {
  checkAmount,
  checkBoolean,
  checkCount,
  checkFunction,
  checkKeys,
  checkMethods,
  checkMs,
  checkMsOrZero,
  checkString,
  oneOf,
  shown,
  unchecked,
  withMethods,
  readOptions,
  type OptionTable,
  type Settings,
} from '../internal/checks.ts';
import { MAX_TIMER_MS } from '../internal/abort.ts';
import { isJsonObject } from '../internal/json.ts';
import type { CommonRunOptions, GuardedRunnerOptions, GuardOptions, ServeOptions, Transport } from './options.ts';

/** Rows of the options that each run may override. */
const GUARD_OPTIONS = {
  approval: { check: oneOf('message', 'wait', 'park'), default: 'message' },
  // The defaults depend on the method and the request: see runSettings.
  timeoutMs: { check: checkMs },
  maxTurns: { check: checkCount },
  maxToolCalls: { check: checkCount, default: Infinity },
  maxTokens: { check: checkCount, default: Infinity },
  maxCost: { check: checkAmount, default: Infinity },
  dailyBudget: { check: checkDailyBudget },
  pollIntervalMs: { check: checkMsOrZero, default: 1_000 },
  agentId: { check: checkString },
  agentName: { check: checkString },
  provenance: { check: checkBoolean, default: false },
  onEvent: { check: checkFunction },
  payloads: { check: checkBoolean, default: false },
  // The default depends on the method: see runSettings.
  transport: { check: oneOf('stream', 'poll') },
} satisfies OptionTable<GuardOptions>;

/** Rows of the runner's options. `options.ts` has their types and docs. */
export const RUNNER_OPTIONS = {
  ...GUARD_OPTIONS,
  client: { check: checkClient, required: true },
  gateway: { check: checkGateway, required: true },
  tools: { check: checkTools },
  principal: { check: checkFunction },
  prices: { check: checkPrices },
  usageStore: { check: withMethods(['add']) },
  assistants: { check: checkAssistants },
  onGatewayError: { check: oneOf('block', 'allow'), default: 'block' },
  mode: { check: oneOf('enforce', 'monitor'), default: 'enforce' },
  awaitScans: { check: checkBoolean, default: false },
  scanOutputs: { check: oneOf<OutputScans>(true, false, 'report'), default: false },
  telemetry: { check: withMethods(['startRun'], 'Pass openTelemetry().') },
  journal: { check: checkJournal },
  onInDoubt: { check: checkFunction },
  onApprovalRequested: { check: checkFunction },
  messages: { check: checkMessages, default: STANDARD_MESSAGES },
  scanTimeoutMs: { check: checkMs, default: 30_000 },
  handlerTimeoutMs: { check: checkMs, default: 120_000 },
  approvalTimeoutMs: { check: checkMs, default: 180_000 },
  graceMs: { check: checkMsOrZero, default: 5_000 },
  leaveMs: { check: checkMs, default: 10_000 },
  expiryMarginMs: { check: checkMsOrZero, default: 20_000 },
  maxConcurrentScans: { check: checkCount, default: 16 },
  maxConcurrentHandlers: { check: checkCount, default: 16 },
} satisfies OptionTable<AnyRunnerOptions>;

/** Rows of a run's options. The defaults are the runner's settings. */
const RUN_OPTIONS = {
  ...GUARD_OPTIONS,
  signal: { check: withMethods(['addEventListener', 'throwIfAborted']) },
  context: { check: unchecked },
  // The runner has checked and copied it: see withPrincipal.
  principal: { check: unchecked },
} satisfies OptionTable<ServeOptions<unknown>>;

type AnyRunnerOptions = GuardedRunnerOptions<never, OpenAIClient>;

/** The runner's options with every default filled in, frozen. */
export type RunnerSettings = Settings<AnyRunnerOptions, typeof RUNNER_OPTIONS> & {
  readonly messages: Messages;
  readonly usageStore: UsageStore;
};

/**
 * Checks the runner's options and fills in the defaults.
 * @throws TypeError with the option's name and value
 */
export function runnerSettings(options: AnyRunnerOptions): RunnerSettings {
  const settings = readOptions(RUNNER_OPTIONS, options, { owner: 'GuardedRunner' });
  checkPark('approval', settings.approval, settings.journal);
  checkOutputScans('scanOutputs', settings.scanOutputs, settings.gateway);
  if (!settings.prices) checkNeedsNoPrices(settings);
  const { usageStore = memoryUsageStore() } = settings;
  return Object.freeze({ ...settings, usageStore, messages: { ...STANDARD_MESSAGES, ...settings.messages } });
}

/** The settings of one run: the runner's, and the run's own over them. */
export interface RunSettings extends Omit<
  RunnerSettings,
  'approval' | 'maxTurns' | 'principal' | 'timeoutMs' | 'transport'
> {
  /** The run's mode takes precedence over the tool's, and the tool's over the runner's. */
  readonly approval: { readonly run: ApprovalMode | undefined; readonly runner: ApprovalMode };
  readonly transport: Transport;
  readonly timeoutMs: number;
  readonly maxTurns: number;
  /** Frozen. */
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal | undefined;
  readonly context: unknown;
}

/** The runner's methods that serve a run. */
export type RunMethod =
  | 'run'
  | 'resume'
  | 'responses'
  | 'session'
  | 'resumeSession'
  | 'resumeResponses'
  | 'stream'
  | 'streamResponses'
  | 'streamSession';

const DEFAULT_TIMEOUT_MS = 900_000;

/**
 * Merges a run's options over the runner's settings. `run` removes its `params` first.
 *
 * @param completionWindowMs time that the API may take for each response, if the request grants it any
 */
export function runSettings(
  options: CommonRunOptions & { readonly context?: unknown },
  runner: RunnerSettings,
  method: RunMethod,
  completionWindowMs = 0,
): RunSettings {
  const settings = readOptions(RUN_OPTIONS, options, { owner: method, defaults: runner });
  if (settings.approval === 'park') checkPark('approval', settings.approval, runner.journal);
  if (!runner.prices && (settings.maxCost < Infinity || settings.dailyBudget)) checkNeedsNoPrices(settings);
  if (settings.dailyBudget && !settings.principal)
    throw new TypeError(
      `${method}: dailyBudget needs a principal. Pass principal to the run, or principal: (context) => ({ id }) to new GuardedRunner().`,
    );
  // An agent and its subagents take many turns on their own.
  const isSession = method === 'session' || method === 'resumeSession' || method === 'streamSession';
  const maxTurns = settings.maxTurns ?? (isSession ? Infinity : 10);
  // Each turn is the end of a response, and the last response follows the last turn.
  const longestMs = DEFAULT_TIMEOUT_MS + (completionWindowMs > 0 ? completionWindowMs * (maxTurns + 1) : 0);
  return {
    ...runner,
    ...settings,
    approval: { run: options.approval, runner: runner.approval },
    transport: settings.transport ?? (isSession || method.startsWith('stream') ? 'stream' : 'poll'),
    timeoutMs: settings.timeoutMs ?? Math.min(longestMs, MAX_TIMER_MS),
    maxTurns,
    // openai 5 and 6 take 0 for "not set" and then wait 5 s.
    pollIntervalMs: Math.max(settings.pollIntervalMs, 1),
  };
}

/** @throws TypeError for a tool that needs a journal, or a gateway that holds approvals */
export function checkTool(
  { name, approval, needsApproval, scanOutputs }: RegisteredTool,
  { journal, gateway }: RunnerSettings,
): void {
  checkPark(`approval of tool "${name}"`, approval, journal);
  checkOutputScans(`scanOutputs of tool "${name}"`, scanOutputs, gateway);
  if (needsApproval === false || gateway.holdsApprovals === true) return;
  throw new TypeError(
    `needsApproval of tool "${name}" needs a gateway that holds approvals: EmbeddedGateway, a gateway server of yours, or your own with holdsApprovals: true. At Interven, write a policy with REQUIRE_APPROVAL for the tool instead.`,
  );
}

/** @throws TypeError for `park` without a journal: no process could resume the run */
function checkPark(option: string, approval: ApprovalMode | undefined, journal: Journal | undefined): void {
  if (approval === 'park' && !journal) throw needsJournal(`${option} is "park", which`);
}

/** @throws TypeError for a gateway that cannot do it */
function checkOutputScans(option: string, scans: OutputScans | undefined, gateway: Gateway): void {
  if (!scans || (gateway.scanOutput && (scans === 'report' || gateway.judgesOutputs))) return;
  const remedy = gateway.scanOutput
    ? "Pass 'report': this gateway only takes reports."
    : 'Use EmbeddedGateway, a gateway server of yours, or your own with scanOutput().';
  throw new TypeError(`${option} is ${shown(scans)}, and the gateway does not judge outputs. ${remedy}`);
}

/** @throws TypeError for a limit of the cost without prices */
function checkNeedsNoPrices({ maxCost, dailyBudget }: Pick<RunSettings, 'maxCost' | 'dailyBudget'>): void {
  const option =
    maxCost < Infinity ? 'maxCost' : dailyBudget?.maxCost === undefined ? undefined : 'dailyBudget.maxCost';
  if (option === undefined) return;
  throw new TypeError(`${option} needs prices. Pass prices: { model: { input, output } } to new GuardedRunner().`);
}

function checkDailyBudget(option: string, budget: DailyBudget): void {
  checkKeys(option, budget, ['maxTokens', 'maxCost']);
  checkCount(`${option}.maxTokens`, budget.maxTokens);
  checkAmount(`${option}.maxCost`, budget.maxCost);
  if (budget.maxTokens === undefined && budget.maxCost === undefined)
    throw new TypeError(`${option} has no limit. Pass { maxTokens }, { maxCost } or both.`);
}

function checkPrices(option: string, prices: unknown): void {
  if (!isJsonObject(prices))
    throw new TypeError(`${option} is ${shown(prices)}; it must be an object: { model: { input, output } }.`);
  for (const [model, price] of Object.entries(prices as Readonly<Record<string, Readonly<Record<string, unknown>>>>)) {
    const name = `${option}["${model}"]`;
    checkKeys(name, price, ['input', 'cachedInput', 'output']);
    for (const key of ['input', 'cachedInput', 'output']) {
      const value = price[key];
      if ((value === undefined && key === 'cachedInput') || (Number.isFinite(value) && (value as number) >= 0))
        continue;
      throw new TypeError(`${name}.${key} is ${shown(value)}; it must be a price per million tokens, from 0.`);
    }
  }
}

export function needsJournal(what: string): TypeError {
  return new TypeError(`${what} needs a journal. Pass journal: fileJournal(directory) to new GuardedRunner().`);
}

function checkGateway(option: string, gateway: unknown): void {
  const remedy = 'Pass new IntervenGateway() or new EmbeddedGateway().';
  if (typeof gateway === 'string') {
    // The string may be an API key, which must not reach a log.
    const value = /^https?:/.test(gateway) ? shown(gateway) : 'a string';
    throw new TypeError(`${option} is ${value}. ${remedy}`);
  }
  if (gateway === undefined || gateway === null) throw new TypeError(`${option} is ${shown(gateway)}. ${remedy}`);
  checkMethods(option, gateway, ['scan', 'approvalStatus'], remedy);
}

function checkTools(option: string, tools: unknown): void {
  if (typeof tools === 'object' && tools !== null && !Array.isArray(tools) && !(tools instanceof Map)) return;
  throw new TypeError(
    `${option} is ${shown(tools)}; it must be an object of tools by name: { post_message: tool({ … }) }.`,
  );
}

function checkMessages(option: string, messages: object): void {
  checkKeys(option, messages, Object.keys(STANDARD_MESSAGES));
  for (const [key, message] of Object.entries(messages)) checkFunction(`${option}.${key}`, message as unknown);
}

function checkJournal(option: string, journal: unknown): void {
  if (typeof journal === 'string')
    throw new TypeError(`${option} is ${shown(journal)}. Pass fileJournal(${shown(journal)}).`);
  checkMethods(option, journal, ['open', 'reopen'], 'Pass fileJournal(directory).');
}

/** Request params that each run sets. */
const RUN_PARAMS = ['input', 'conversation', 'previous_response_id', 'stream'];

function checkAssistants(option: string, assistants: unknown): void {
  if (!isJsonObject(assistants)) {
    throw new TypeError(
      `${option} is ${shown(assistants)}; it must be an object of request params by assistant id: { asst_…: { model, instructions } }.`,
    );
  }
  for (const [id, params] of Object.entries(assistants)) {
    const name = `${option}["${id}"]`;
    if (!isJsonObject(params)) {
      throw new TypeError(`${name} is ${shown(params)}; it must be an object: { model, instructions, … }.`);
    }
    const key = RUN_PARAMS.find((param) => params[param] !== undefined);
    if (key !== undefined) throw new TypeError(`${name} has "${key}", which each run sets. Remove it.`);
  }
}
