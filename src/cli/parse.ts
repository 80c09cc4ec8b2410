import { parseArgs } from 'node:util';
import { nearest } from '../internal/nearest.ts';
import { CommandError, type Command, type CommandOptions, type ParsedArgs } from './command.ts';

/** The options of every command. */
export const COMMON_OPTIONS: CommandOptions = {
  json: { type: 'boolean', description: 'results as JSON' },
  debug: { type: 'boolean', description: 'with an error, the place in the program where it came up' },
  help: { type: 'boolean', description: 'this page' },
};

/** What stands after a command's name. Nothing of a value is in an error: it may be a token. */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedArgs<CommandOptions> {
  const options: CommandOptions = { ...COMMON_OPTIONS, ...command.options };
  // What is wrong is told below, in our words.
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
  // By their types, as the table has them; `command` gives them back to the command.
  return { values: Object.fromEntries(entries), operands, json: values.has('json') };
}

function asConfig(options: CommandOptions) {
  const shorts: Readonly<Record<string, string>> = { help: 'h' };
  return Object.fromEntries(
    Object.entries(options).map(([name, { type }]) => {
      const short = shorts[name];
      return [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }];
    }),
  );
}

function valueProblem(
  { type, multiple, value: wanted = 'a value' }: CommandOptions[string],
  isGiven: boolean,
  value: string | undefined,
  inlineValue: boolean | undefined,
): string | undefined {
  if (type === 'boolean') return value === undefined ? undefined : 'is a switch and takes no value.';
  if (value === undefined || value === '') return `needs ${wanted} after it.`;
  // What looks like the next option is one that has its value forgotten.
  if (value.startsWith('-') && value !== '-' && inlineValue !== true) {
    return `needs ${wanted} after it; one that begins with a dash is written with "=".`;
  }
  return isGiven && multiple !== true ? 'stands there twice; which one is meant cannot be told.' : undefined;
}

function unknownOption({ refused = {} }: Command, name: string, rawName: string, known: readonly string[]): string {
  const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
  if (why !== undefined) return `There is no ${rawName}: ${why}`;
  const meant = nearest(name, known);
  return `There is no option ${rawName}${meant === undefined ? '.' : `; did you mean --${meant}?`}`;
}

function checkOperands({ operands: wanted = '' }: Command, given: readonly string[]): void {
  const words = wanted.split(' ').filter((word) => word !== '');
  const missing = words[given.length];
  if (missing !== undefined) throw new CommandError(2, `${missing.replace('…', '')} is missing.`);
  const extra = given[words.length];
  if (extra === undefined || words.at(-1)?.endsWith('…')) return;
  throw new CommandError(2, `"${extra}" is one argument too many${words.length === 0 ? '; it takes none' : ''}.`);
}

function valueOf({ type, multiple }: CommandOptions[string], given: readonly string[] | undefined) {
  if (type === 'boolean') return given !== undefined;
  if (multiple !== true) return given?.[0];
  return (given ?? []).flatMap((value) => value.split(',').map((part) => part.trim())).filter((part) => part !== '');
}
