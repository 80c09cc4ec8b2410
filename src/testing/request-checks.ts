import { ApiFault, badRequest } from './api-fault.ts';
import { isObject } from './checks.ts';

/** The API's errors for parameters, with its messages, and checks that throw them. */

/** @param expected the allowed type, such as `a string` */
export function wrongType(param: string, expected: string, value: unknown): ApiFault {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${typeName(value)} instead.`;
  return badRequest(message, { param, code: 'invalid_type' });
}

export function missing(param: string): ApiFault {
  return badRequest(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });
}

export function unknownParameter(param: string): ApiFault {
  return badRequest(`Unknown parameter: '${param}'.`, { param, code: 'unknown_parameter' });
}

export function unknownValue(value: string, choices: readonly string[], param: string): ApiFault {
  const message = `Invalid value: '${value}'. Supported values are: ${quoted(choices, 'and')}.`;
  return badRequest(message, { param, code: 'invalid_value' });
}

/** @param kind the type of the object, such as `Response` */
export function unknownId(kind: string, id: string): ApiFault {
  return new ApiFault(404, `${kind} with id '${id}' not found.`);
}

interface Limits {
  readonly min: number;
  readonly max: number;
}

export function checkNumber(value: number, kind: 'integer' | 'number', { min, max }: Limits, param: string): void {
  const word = kind === 'number' ? 'decimal' : kind;
  const refuse = (side: string, sign: string, limit: number): ApiFault =>
    badRequest(
      `Invalid '${param}': ${word} ${side}imum value. Expected a value ${sign} ${limit}, but got ${value} instead.`,
      {
        param,
        code: `${word}_${side.replace(' ', '_')}_value`,
      },
    );
  if (value < min) throw refuse('below min', '>=', min);
  if (value > max) throw refuse('above max', '<=', max);
}

/** Checks the length of a string, in characters, or of an array. */
export function checkLength(value: string | readonly unknown[], { min, max }: Limits, param: string): void {
  const [word, a, length] =
    typeof value === 'string' ? ['string', 'a', characters(value)] : ['array', 'an', value.length];
  const refuse = (problem: string, side: string, limit: number, code: string): ApiFault => {
    const got = length === 0 ? `an empty ${word}` : `${a} ${word} with length ${length}`;
    const rule = `Expected ${a} ${word} with ${side} length ${limit}, but got ${got} instead.`;
    return badRequest(`Invalid '${param}': ${problem}. ${rule}`, { param, code });
  };
  if (length > max) throw refuse(`${word} too long`, 'maximum', max, `${word}_above_max_length`);
  if (length >= min) return;
  if (length === 0) throw refuse(`empty ${word}`, 'minimum', min, `empty_${word}`);
  throw refuse(`${word} too short`, 'minimum', min, `${word}_below_min_length`);
}

/** @param length the maximum length of a key, in characters */
export function checkKeys(object: object, max: number, length: number, param: string): void {
  const keys = Object.keys(object);
  if (keys.length > max) {
    const rule = `Expected an object with at most ${max} properties, but got an object with ${keys.length} properties instead.`;
    throw badRequest(`Invalid '${param}': too many properties. ${rule}`, {
      param,
      code: 'object_above_max_properties',
    });
  }
  const long = keys.find((key) => characters(key) > length);
  if (long === undefined) return;
  const rule = `Expected a string with maximum length ${length}, but got a string with length ${characters(long)} instead.`;
  throw badRequest(`Invalid property name in '${param}': '${long}' is too long. ${rule}`, {
    param: `${param}.${long}`,
    code: 'property_name_above_max_length',
  });
}

export function checkPattern(value: string, pattern: RegExp, param: string): void {
  if (pattern.test(value)) return;
  throw badRequest(
    `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${pattern.source}'.`,
    { param, code: 'invalid_value' },
  );
}

/** Joins values as the API does: `'a', 'b', and 'c'`. */
export function quoted(values: readonly string[], word: 'and' | 'or'): string {
  return joined(
    values.map((value) => `'${value}'`),
    word,
  );
}

export function joined(words: readonly string[], word: 'and' | 'or'): string {
  const last = words.at(-1) ?? '';
  if (words.length < 3) return words.join(` ${word} `);
  return `${words.slice(0, -1).join(', ')}, ${word} ${last}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return `a ${typeof value}`;
}

function characters(text: string): number {
  return Array.from(text).length;
}
