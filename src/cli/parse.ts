import { parseArgs } from 'node:util';
import { nearest } from '../internal/nearest.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { CommandError, type Command, type CommandOptions, type ParsedArgs } from './command.ts';

/** The options of every command. */
export const COMMON_OPTIONS: CommandOptions = {
  json: { type: 'boolean', description: 'print results as JSON' },
  debug: { type: 'boolean', description: 'print the stack trace of an error' },
  help: { type: 'boolean', description: 'print this page' },
};

/** Parses the words after a command's name. Errors quote no option values: they may be tokens. */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedArgs<CommandOptions> {
  const options: CommandOptions = { ...COMMON_OPTIONS, ...command.options };
  // Not strict: the checks below have better messages.
  const { tokens } = parseArgs({ args: [...args], options: asConfig(options), strict: false, tokens: true });
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw new CommandError(2, unknownOption(command, name, rawName, Object.keys(options)));
    const wrong = valueProblem(option, values.has(name), value, inlineValue);
    if (wrong) throw new CommandError(2, `${rawName} ${wrong}`);
    values.set(name, [...(values.get(name) ?? []), ...(value === undefined ? [] : [value])]);
  }
  checkOperands(command, operands);
  const entries = Object.entries(options).map(([name, option]) => [name, valueOf(option, values.get(name))] as const);
  return { values: Object.fromEntries(entries), operands, json: values.has('json') };
}

function asConfig(options: CommandOptions) {
  const shorts: Readonly<Record<string, string>> = { help: 'h' };
  return Object.fromEntries(
    Object.entries(options).map(([name, { type }]) => {
      return [name, omitUndefined({ type, multiple: true, short: shorts[name] })];
    }),
  );
}

function valueProblem(
  { type, multiple, value: wanted = 'a value' }: CommandOptions[string],
  isGiven: boolean,
  value: string | undefined,
  inlineValue: boolean | undefined,
): string | undefined {
  if (type === 'boolean') return value === undefined ? undefined : 'takes no value.';
  if (value === undefined || value === '') return `needs a value: ${wanted}.`;
  // Probably the next option, after a forgotten value.
  if (value.startsWith('-') && value !== '-' && inlineValue !== true) {
    return `needs a value: ${wanted}. Write a value that starts with a dash after "=".`;
  }
  return isGiven && multiple !== true ? 'was given more than once.' : undefined;
}

function unknownOption({ refused = {} }: Command, name: string, rawName: string, known: readonly string[]): string {
  const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
  if (why !== undefined) return `${rawName} is not supported: ${why}`;
  const meant = nearestOption(name, known);
  return `Unknown option ${rawName}.${meant === undefined ? '' : ` Did you mean --${meant}?`}`;
}

function checkOperands({ operands: wanted = '' }: Command, given: readonly string[]): void {
  const words = wanted.split(' ').filter((word) => word !== '');
  const missing = words[given.length];
  if (missing !== undefined && !missing.startsWith('['))
    throw new CommandError(2, `Missing argument ${missing.replace('…', '')}.`);
  const extra = given[words.length];
  if (extra === undefined || words.at(-1)?.includes('…')) return;
  throw new CommandError(
    2,
    `Unexpected argument "${extra}".${words.length === 0 ? ' This command takes no arguments.' : ''}`,
  );
}

function valueOf({ type, multiple }: CommandOptions[string], given: readonly string[] | undefined) {
  if (type === 'boolean') return given !== undefined;
  if (multiple !== true) return given?.[0];
  return (given ?? []).flatMap((value) => value.split(',').map((part) => part.trim())).filter((part) => part !== '');
}

/** Finds the nearest option: also `port` for `prot`, whose swapped letters are two edits, and `policies` for `pol`. */
export function nearestOption(name: string, known: readonly string[]): string | undefined {
  const letters = (word: string): string => Array.from(word).sort().join('');
  return (
    nearest(name, known) ??
    known.find((option) => letters(option) === letters(name)) ??
    known.find((option) => name.length >= 3 && option.startsWith(name))
  );
}
