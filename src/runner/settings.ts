import { checkClient } from './client-checks.ts';
import type { OpenAIClient } from './client.ts';
import type { Journal } from './journal/journal.ts';
import type { ApprovalRequest, RunListener } from './events.ts';
import type { Gateway } from './gateway/gateway.ts';
import { STANDARD_MESSAGES, type Messages } from './call/messages.ts';
import type { ApprovalMode, FailureMode, Mode } from './call/registered-tool.ts';
import type { InDoubtAnswer, InDoubtCall } from './call/run-context.ts';
import type { Telemetry } from './trace.ts';
import {
  checkBoolean,
  checkChoice,
  checkCount,
  checkFunction,
  checkKeys,
  checkMethods,
  checkMs,
  shown,
} from '../internal/checks.ts';
import { isJsonObject } from '../internal/json.ts';
import type { CommonRunOptions, GuardedRunnerOptions, GuardOptions, Transport } from './options.ts';

const GUARD_KEYS: readonly (keyof GuardOptions)[] = [
  'approval',
  'timeoutMs',
  'maxTurns',
  'maxToolCalls',
  'pollIntervalMs',
  'agentId',
  'agentName',
  'provenance',
  'onEvent',
  'payloads',
  'transport',
];

const RUNNER_KEYS: readonly (keyof GuardedRunnerOptions<unknown, OpenAIClient>)[] = [
  ...GUARD_KEYS,
  'client',
  'gateway',
  'tools',
  'assistants',
  'onGatewayError',
  'mode',
  'awaitScans',
  'telemetry',
  'journal',
  'onInDoubt',
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
  readonly mode: Mode;
  readonly awaitScans: boolean;
  readonly telemetry: Telemetry | undefined;
  readonly journal: Journal | undefined;
  readonly onInDoubt: ((call: InDoubtCall) => InDoubtAnswer | Promise<InDoubtAnswer>) | undefined;
  readonly onApprovalRequested: ((request: ApprovalRequest) => unknown) | undefined;
  readonly messages: Messages;
  readonly approval: ApprovalMode;
  readonly timeoutMs: number;
  /** The option as given; the default depends on the API. */
  readonly maxTurns: number | undefined;
  readonly maxToolCalls: number;
  readonly pollIntervalMs: number;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
  readonly provenance: boolean;
  readonly onEvent: RunListener | undefined;
  readonly payloads: boolean;
  /** The option as given; the default depends on the API and the method. */
  readonly transport: Transport | undefined;
  readonly scanTimeoutMs: number;
  readonly handlerTimeoutMs: number;
  readonly approvalTimeoutMs: number;
  readonly graceMs: number;
  readonly expiryMarginMs: number;
  readonly maxConcurrentScans: number;
  readonly maxConcurrentHandlers: number;
}

/**
 * Checks the runner's options and fills in the defaults.
 * @throws TypeError with the option's name and value
 */
export function runnerSettings(options: GuardedRunnerOptions<never, OpenAIClient>): RunnerSettings {
  checkKeys('GuardedRunner', options, RUNNER_KEYS);
  checkClient(options.client);
  checkAssistants(options.assistants);
  checkGateway(options.gateway);
  const journal = checkJournal(options.journal);
  const messages = options.messages ?? {};
  checkKeys('messages', messages, Object.keys(STANDARD_MESSAGES));
  for (const [key, message] of Object.entries(messages)) checkFunction(`messages.${key}`, message);
  const settings: RunnerSettings = {
    gateway: options.gateway,
    onGatewayError: checkChoice('onGatewayError', options.onGatewayError, ['block', 'allow']) ?? 'block',
    mode: checkChoice('mode', options.mode, ['enforce', 'monitor']) ?? 'enforce',
    awaitScans: checkBoolean('awaitScans', options.awaitScans) ?? false,
    telemetry: checkTelemetry(options.telemetry),
    journal,
    onInDoubt: checkFunction('onInDoubt', options.onInDoubt),
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
      onEvent: undefined,
      payloads: false,
      transport: undefined,
    }),
    scanTimeoutMs: checkMs('scanTimeoutMs', options.scanTimeoutMs) ?? 30_000,
    handlerTimeoutMs: checkMs('handlerTimeoutMs', options.handlerTimeoutMs) ?? 120_000,
    approvalTimeoutMs: checkMs('approvalTimeoutMs', options.approvalTimeoutMs) ?? 180_000,
    graceMs: checkMs('graceMs', options.graceMs, 0) ?? 5_000,
    expiryMarginMs: checkMs('expiryMarginMs', options.expiryMarginMs, 0) ?? 20_000,
    maxConcurrentScans: checkCount('maxConcurrentScans', options.maxConcurrentScans) ?? 16,
    maxConcurrentHandlers: checkCount('maxConcurrentHandlers', options.maxConcurrentHandlers) ?? 16,
  };
  checkPark('approval', settings.approval, journal);
  return Object.freeze(settings);
}

/** Settings that a run may override, with every default filled in. */
export type GuardSettings = Pick<RunnerSettings, keyof GuardOptions>;

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

/** Merges a run's options over the runner's settings. `run` removes its `params` first. */
export function runSettings(
  options: CommonRunOptions,
  runner: RunnerSettings,
  method: RunMethod,
): GuardSettings & { readonly maxTurns: number } {
  checkKeys(method, options, RUN_KEYS);
  if (options.signal !== undefined) checkMethods('signal', options.signal, ['addEventListener', 'throwIfAborted']);
  const settings = guardSettings(options, runner);
  checkPark('approval', settings.approval, runner.journal);
  // An agent and its subagents take many turns on their own.
  const isSession = method === 'session' || method === 'resumeSession' || method === 'streamSession';
  return { ...settings, maxTurns: settings.maxTurns ?? (isSession ? Infinity : 10) };
}

function guardSettings(options: GuardOptions, defaults: GuardSettings): GuardSettings {
  const pollIntervalMs = checkMs('pollIntervalMs', options.pollIntervalMs, 0) ?? defaults.pollIntervalMs;
  return {
    approval: checkChoice('approval', options.approval, ['message', 'wait', 'park']) ?? defaults.approval,
    timeoutMs: checkMs('timeoutMs', options.timeoutMs) ?? defaults.timeoutMs,
    maxTurns: checkCount('maxTurns', options.maxTurns) ?? defaults.maxTurns,
    maxToolCalls: checkCount('maxToolCalls', options.maxToolCalls) ?? defaults.maxToolCalls,
    // openai 5 and 6 take 0 for "not set" and then wait 5 s.
    pollIntervalMs: Math.max(pollIntervalMs, 1),
    agentId: options.agentId ?? defaults.agentId,
    agentName: options.agentName ?? defaults.agentName,
    provenance: checkBoolean('provenance', options.provenance) ?? defaults.provenance,
    onEvent: checkFunction('onEvent', options.onEvent) ?? defaults.onEvent,
    payloads: checkBoolean('payloads', options.payloads) ?? defaults.payloads,
    transport: checkChoice('transport', options.transport, ['stream', 'poll']) ?? defaults.transport,
  };
}

/** @throws TypeError for `park` without a journal: no process could resume the run */
export function checkPark(option: string, approval: ApprovalMode | undefined, journal: Journal | undefined): void {
  if (approval === 'park' && !journal) throw needsJournal(`${option} is "park", which`);
}

export function needsJournal(what: string): TypeError {
  return new TypeError(`${what} needs a journal. Pass journal: fileJournal(directory) to new GuardedRunner().`);
}

function checkGateway(gateway: unknown): void {
  const remedy = 'Pass new IntervenGateway() or new EmbeddedGateway().';
  if (typeof gateway === 'string') {
    // The string may be an API key, which must not reach a log.
    const value = /^https?:/.test(gateway) ? shown(gateway) : 'a string';
    throw new TypeError(`gateway is ${value}. ${remedy}`);
  }
  if (gateway === undefined || gateway === null) throw new TypeError(`gateway is ${shown(gateway)}. ${remedy}`);
  checkMethods('gateway', gateway, ['scan', 'approvalStatus'], remedy);
}

function checkJournal(journal: Journal | undefined): Journal | undefined {
  const given: unknown = journal;
  if (given === undefined) return undefined;
  if (typeof given === 'string') throw new TypeError(`journal is ${shown(given)}. Pass fileJournal(${shown(given)}).`);
  checkMethods('journal', given, ['open', 'reopen'], 'Pass fileJournal(directory).');
  return journal;
}

function checkTelemetry(telemetry: Telemetry | undefined): Telemetry | undefined {
  if (telemetry !== undefined) checkMethods('telemetry', telemetry, ['startRun'], 'Pass openTelemetry().');
  return telemetry;
}

/** Request params that each run sets. */
const RUN_PARAMS = ['input', 'conversation', 'previous_response_id', 'stream'];

function checkAssistants(assistants: unknown = {}): void {
  if (!isJsonObject(assistants)) {
    throw new TypeError(
      `assistants is ${shown(assistants)}; it must be an object of request params by assistant id: { asst_…: { model, instructions } }.`,
    );
  }
  for (const [id, params] of Object.entries(assistants)) {
    if (!isJsonObject(params)) {
      throw new TypeError(`assistants["${id}"] is ${shown(params)}; it must be an object: { model, instructions, … }.`);
    }
    const key = RUN_PARAMS.find((name) => params[name] !== undefined);
    if (key !== undefined) throw new TypeError(`assistants["${id}"] has "${key}", which each run sets. Remove it.`);
  }
}
