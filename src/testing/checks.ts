import { MAX_TIMER_MS } from '../internal/abort.ts';
import { nearest } from '../internal/nearest.ts';

/** Checks of a test's arguments: a misspelt name would leave the test without its fault or decision. */

/**
 * @param owner the call or option with the names, such as `misbehave("runs.create")`
 * @param kind such as `fault`
 */
export function checkNames(owner: string, kind: string, names: readonly unknown[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name as string));
  if (unknown === undefined && !names.includes(undefined)) return;
  const meant = isString(unknown) ? nearest(unknown, known) : undefined;
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  throw new TypeError(
    `${owner}: unknown ${kind} ${shown(unknown)}.${hint} Known ${plural(kind)}: ${known.join(', ')}.`,
  );
}

export type ValueRule = readonly [expected: string, isValid: (value: unknown) => boolean];

export const BOOLEAN: ValueRule = ['true or false', (value) => typeof value === 'boolean'];

export const MS: ValueRule = [
  'milliseconds, 0 or more',
  (value) => typeof value === 'number' && value >= 0 && value <= MAX_TIMER_MS,
];

/** Checks an object's fields by name and value. All fields except the `required` ones are optional. */
export function checkFields(
  owner: string,
  kind: string,
  value: object,
  rules: Readonly<Record<string, ValueRule>>,
  required: readonly string[] = [],
): void {
  checkNames(owner, kind, Object.keys(value), Object.keys(rules));
  for (const [name, [expected, isValid]] of Object.entries(rules)) {
    const field = (value as Record<string, unknown>)[name];
    if (field === undefined && !required.includes(name)) continue;
    if (!isValid(field)) throw wrongValue(`${owner}: ${name}`, field, expected);
  }
}

function plural(kind: string): string {
  return kind.endsWith('s') ? `${kind}es` : `${kind}s`;
}

/** @param expected the allowed values, such as `a string` */
export function wrongValue(what: string, value: unknown, expected: string): TypeError {
  return new TypeError(`${what} must be ${expected}, but is ${shown(value)}.`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
