import type { z } from 'zod';
import {
  checkBoolean,
  checkCount,
  checkKeys,
  checkMs,
  checkString,
  oneOf,
  shown,
  type OptionTable,
} from '../../internal/checks.ts';
import type { ReturnedTrust } from '../gateway/gateway.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { parseUrl } from '../../internal/url.ts';
import type { ApprovalMode, CallContext, FailureMode, Mode, OutputScans, Target } from '../call/registered-tool.ts';

/** Any zod 4 schema, `zod/mini` included. */
export type Schema = z.core.$ZodType;

/** Settings of a tool. They override the runner's options of the same purpose. Times are milliseconds. */
export interface ToolSettings {
  /** Description for the model: when to call the tool, and what for. At most 1,024 characters. */
  readonly description?: string | undefined;
  /** Method and URL for the gateway's policies. Default: derived from the tool's name. */
  readonly target?: Target | undefined;
  /** Runs the tool's calls of a turn one by one, in the model's order. Default false: concurrently. */
  readonly sequential?: boolean | undefined;
  /** Maximum number of calls of the tool in a run. Default: no limit. */
  readonly limit?: number | undefined;
  /** Milliseconds the handler may take. Default: the runner's `handlerTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  readonly approval?: ApprovalMode | undefined;
  readonly approvalTimeoutMs?: number | undefined;
  readonly onGatewayError?: FailureMode | undefined;
  readonly mode?: Mode | undefined;
  readonly scanOutputs?: OutputScans | undefined;
  /**
   * How far the gateway trusts the values in the tool's outputs, with `provenance: true`. `'trusted'`: as your own data,
   * such as a directory that only you write. `'untrusted'`: anyone can write them, such as web pages and mails. Default:
   * in between.
   */
  readonly returns?: ReturnedTrust | undefined;
  /**
   * Runs a call in doubt again on resume, with the same `idempotencyKey`. Default false: the model learns that the
   * result is unknown. Needs a journal.
   */
  readonly idempotent?: boolean | undefined;
  /**
   * OpenAI's structured outputs for the arguments (`strict` of the function definition). The schema must then have no
   * optional fields, defaults, tuples, open keys or fields of any type. Default: not sent.
   */
  readonly strict?: boolean | undefined;
}

/**
 * True for a tool whose calls need an approval, or a function that decides for each call. It adds to the gateway's rules:
 * false does not clear a call. If it throws, takes longer than 10 seconds or returns no boolean, the call does not run
 * (`scan_rejected`). Needs a gateway with `holdsApprovals`, such as `EmbeddedGateway`. Default false.
 */
export type NeedsApproval<Input, Context> =
  boolean | ((input: Input, call: CallContext<Context>) => boolean | Promise<boolean>);

export interface ToolOptions<Parameters extends Schema, Context, Output extends Schema = Schema> extends ToolSettings {
  /**
   * Schema of the arguments. The gateway scans its output and the handler gets it. Its code runs before the decision, for
   * at most 10 seconds: keep effects out of it.
   */
  readonly parameters: Parameters;
  readonly needsApproval?: NeedsApproval<z.output<Parameters>, Context> | undefined;
  readonly output?: Output | undefined;
  readonly execute: (input: z.output<Parameters>, call: CallContext<Context>) => Returned<Output>;
}

/**
 * What a handler returns for a tool with `output`, the schema of its result: the model gets the schema's output, so
 * without fields that the schema does not have. A result that does not fit is an error of the handler (`handler_error`),
 * which names the paths and rules, never a value. Default: any result.
 */
export type Returned<Output extends Schema> = z.input<Output> | Promise<z.input<Output>>;

/** Format of a text tool's input: the Responses API's `format` of a custom tool. */
export type TextFormat =
  | { readonly type: 'text' }
  | { readonly type: 'grammar'; readonly syntax: 'lark' | 'regex'; readonly definition: string };

/** Options of a tool with free text input, such as code or a query: the Responses API's custom tool. */
export interface TextToolOptions<Context, Output extends Schema = Schema> extends Omit<ToolSettings, 'strict'> {
  readonly text: true;
  /** Format of the input. Default: any text. */
  readonly format?: TextFormat | undefined;
  readonly needsApproval?: NeedsApproval<string, Context> | undefined;
  readonly output?: Output | undefined;
  /** Handler that gets the model's text unchanged. The gateway scans it as the argument `input`. */
  readonly execute: (input: string, call: CallContext<Context>) => Returned<Output>;
}

/** Handler with its schema and settings, created by {@link tool}. */
export interface Tool<Context = unknown> {
  readonly settings: ToolSettings;
  /** Absent for a text tool. */
  readonly parameters?: Schema;
  readonly text?: TextFormat;
  readonly output?: Schema;
  readonly needsApproval?: NeedsApproval<never, Context>;
  readonly execute: (input: never, call: CallContext<Context>) => unknown;
}

/**
 * Bare function as a handler. It gets the parsed arguments without validation. (Declared as a method, so that you can
 * annotate the arguments with the types of the assistant's definition.)
 */
export type Handler<Context = unknown> = {
  handler(args: Record<string, unknown>, call: CallContext<Context>): unknown;
}['handler'];

/** Tools by name. */
export type Tools<Context = unknown> = Readonly<Record<string, Tool<Context> | Handler<Context>>>;

/** Rows of a tool's settings. An option without a default has that of the runner or of the API. */
export const TOOL_SETTINGS = {
  description: { check: checkDescription },
  target: { check: checkTarget },
  sequential: { check: checkBoolean, default: false },
  limit: { check: checkCount, default: Infinity },
  timeoutMs: { check: checkMs },
  approval: { check: oneOf('message', 'wait', 'park') },
  approvalTimeoutMs: { check: checkMs },
  onGatewayError: { check: oneOf('block', 'allow') },
  mode: { check: oneOf('enforce', 'monitor') },
  scanOutputs: { check: oneOf<OutputScans>(true, false, 'report') },
  returns: { check: oneOf<ReturnedTrust>('trusted', 'untrusted') },
  idempotent: { check: checkBoolean, default: false },
  strict: { check: checkBoolean },
} satisfies OptionTable<ToolSettings>;

/** "string too long. Expected a string with maximum length 1024": the limit of `tools[].function.description`. */
const MAX_DESCRIPTION = 1_024;

function checkDescription(option: string, value: string): void {
  checkString(option, value);
  if (value.length <= MAX_DESCRIPTION) return;
  throw new TypeError(
    `${option} has ${value.length} characters, and OpenAI accepts ${MAX_DESCRIPTION}. Describe the arguments with .describe() in the schema.`,
  );
}

function checkTarget(option: string, target: Target): void {
  if (typeof target === 'object') checkKeys(option, target, ['url', 'method'] satisfies (keyof Target)[]);
  const { url } = Object(target) as Target;
  if (/^https?:$/.test(parseUrl(url)?.protocol ?? '')) return;
  throw new TypeError(
    `${option.replace('target', 'target.url')} is ${shown(url)}; it must be an absolute http(s) URL.`,
  );
}

const TOOL_OPTIONS = [
  'parameters',
  'execute',
  'output',
  'text',
  'format',
  'needsApproval',
  ...Object.keys(TOOL_SETTINGS),
];

/** Names of these options in other libraries, for error messages. */
const ALIASES: Readonly<Record<string, string>> = {
  inputSchema: 'parameters',
  schema: 'parameters',
  input: 'parameters',
  args: 'parameters',
  outputSchema: 'output',
  handler: 'execute',
  run: 'execute',
  fn: 'execute',
  func: 'execute',
  function: 'execute',
  invoke: 'execute',
  call: 'execute',
};

/**
 * Creates a tool from a handler and the zod schema of its arguments, whose types it infers. `text: true` creates a text
 * tool for the Responses API.
 *
 * @throws TypeError for an unknown or invalid option
 *
 * @example
 * const postMessage = tool({
 *   description: 'Post a message to a Slack channel',
 *   parameters: z.object({ channel: z.string(), text: z.string() }),
 *   execute: async ({ channel, text }, call) => slack.post(channel, text, { signal: call.signal }),
 * });
 */
export function tool<Context = unknown, Output extends Schema = Schema>(
  options: TextToolOptions<Context, Output>,
): Tool<Context>;
export function tool<Parameters extends Schema, Context = unknown, Output extends Schema = Schema>(
  options: ToolOptions<Parameters, Context, Output>,
): Tool<Context>;
export function tool<Context>(options: TextToolOptions<Context> | ToolOptions<Schema, Context>): Tool<Context> {
  checkKeys('tool', options, TOOL_OPTIONS, ALIASES);
  if (typeof (options.execute as unknown) !== 'function') {
    throw new TypeError(
      `tool: execute is ${shown(options.execute)}; it must be the handler, a function (input, call).`,
    );
  }
  checkNeedsApproval(options.needsApproval);
  if ('text' in options) {
    const { text, format = { type: 'text' }, execute, output, needsApproval = false, ...settings } = options;
    if ((text as unknown) !== true)
      throw new TypeError(`tool: text is ${shown(text)}; it must be true. Leave it out for JSON arguments.`);
    const odd = ['parameters', 'strict'].find((key) => key in settings);
    if (odd !== undefined) throw new TypeError(`tool: text: true and ${odd} exclude each other. Pass one of them.`);
    checkFormat(format);
    return { text: format, execute, needsApproval, settings, ...omitUndefined({ output }) };
  }
  const { parameters, execute, output, needsApproval = false, ...settings } = options;
  return { parameters, execute, needsApproval, settings, ...omitUndefined({ output }) };
}

function checkNeedsApproval(value: unknown): void {
  if (value === undefined || typeof value === 'boolean' || typeof value === 'function') return;
  throw new TypeError(`tool: needsApproval is ${shown(value)}; it must be true, false or a function (input, call).`);
}

function checkFormat(format: unknown): void {
  const { type, syntax, definition } = Object(format) as Record<string, unknown>;
  const isGrammar = type === 'grammar' && (syntax === 'lark' || syntax === 'regex') && typeof definition === 'string';
  if (type === 'text' || isGrammar) return;
  throw new TypeError(
    `tool: format is ${shown(format)}; it must be { type: 'text' } or { type: 'grammar', syntax: 'lark' | 'regex', definition }.`,
  );
}
