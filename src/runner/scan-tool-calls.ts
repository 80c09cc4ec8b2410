import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { describe } from './call/describe.ts';
import type { Conversation, Decision, DecisionWord, Gateway } from './gateway/gateway.ts';
import { argumentsOf, writtenArguments } from './call/tool-call.ts';

import { faultOf, GatewayError, type GatewayFault } from './gateway/gateway-error.ts';
import { INTERVEN_OPTIONS, IntervenGateway, type IntervenGatewayOptions } from './gateway/interven.ts';
import { limitedController, withTimeLimit } from '../internal/abort.ts';
import { checkKeys, checkMethods, shown } from '../internal/checks.ts';
import { freezeJson, isJsonObject, type JsonObject } from '../internal/json.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/** Tool call in the format of the Assistants and Chat Completions APIs. */
export interface FunctionToolCallLike {
  readonly id?: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

/** `function_call` item of the Responses API. */
export interface FunctionCallItemLike {
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
}

export type ToolCallLike = FunctionToolCallLike | FunctionCallItemLike;

export type ScanToolCallsOptions = {
  readonly signal?: AbortSignal | undefined;
  /** The user's messages and tool outputs before these calls, passed to the gateway unchanged. */
  readonly conversation?: Conversation | undefined;
} & (
  | { readonly gateway: Gateway }
  /** Options of an Interven gateway; see {@link IntervenGatewayOptions} for the defaults. */
  | Pick<IntervenGatewayOptions, 'apiKey' | 'gatewayUrl' | 'timeoutMs' | 'agentId' | 'agentName' | 'sendConversation'>
);

/** The gateway's decision, or a DENY whose reason code says why there is none. */
export type ToolCallScan = Decision & {
  readonly fault?: GatewayFault;
  /** Error thrown by the gateway or by the argument parser. */
  readonly error?: unknown;
};

export interface ScannedToolCall<Call> {
  readonly toolCall: Call;
  readonly scan: ToolCallScan;
  /** Arguments to run with: the redacted ones after SANITIZE, otherwise the call's own. */
  readonly effectiveArguments: JsonObject;
}

const MAX_CONCURRENT = 16;
/** Milliseconds a scan may take with a gateway passed as `gateway`, which may have no timeout of its own. */
const SCAN_MS = 30_000;
const DECISIONS: ReadonlySet<string> = new Set([
  'ALLOW',
  'SANITIZE',
  'DENY',
  'REQUIRE_APPROVAL',
] satisfies DecisionWord[]);

/**
 * Scans tool calls concurrently (16 at a time) for a loop of your own, like the Python package's `scan_tool_calls`. It
 * runs no handler. A failed scan gives DENY with the reason code `SCAN_UNAVAILABLE`, arguments that are not a JSON
 * object give DENY with `INVALID_ARGUMENTS`.
 *
 * @returns one entry per call, in the order of `toolCalls`
 * @throws GatewayError for a misconfigured gateway or rejected request (HTTP 4xx); the signal's reason when it aborts
 *
 * @example
 * for (const { toolCall, scan, effectiveArguments } of await scanToolCalls(toolCalls, { gateway })) {
 *   const isCleared = scan.decision === 'ALLOW' || scan.decision === 'SANITIZE';
 *   if (isCleared) await tools[toolCall.function.name](effectiveArguments);
 * }
 */
export async function scanToolCalls<Call extends ToolCallLike>(
  toolCalls: readonly Call[],
  options: ScanToolCallsOptions = {},
): Promise<ScannedToolCall<Call>[]> {
  const list: unknown = toolCalls;
  if (!Array.isArray(list)) throw new TypeError(`toolCalls is ${shown(list)}; it must be an array of ${CALL_SHAPES}.`);
  for (const [index, call] of list.entries()) checkCall(index, call);
  checkKeys('scanToolCalls', options, OPTIONS);
  const { signal, conversation, ...rest } = options;
  checkConversation(conversation);
  const isGatewayGiven = 'gateway' in rest;
  if (isGatewayGiven) checkMethods('gateway', rest.gateway, ['scan']);
  const gateway = isGatewayGiven ? rest.gateway : new IntervenGateway(rest);
  const { controller, close } = limitedController(signal);
  setMaxListeners(0, controller.signal);
  const limit = pLimit(MAX_CONCURRENT);
  const scan = async (toolCall: Call): Promise<ScannedToolCall<Call>> => {
    controller.signal.throwIfAborted();
    try {
      return await scanOne(toolCall, conversation, gateway, isGatewayGiven ? SCAN_MS : Infinity, controller.signal);
    } catch (error) {
      // Stop the other scans: they would fail the same way.
      controller.abort(error);
      throw error;
    }
  };
  try {
    return await Promise.all(toolCalls.map((toolCall) => limit(async () => scan(toolCall))));
  } finally {
    close();
  }
}

async function scanOne<Call extends ToolCallLike>(
  toolCall: Call,
  conversation: Conversation | undefined,
  gateway: Gateway,
  limitMs: number,
  signal: AbortSignal,
): Promise<ScannedToolCall<Call>> {
  const { name, arguments: text }: FunctionToolCallLike['function'] =
    'function' in toolCall ? toolCall.function : toolCall;
  let args: JsonObject;
  try {
    args = argumentsOf({ kind: 'function', ...writtenArguments(text) }, false);
  } catch (error) {
    return { toolCall, scan: denial('INVALID_ARGUMENTS', { error }), effectiveArguments: {} };
  }
  const target = describe(name, args, undefined);
  const runtimeType = 'openai_assistants';
  const request = omitUndefined({ functionName: name, ...target, body: args, runtimeType, conversation });
  try {
    const scan = await withTimeLimit(limitMs, signal, async (limited) => gateway.scan(request, { signal: limited }));
    if (!DECISIONS.has(scan.decision))
      throw new GatewayError('malformed_reply', `Unknown decision "${scan.decision}" from the gateway.`);
    const effectiveArguments = scan.decision === 'SANITIZE' ? sanitizedArguments(scan.sanitizedBody) : args;
    return { toolCall, scan, effectiveArguments };
  } catch (error) {
    signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') throw error;
    return { toolCall, scan: denial('SCAN_UNAVAILABLE', { fault, error }), effectiveArguments: args };
  }
}

const OPTIONS: readonly string[] = ['gateway', 'signal', 'conversation', ...Object.keys(INTERVEN_OPTIONS)];

const CALL_SHAPES = 'calls: { id, function: { name, arguments } } or { call_id, name, arguments }';

function checkCall(index: number, call: unknown): void {
  const { function: inner = call } = Object(call) as { readonly function?: unknown };
  if (typeof (Object(inner) as { readonly name?: unknown }).name === 'string') return;
  throw new TypeError(
    `toolCalls[${index}] is ${shown(call)} without a name; toolCalls must be an array of ${CALL_SHAPES}.`,
  );
}

function checkConversation(conversation: Conversation | undefined): void {
  if (conversation === undefined) return;
  const { userMessages, toolOutputs } = Object(conversation) as Partial<Record<keyof Conversation, unknown>>;
  if (Array.isArray(userMessages) && Array.isArray(toolOutputs)) return;
  throw new TypeError(
    `conversation is ${shown(conversation)}; it must be { userMessages: [string], toolOutputs: [{ functionName, output }] }.`,
  );
}

function sanitizedArguments(body: unknown): JsonObject {
  try {
    if (isJsonObject(body)) return freezeJson(structuredClone(body));
  } catch {
    // Treat an untrusted body as missing.
  }
  throw new GatewayError('malformed_reply', 'The gateway decided SANITIZE without a valid sanitized body.');
}

function denial(reasonCode: string, why: Pick<ToolCallScan, 'fault' | 'error'>): ToolCallScan {
  return { decision: 'DENY', reasonCodes: [reasonCode], classifications: [], raw: undefined, ...why };
}
