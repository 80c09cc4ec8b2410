import { ApiFault, badRequest } from './api-fault.ts';
import type { Json } from './wire.ts';

/** Checks shared by the APIs, with the API's error messages. */

export function checkKnown(body: Json, known: ReadonlySet<string>, at = ''): void {
  const unknown = Object.keys(body).find((key) => !known.has(key));
  if (unknown === undefined) return;
  const param = at + unknown;
  throw badRequest(`Unknown parameter: '${param}'.`, { param, code: 'unknown_parameter' });
}

export function checkMetadata(metadata: unknown): void {
  const pairs = Object.entries((metadata ?? {}) as Json);
  const long = pairs.find(([key, value]) => key.length > 64 || String(value).length > 512);
  if (pairs.length > 16)
    throw badRequest("Invalid 'metadata': too many properties. Expected at most 16.", { param: 'metadata' });
  if (long)
    throw badRequest(`Invalid 'metadata': '${long[0].slice(0, 64)}' or its value is too long.`, { param: 'metadata' });
}

/** @param max the maximum length that the API accepts, in characters */
export function checkLength(text: string, max: number, param: string): void {
  if (text.length <= max) return;
  throw badRequest(
    `Invalid '${param}': string too long. Expected a string with maximum length ${max}, but got a string with length ${text.length} instead.`,
    { param, code: 'string_above_max_length' },
  );
}

export function checkChoice(value: unknown, choices: readonly string[], param: string): void {
  if (value === undefined) throw missing(param);
  if (choices.includes(value as string)) return;
  const named = choices.map((choice) => `'${choice}'`).join(', ');
  throw badRequest(`Invalid value: '${shown(value)}'. Supported values are: ${named}.`, {
    param,
    code: 'invalid_value',
  });
}

export function checkString(value: unknown, param: string): asserts value is string {
  if (value === undefined) throw missing(param);
  if (typeof value !== 'string') throw wrongType(param, 'a string');
}

export function objectAt(value: unknown, param: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(param, 'an object');
  return value as Json;
}

export function wrongType(param: string, expected: string): ApiFault {
  return badRequest(`Invalid type for '${param}': expected ${expected}.`, { param, code: 'invalid_type' });
}

export function missing(param: string): ApiFault {
  return badRequest(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });
}

/** @param kind the type of the object, such as `Response` */
export function unknownId(kind: string, id: string): ApiFault {
  return new ApiFault(404, `${kind} with id '${id}' not found.`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
