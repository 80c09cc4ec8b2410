import { MAX_TIMER_MS } from './abort.ts';

/** Each check returns the value, or throws a TypeError that names the option and what it got. */

export function checkMs(option: string, value: number | undefined, least = 1): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= least && value <= MAX_TIMER_MS)) return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be milliseconds, from ${least} to ${MAX_TIMER_MS}.`);
}

export function checkId(parameter: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${parameter} is ${shown(value)}; it must be an id.`);
}

export function checkCount(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1) || value === Infinity) return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be a whole number from 1.`);
}

export function checkChoice<Choice extends string>(
  option: string,
  value: Choice | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (value === undefined || choices.includes(value)) return value;
  throw new TypeError(
    `${option} is ${shown(value)}; it must be one of ${choices.map((choice) => `"${choice}"`).join(', ')}.`,
  );
}

export function checkBoolean(option: string, value: boolean | undefined): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be true or false.`);
}

export function checkStrings(option: string, value: readonly string[] | undefined): readonly string[] | undefined {
  if (value === undefined) return value;
  const given: unknown = value;
  const isText = (item: unknown): boolean => typeof item === 'string' && item !== '';
  if (Array.isArray(given) && given.every(isText)) return Object.freeze(value.slice());
  throw new TypeError(`${option} is ${shown(value)}; it must be a list of texts.`);
}

export function checkFunction<Value>(option: string, value: Value): Value {
  if (value === undefined || typeof value === 'function') return value;
  throw new TypeError(`${option} is ${shown(value)}; it must be a function.`);
}

/** A misspelt option would silently leave a limit or a guard at its default. */
export function checkKeys(owner: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`${owner} has no option "${key}"; it has ${known.join(', ')}.`);
  }
}

/** For what is typed by its shape: whether it has the methods that are called. */
export function checkMethods(option: string, value: unknown, methods: readonly string[]): void {
  const missing = methods.filter((method) => !hasMethods(value, [method]));
  if (missing.length === 0) return;
  const hint = typeof value === 'function' ? ' It is a class: pass an instance, made with new.' : '';
  throw new TypeError(`${option} needs the methods ${missing.join(', ')}.${hint}`);
}

export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  return methods.every(
    (method) => typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function',
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
