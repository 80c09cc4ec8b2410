import { MAX_TIMER_MS } from './abort.ts';
import { nearest } from './nearest.ts';

/** Each check returns the value, or throws a TypeError with the option, its value and the allowed values. */

export function checkMs(option: string, value: number | undefined, min = 1): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= min && value <= MAX_TIMER_MS)) return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be milliseconds, from ${min} to ${MAX_TIMER_MS}.`);
}

export function checkMsOrZero(option: string, value: number | undefined): number | undefined {
  return checkMs(option, value, 0);
}

export function checkId(parameter: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${parameter} is ${shown(value)}; it must be an id, a non-empty string.`);
}

export function checkCount(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1) || value === Infinity) return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be a positive integer.`);
}

export function checkAmount(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (typeof value === 'number' && value > 0)) return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be a positive number.`);
}

export function checkChoice<Choice extends string | boolean>(
  option: string,
  value: Choice | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (value === undefined || choices.includes(value)) return value;
  throw new TypeError(
    `${option} is ${shown(value)}; it must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}.`,
  );
}

/** Returns the check of an option that takes one of some values. */
export function oneOf<Choice extends string | boolean>(...choices: Choice[]): (option: string, value: Choice) => void {
  return (option, value) => checkChoice(option, value, choices);
}

export function checkString(option: string, value: string | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be a string.`);
}

export function checkBoolean(option: string, value: boolean | undefined): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be true or false.`);
}

export function checkStrings(option: string, value: readonly string[] | undefined): readonly string[] | undefined {
  if (value === undefined) return value;
  const given: unknown = value;
  const isFilled = (item: unknown): boolean => typeof item === 'string' && item !== '';
  if (Array.isArray(given) && given.every(isFilled)) return Object.freeze(value.slice());
  throw new TypeError(`${option} is ${shown(value)}; it must be an array of non-empty strings.`);
}

export function checkFunction<Value>(option: string, value: Value): Value {
  if (value === undefined || typeof value === 'function') return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be a function.`);
}

/** Check of an option that takes any value. */
export const unchecked = (): undefined => undefined;

/**
 * Rejects unknown options: a misspelt one would leave a limit or a guard at its default.
 *
 * @param aliases names that other libraries use, and the option of ours that each stands for
 */
export function checkKeys(
  owner: string,
  value: object,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): void {
  const given: unknown = value;
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`${owner}: The options are ${shown(given)}; they must be an object.`);
  }
  const key = Object.keys(given).find((name) => !known.includes(name));
  if (key === undefined) return;
  const meant = Object.hasOwn(aliases, key) ? aliases[key] : nearest(key, known);
  const hint = meant === undefined ? `Known options: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
  throw new TypeError(`${owner}: Unknown option "${key}". ${hint}`);
}

/** Checks that an object has the methods that this library calls. */
export function checkMethods(option: string, value: unknown, methods: readonly string[], remedy = ''): void {
  if (hasMethods(value, methods)) return;
  const missing = methods.filter((method) => !hasMethods(value, [method]));
  const hint = typeof value === 'function' ? 'It is a class: pass an instance, made with new.' : remedy;
  const problem = `${option} needs the methods ${missing.join(', ')}.`;
  throw new TypeError(hint === '' ? problem : `${problem} ${hint}`);
}

/** Returns the check of an option that takes an object with some methods. */
export function withMethods(names: readonly string[], remedy?: string): (option: string, value: unknown) => void {
  return (option, value) => {
    checkMethods(option, value, names, remedy);
  };
}

export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  const object = value as Record<string, unknown> | null | undefined;
  for (const method of methods) if (typeof object?.[method] !== 'function') return false;
  return true;
}

/** Formats a value for an error message. For an object, returns only its kind, because its content may be a secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object' || value === null) return String(value);
  const { name } = Object(value.constructor) as { readonly name?: unknown };
  return typeof name === 'string' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}

/** How one option is checked, and its default. */
export type OptionRow<Value> = {
  /** Throws a TypeError for an invalid value. Called for a value that was passed, and always for a required option. */
  readonly check: (option: string, value: Exclude<Value, undefined>) => unknown;
} & (undefined extends Value ? { readonly default?: Exclude<Value, undefined> } : { readonly required: true });

/** One row for each option. The options' types and docs are in their public interface. */
export type OptionTable<Options> = { readonly [Key in keyof Options]-?: OptionRow<Options[Key]> };

/** The options with defaults filled in. Only an option without a default may be undefined. */
export type Settings<Options, Table> = {
  readonly [Key in keyof Options & keyof Table]-?: Table[Key] extends { readonly default: unknown }
    ? Exclude<Options[Key], undefined>
    : Options[Key];
};

interface AnyRow {
  readonly check: (option: string, value: unknown) => unknown;
  readonly required?: true;
  readonly default?: unknown;
}

interface Reading {
  /** The function or class that takes the options, for error messages. */
  readonly owner: string;
  /** Name of an option in error messages. Default: its key. */
  readonly nameOf?: (key: string) => string;
  /** Values that replace the table's defaults. */
  readonly defaults?: object;
}

/**
 * Checks the options and fills in the defaults.
 * @throws TypeError for an unknown option and for an invalid value
 */
export function readOptions<Options extends object, Table extends OptionTable<Options>>(
  table: Table,
  options: Options,
  { owner, nameOf = (key) => key, defaults }: Reading,
): Settings<Options, Table> {
  const given = Object(options) as Readonly<Record<string, unknown>>;
  let isKnown = given === options;
  for (const key of Object.keys(given)) isKnown &&= Object.hasOwn(table, key);
  if (!isKnown) checkKeys(owner, options, Object.keys(table));
  const settings: Record<string, unknown> = {};
  for (const [key, row] of Object.entries(table as Readonly<Record<string, AnyRow>>)) {
    const value = given[key];
    if (value !== undefined || row.required) row.check(nameOf(key), value);
    settings[key] = value ?? (defaults ? (defaults as typeof given)[key] : row.default);
  }
  return settings as Settings<Options, Table>;
}
