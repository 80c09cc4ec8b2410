import type { ViewStream } from '../runner/run-view.ts';
import { GatewayError } from '../runner/gateway/gateway-error.ts';
import { PolicyError, problemText } from '../embedded/policy/policy-error.ts';
import { messageOf } from '../internal/error-message.ts';

/** The surroundings of a command; tests replace them. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes results to stdout. */
  readonly write: (text: string) => void;
  /** Stdout for commands that draw: it escapes nothing. */
  readonly screen: ViewStream;
  /** Writes errors, warnings and progress to stderr. */
  readonly log: (text: string) => void;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  /** Aborts on the first SIGINT or SIGTERM, which from then on no longer end the process. */
  readonly stopSignal: () => AbortSignal;
}

/** The exit codes, as `--help` explains them. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'ok'],
  [1, 'negative result: an invalid policy, a failed test, a call that must not run as it is'],
  [2, 'usage error: an option, a value or a line of the input is invalid'],
  [3, 'failure: the network, a file, or policies that cannot be loaded'],
];

interface AnyOption {
  readonly description: string;
  /** The placeholder of the value in `--help`, such as `FILE`. */
  readonly value?: string;
}

export interface SwitchOption extends AnyOption {
  readonly type: 'boolean';
  readonly multiple?: never;
}

export interface TextOption extends AnyOption {
  readonly type: 'string';
  readonly multiple?: never;
}

/** May be repeated; each value may be a comma-separated list. */
export interface ListOption extends AnyOption {
  readonly type: 'string';
  readonly multiple: true;
}

/** One option of a command. */
export type CommandOption = SwitchOption | TextOption | ListOption;

export type CommandOptions = Readonly<Record<string, CommandOption>>;

type ValueOf<Option extends CommandOption> = Option extends SwitchOption
  ? boolean
  : Option extends ListOption
    ? readonly string[]
    : string | undefined;

/** The parsed command line. */
export interface ParsedArgs<Options extends CommandOptions> {
  readonly values: { readonly [Name in keyof Options]: ValueOf<Options[Name]> };
  readonly operands: readonly string[];
  /** True to print results as JSON. */
  readonly json: boolean;
}

/** One command and its help. */
export interface Command<Options extends CommandOptions = CommandOptions> {
  readonly name: string;
  /** The summary in one line. */
  readonly summary: string;
  /** Details beyond the summary. */
  readonly description?: string;
  /** The arguments, such as `ID`, `FILE…` for one or more, or `[FILE…]` for any number. Default: none. */
  readonly operands?: string;
  readonly options: Options;
  /** The environment variables that it reads. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Options that users may expect, and why they are not supported. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /**
   * Resolves with the exit code.
   *
   * @throws CommandError, or any other error for exit code 3
   */
  run(given: ParsedArgs<Options>, io: Io): Promise<number>;
}

/** Commands that share their first word. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** Lists commands with their names, which begin with that of their group. */
export function commandsIn(table: readonly (Command | CommandGroup)[]): readonly (readonly [string, Command])[] {
  return table.flatMap((entry) =>
    'commands' in entry
      ? entry.commands.map((one) => [`${entry.name} ${one.name}`, one] as const)
      : [[entry.name, entry] as const],
  );
}

/** Creates a command whose `run` has typed options. */
export function command<const Options extends CommandOptions>(definition: Command<Options>): Command {
  return definition;
}

/** Ends a command with a message for its user. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: 2 | 3, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** @throws CommandError with the failure, such as `calls.jsonl cannot be read`, and the reason */
export async function orFail<T>(failure: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new CommandError(3, `${failure}: ${messageOf(cause)}`, { cause });
  });
}

/** Formats an error for the user, with the stack trace on request. */
export function errorText(error: unknown, withStack: boolean): string {
  const text = textOf(error);
  if (!withStack || !(error instanceof Error)) return text;
  return [text, error.stack, ...(error.cause === undefined ? [] : [`Cause: ${stackOf(error.cause)}`])].join('\n');
}

function textOf(error: unknown): string {
  if (error instanceof PolicyError) return problemsText(error);
  if (error instanceof GatewayError && error.cause instanceof PolicyError) return problemsText(error.cause);
  return messageOf(error);
}

/** Lists all problems of policies. */
function problemsText({ problems }: PolicyError): string {
  return ['The policies cannot be loaded.', ...problems.map((problem) => `  ${problemText(problem)}`)].join('\n');
}

function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || messageOf(error);
}
