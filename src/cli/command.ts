import { GatewayError } from '../runner/gateway/gateway-error.ts';
import { PolicyError, problemText } from '../embedded/policy/policy-error.ts';

/** What a command line has around it; a test gives it its own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For results, and for nothing else. */
  readonly write: (text: string) => void;
  /** For errors, warnings and what a person should know meanwhile. */
  readonly log: (text: string) => void;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  /** Aborts when the command is to end. From the first call on, nothing else ends it. */
  readonly stopSignal: () => AbortSignal;
}

/** What the exit codes mean, in the words of `--help`. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'ok'],
  [1, 'the answer is no: a policy is not valid, a test failed, a call must not run as it is'],
  [2, 'wrong usage: an option, a value, a line of the input'],
  [3, 'it could not be done: the network, a file, policies that cannot be used'],
];

interface AnyOption {
  readonly description: string;
  /** What stands for the value in `--help`, such as `FILE`. */
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

/** May stand several times; each may be several, with commas. */
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

/** What the user wrote, checked against the command's table. */
export interface ParsedArgs<Options extends CommandOptions> {
  readonly values: { readonly [Name in keyof Options]: ValueOf<Options[Name]> };
  readonly operands: readonly string[];
  /** Whether the results are for a machine. */
  readonly json: boolean;
}

/** One command: what `--help` says of it and what it does. */
export interface Command<Options extends CommandOptions = CommandOptions> {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** What it does, where one line does not tell. */
  readonly description?: string;
  /** What stands after it, such as `FILE…`; with `…` one or more, without it exactly so many. Default: nothing. */
  readonly operands?: string;
  readonly options: Options;
  /** The variables of the environment that it reads. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Options that somebody may try, and why there are none. */
  readonly refused?: Readonly<Record<string, string>>;
  /** What stands after the program's name, and what that does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /**
   * Resolves with the exit code.
   *
   * @throws CommandError, or whatever failed, which is exit code 3
   */
  run(given: ParsedArgs<Options>, io: Io): Promise<number>;
}

/** Commands with a common first word. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** A command whose `run` knows the types of its options. */
export function command<const Options extends CommandOptions>(definition: Command<Options>): Command {
  return definition;
}

/** Ends a command with words for its user: what, where, and what to do about it. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: 2 | 3, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What went wrong, for whoever typed the command. The stack is there only when it is asked for. */
export function errorText(error: unknown, withStack: boolean): string {
  const text = messageOf(error);
  if (!withStack || !(error instanceof Error)) return text;
  return [text, error.stack, ...(error.cause === undefined ? [] : [`Cause: ${stackOf(error.cause)}`])].join('\n');
}

function messageOf(error: unknown): string {
  if (error instanceof PolicyError) return problemsText(error);
  if (error instanceof GatewayError && error.cause instanceof PolicyError) return problemsText(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** All of them, where the error's message has only the first. */
function problemsText({ problems }: PolicyError): string {
  return ['The policies cannot be used.', ...problems.map((problem) => `  ${problemText(problem)}`)].join('\n');
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
