import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { ArgumentsError } from './call/argument-problems.ts';
import { scannableTarget } from './call/describe.ts';
import type { CallTarget } from './call/registered-tool.ts';
import type { Conversation, Decision, Gateway, Principal, ScanRequest } from './gateway/gateway.ts';
import { argumentsOf, isFunctionType, writtenArguments } from './call/tool-call.ts';
import { faultOf, GatewayError, type GatewayFault } from './gateway/gateway-error.ts';
import { principalOf } from './gateway/principal.ts';
import { readDecision } from './gateway/read-reply.ts';
import { INTERVEN_OPTIONS, IntervenGateway, type IntervenGatewayOptions } from './gateway/interven.ts';
import { Limit } from '../internal/abort.ts';
import { checkBoolean, checkId, checkKeys, checkMethods, shown } from '../internal/checks.ts';
import { freezeJson, isJsonObject, type JsonObject } from '../internal/json.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/** Function call of the Assistants and Chat Completions APIs. A compatible server may leave out `type` and `arguments`. */
export interface FunctionToolCallLike {
  readonly id?: string;
  readonly type?: string | null;
  readonly function: { readonly name: string; readonly arguments?: unknown };
}

/** Custom tool call of the Chat Completions API. Its input is text, which is scanned as the argument `input`. */
export interface CustomToolCallLike {
  readonly id?: string;
  readonly type?: string | null;
  readonly custom: { readonly name: string; readonly input: string };
}

/** `function_call` item of the Responses API, or required action of the Agents API. */
export interface FunctionCallItemLike {
  readonly type?: string | null;
  readonly call_id: string;
  readonly name: string;
  readonly arguments?: unknown;
}

/** `custom_tool_call` item of the Responses API. */
export interface CustomToolCallItemLike {
  readonly type?: string | null;
  readonly call_id: string;
  readonly name: string;
  readonly input: string;
}

export type ToolCallLike = FunctionToolCallLike | CustomToolCallLike | FunctionCallItemLike | CustomToolCallItemLike;

export type ScanToolCallsOptions = {
  readonly signal?: AbortSignal | undefined;
  /** The user's messages and tool outputs before these calls, passed to the gateway unchanged. */
  readonly conversation?: Conversation | undefined;
  /** The user or service on whose behalf your loop acts, passed to the gateway. */
  readonly principal?: Principal | undefined;
  /** Id of the thread or conversation, passed to the gateway. */
  readonly threadId?: string | undefined;
  /**
   * True if your loop runs the arguments that an approver edits: `editedArguments` of an approval, or
   * `effectiveArguments` of a later scan. Default false: the gateway then refuses edits.
   */
  readonly takesEdits?: boolean | undefined;
} & (
  | { readonly gateway: Gateway }
  /** Options of an Interven gateway; see {@link IntervenGatewayOptions} for the defaults. */
  | Pick<
      IntervenGatewayOptions,
      'apiKey' | 'gatewayUrl' | 'timeoutMs' | 'agentId' | 'agentName' | 'sendConversation' | 'sendPrincipal'
    >
);

/** The gateway's decision, or a DENY whose reason code says why there is none. */
export type ToolCallScan = Decision & {
  readonly fault?: GatewayFault;
  /** Error thrown by the gateway or by the argument parser. */
  readonly error?: unknown;
};

export interface ScannedToolCall<Call> {
  readonly toolCall: Call;
  /** The tool's name. */
  readonly name: string;
  readonly scan: ToolCallScan;
  /**
   * Arguments to run with: the redacted ones after SANITIZE, otherwise the call's own. A custom tool's text is the
   * argument `input`.
   */
  readonly effectiveArguments: JsonObject;
}

const MAX_CONCURRENT = 16;
/** Milliseconds a scan may take with a gateway passed as `gateway`, which may have no timeout of its own. */
const SCAN_MS = 30_000;

/**
 * Scans tool calls concurrently (16 at a time) for a loop of your own, like the Python package's `scan_tool_calls`. It
 * runs no handler. A failed scan gives DENY with the reason code `SCAN_UNAVAILABLE`. Arguments that are not a JSON
 * object, or have a number that JavaScript cannot represent exactly, give DENY with `INVALID_ARGUMENTS`: the message of
 * `scan.error` names the path and the rule, never a value.
 *
 * @returns one entry per call, in the order of `toolCalls`
 * @throws GatewayError for a misconfigured gateway or rejected request (HTTP 4xx); TypeError for a call of an unknown
 * type; the signal's reason when it aborts
 *
 * @example
 * for (const { toolCall, name, scan, effectiveArguments } of await scanToolCalls(message.tool_calls ?? [], { gateway })) {
 *   const isCleared = scan.decision === 'ALLOW' || scan.decision === 'SANITIZE';
 *   const content = isCleared ? await tools[name](effectiveArguments) : `Tool blocked: ${scan.reasonCodes.join(', ')}`;
 *   messages.push({ role: 'tool', tool_call_id: toolCall.id, content });
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
  const { signal, conversation, principal: given, threadId, takesEdits, ...rest } = options;
  checkConversation(conversation);
  if (threadId !== undefined) checkId('threadId', threadId);
  checkBoolean('takesEdits', takesEdits);
  const principal = given === undefined ? undefined : principalOf('principal', given);
  const facts = omitUndefined({ conversation, principal, threadId, takesEdits });
  const isGatewayGiven = 'gateway' in rest;
  if (isGatewayGiven) checkMethods('gateway', rest.gateway, ['scan']);
  const gateway = isGatewayGiven ? rest.gateway : new IntervenGateway(rest);
  const all = new Limit(signal);
  setMaxListeners(0, all.signal);
  const limit = pLimit(MAX_CONCURRENT);
  const scan = async (toolCall: Call): Promise<ScannedToolCall<Call>> => {
    all.signal.throwIfAborted();
    try {
      return await scanOne(toolCall, facts, gateway, isGatewayGiven ? SCAN_MS : Infinity, all.signal);
    } catch (error) {
      // Stop the other scans: they would fail the same way.
      all.abort(error);
      throw error;
    }
  };
  try {
    return await Promise.all(toolCalls.map((toolCall) => limit(async () => scan(toolCall))));
  } finally {
    all.close();
  }
}

async function scanOne<Call extends ToolCallLike>(
  toolCall: Call,
  facts: Pick<ScanRequest, 'conversation' | 'principal' | 'threadId' | 'takesEdits'>,
  gateway: Gateway,
  limitMs: number,
  signal: AbortSignal,
): Promise<ScannedToolCall<Call>> {
  const fields = fieldsOf(toolCall);
  const name = String(fields.name);
  let args: JsonObject;
  let target: CallTarget;
  try {
    args = readArguments(fields);
    target = scannableTarget(name, args, undefined);
  } catch (error) {
    return { toolCall, name, scan: denial('INVALID_ARGUMENTS', { error }), effectiveArguments: {} };
  }
  const runtimeType = 'openai_assistants';
  const request = { functionName: name, ...target, body: args, runtimeType, ...facts };
  try {
    const ask = async (limited: AbortSignal): Promise<unknown> => gateway.scan(request, { signal: limited });
    const scan = readDecision(await new Limit(signal, limitMs).within(({ signal }) => ask(signal)));
    const effectiveArguments = scan.decision === 'SANITIZE' ? sanitizedArguments(scan.sanitizedBody) : args;
    return { toolCall, name, scan, effectiveArguments };
  } catch (error) {
    signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') throw error;
    return { toolCall, name, scan: denial('SCAN_UNAVAILABLE', { fault, error }), effectiveArguments: args };
  }
}

const OPTIONS: readonly string[] = [
  'gateway',
  'signal',
  'conversation',
  'principal',
  'threadId',
  'takesEdits',
  ...Object.keys(INTERVEN_OPTIONS),
];

const CALL_SHAPES = 'calls: { id, function: { name, arguments } } or { call_id, name, arguments }';
const CUSTOM_TYPES: readonly unknown[] = ['custom', 'custom_tool_call'];

function checkCall(index: number, call: unknown): void {
  const { type, name } = fieldsOf(call);
  if (typeof name !== 'string') {
    throw new TypeError(
      `toolCalls[${index}] is ${shown(call)} without a name; toolCalls must be an array of ${CALL_SHAPES}.`,
    );
  }
  if (isFunctionType(type) || type === 'function_call' || CUSTOM_TYPES.includes(type)) return;
  throw new TypeError(
    `toolCalls[${index}] has the type ${shown(type)}, which is not supported. Pass only calls of functions and custom tools.`,
  );
}

/** Returns the fields of a call, wherever its API has them. */
function fieldsOf(call: unknown): Readonly<Record<'type' | 'name' | 'arguments' | 'input', unknown>> {
  const { type, function: ofFunction, custom, ...item } = Object(call) as Readonly<Record<string, unknown>>;
  const fields = Object(ofFunction ?? custom ?? item) as Record<'name' | 'arguments' | 'input', unknown>;
  return { ...fields, type };
}

/** @throws ArgumentsError */
function readArguments({ type, arguments: args, input }: ReturnType<typeof fieldsOf>): JsonObject {
  const isText = CUSTOM_TYPES.includes(type) || (args === undefined && typeof input === 'string');
  if (!isText) return argumentsOf({ kind: 'function', ...writtenArguments(args) }, false);
  if (typeof input === 'string') return argumentsOf({ kind: 'text', arguments: input });
  throw new ArgumentsError([{ path: ['input'], problem: 'The input is not a string.' }]);
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
