import type { z } from 'zod';
import { checkKeys, shown } from '../../internal/checks.ts';
import type { ApprovalMode, CallContext, FailureMode, Mode, Target } from '../call/registered-tool.ts';

/** Any zod 4 schema, `zod/mini` included. */
export type Schema = z.core.$ZodType;

/** How a tool is guarded and run; every setting has the runner's as its default. Times are milliseconds. */
export interface ToolSettings {
  /** For the model: when to call the tool, and what for. */
  readonly description?: string | undefined;
  /**
   * What the tool does to the outside, for the gateway's policies. Without it the tool's name decides: see the README's
   * table.
   */
  readonly target?: Target | undefined;
  /** Its calls of one turn run one after the other, in the model's order. Default: all at once. */
  readonly sequential?: boolean | undefined;
  /** How many calls of it one run may make. Default: no limit. */
  readonly limit?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly approval?: ApprovalMode | undefined;
  readonly approvalTimeoutMs?: number | undefined;
  readonly onGatewayError?: FailureMode | undefined;
  readonly mode?: Mode | undefined;
  /**
   * Whether a call that an interrupted process may have begun runs again, with the same `idempotencyKey`. Default false: the model is told that
   * nobody knows. Only with a journal.
   */
  readonly idempotent?: boolean | undefined;
  /** OpenAI's structured outputs for the arguments (`strict` of the function definition). Default: not sent. */
  readonly strict?: boolean | undefined;
}

export interface ToolOptions<Parameters extends Schema, Context> extends ToolSettings {
  /** The arguments; the handler gets what the schema makes of them. */
  readonly parameters: Parameters;
  readonly execute: (input: z.output<Parameters>, call: CallContext<Context>) => unknown;
}

/** What a text tool's input looks like; the Responses API's `format` of a custom tool. */
export type TextFormat =
  | { readonly type: 'text' }
  | { readonly type: 'grammar'; readonly syntax: 'lark' | 'regex'; readonly definition: string };

/** A tool of free text, such as code or a query: the Responses API's custom tool. */
export interface TextToolOptions<Context> extends Omit<ToolSettings, 'strict'> {
  readonly text: true;
  /** Default: text of whatever kind. */
  readonly format?: TextFormat | undefined;
  /** Gets the text as the model wrote it. The gateway is shown it as the argument `input`. */
  readonly execute: (input: string, call: CallContext<Context>) => unknown;
}

/** A handler with its schema and settings, made by {@link tool}. */
export interface Tool<Context = unknown> {
  readonly settings: ToolSettings;
  /** Absent for a tool of text. */
  readonly parameters?: Schema;
  readonly text?: TextFormat;
  readonly execute: (input: never, call: CallContext<Context>) => unknown;
}

/**
 * A bare function as a handler: it gets the parsed arguments, unchecked. (A method's signature, so that the arguments
 * can be annotated with what the assistant's definition promises.)
 */
export type Handler<Context = unknown> = {
  handler(args: Record<string, unknown>, call: CallContext<Context>): unknown;
}['handler'];

/** The runner's tools by name. */
export type Tools<Context = unknown> = Readonly<Record<string, Tool<Context> | Handler<Context>>>;

export const TOOL_SETTINGS: readonly (keyof ToolSettings)[] = [
  'description',
  'target',
  'sequential',
  'limit',
  'timeoutMs',
  'approval',
  'approvalTimeoutMs',
  'onGatewayError',
  'mode',
  'idempotent',
  'strict',
];

const TOOL_OPTIONS = ['parameters', 'execute', 'text', 'format', ...TOOL_SETTINGS];

/** What other libraries call our options. */
const ALIASES: Readonly<Record<string, string>> = {
  inputSchema: 'parameters',
  schema: 'parameters',
  input: 'parameters',
  args: 'parameters',
  handler: 'execute',
  run: 'execute',
  fn: 'execute',
  func: 'execute',
  function: 'execute',
  invoke: 'execute',
  call: 'execute',
};

/**
 * Joins a handler with the schema of its arguments, whose types it infers; with `text: true`, a handler of plain text for
 * the Responses API.
 *
 * @example
 * const postMessage = tool({
 *   description: 'Post a message to a Slack channel',
 *   parameters: z.object({ channel: z.string(), text: z.string() }),
 *   execute: async ({ channel, text }, call) => slack.post(channel, text, { signal: call.signal }),
 * });
 */
export function tool<Context = unknown>(options: TextToolOptions<Context>): Tool<Context>;
export function tool<Parameters extends Schema, Context = unknown>(
  options: ToolOptions<Parameters, Context>,
): Tool<Context>;
export function tool<Context>(options: TextToolOptions<Context> | ToolOptions<Schema, Context>): Tool<Context> {
  checkKeys('tool', options, TOOL_OPTIONS, ALIASES);
  if (typeof (options.execute as unknown) !== 'function') {
    throw new TypeError(
      `tool: execute is ${shown(options.execute)}; it must be the handler, a function (input, call).`,
    );
  }
  if ('text' in options) {
    const { text, format = { type: 'text' }, execute, ...settings } = options;
    if ((text as unknown) !== true)
      throw new TypeError(`tool: text is ${shown(text)}; it must be true. Leave it out for JSON arguments.`);
    const odd = ['parameters', 'strict'].find((key) => key in settings);
    if (odd !== undefined) throw new TypeError(`tool: text: true and ${odd} exclude each other. Pass one of them.`);
    checkFormat(format);
    return { text: format, execute, settings };
  }
  const { parameters, execute, ...settings } = options;
  return { parameters, execute, settings };
}

function checkFormat(format: unknown): void {
  const { type, syntax, definition } = Object(format) as Record<string, unknown>;
  const isGrammar = type === 'grammar' && (syntax === 'lark' || syntax === 'regex') && typeof definition === 'string';
  if (type === 'text' || isGrammar) return;
  throw new TypeError(
    `tool: format is ${shown(format)}; it must be { type: 'text' } or { type: 'grammar', syntax: 'lark' | 'regex', definition }.`,
  );
}
