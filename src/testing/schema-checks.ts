import { badRequest } from './api-fault.ts';
import { isObject } from './checks.ts';
import type { Json } from './wire.ts';

/** Throws the API's error with the problem. */
export type Refuse = (problem: string) => never;

/** A schema inside the parameters, the keys from the root to it, and how many objects and arrays are around it. */
interface Place {
  readonly schema: Json;
  readonly path: readonly string[];
  readonly level: number;
}

/** The keywords that the guide "Structured Outputs" lists as supported, and annotations that the API takes beside them. */
const PERMITTED: ReadonlySet<string> = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'anyOf', 'enum', 'const'],
  ...['$ref', '$defs', 'definitions', '$schema', 'title', 'description', 'examples'],
  ...['pattern', 'format', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

const TYPES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

const FORMATS: ReadonlySet<unknown> = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
]);

const MAX_LEVELS = 10;
const MAX_PROPERTIES = 5_000;
const MAX_ENUM_VALUES = 1_000;
const MAX_CHARACTERS = 120_000;
/** The characters of an enum are limited above this number of values. */
const MANY_VALUES = 250;
const MAX_ENUM_CHARACTERS = 15_000;

/** Checks the rules for every function. */
export function checkSchema(root: Json, refuse: Refuse): void {
  for (const { schema, path } of schemasIn(root)) {
    const { type, items, pattern, enum: values } = schema;
    const odd = [type ?? []].flat().find((one) => !TYPES.has(one));
    if (odd !== undefined)
      refuse(`${JSON.stringify(type).replaceAll('"', "'")} is not valid under any of the given schemas.`);
    if (values !== undefined && !Array.isArray(values))
      refuse(`${JSON.stringify(values).replaceAll('"', "'")} is not of type 'array'.`);
    if ([type].flat().includes('array') && !items) refuse(`In ${contextOf(path)}, array schema missing items.`);
    // The API compiles patterns with Python's re.
    if (/\\[pP]\{|\\u\{|\(\?<\w/.test(String(pattern))) refuse(`'${String(pattern)}' is not a 'regex'.`);
  }
}

/** Checks the rules of `strict: true`. */
export function checkStrictSchema(root: Json, refuse: Refuse): void {
  const places = schemasIn(root);
  for (const { schema, path } of places) {
    checkKeywords(schema, path, refuse);
    checkProperties(schema, path, refuse);
    checkPattern(schema, path);
  }
  checkSize(places, refuse);
}

function checkKeywords({ $ref, ...schema }: Json, path: readonly string[], refuse: Refuse): void {
  const context = contextOf(path);
  const keywords = Object.keys(schema);
  if ($ref !== undefined) {
    if (keywords.length > 0) refuse(`${context}, $ref cannot have keywords {${listOf(keywords)}}.`);
    return;
  }
  const odd = keywords.find((keyword) => !PERMITTED.has(keyword));
  if (odd !== undefined) refuse(`In ${context}, '${odd}' is not permitted.`);
  const { type, anyOf, format } = schema;
  if (type === undefined && anyOf === undefined) refuse(`In ${context}, schema must have a 'type' key.`);
  if (format !== undefined && !FORMATS.has(format))
    refuse(`In ${context}, '${format as string}' is not a valid format.`);
}

function checkProperties(schema: Json, path: readonly string[], refuse: Refuse): void {
  const { type, properties, additionalProperties, required } = schema;
  if (![type].flat().includes('object')) return;
  const context = contextOf(path);
  if (additionalProperties !== false) {
    refuse(`In ${context}, 'additionalProperties' is required to be supplied and to be false.`);
  }
  const listed = new Set(Array.isArray(required) ? (required as unknown[]) : []);
  const named = new Set<unknown>(Object.keys(properties ?? {}));
  const rule = `'required' is required to be supplied and to be an array including every key in properties.`;
  for (const key of named) if (!listed.has(key)) refuse(`In ${context}, ${rule} Missing '${String(key)}'.`);
  for (const key of listed) {
    if (!named.has(key)) refuse(`In ${context}, ${rule} Extra required key '${String(key)}' supplied.`);
  }
}

function checkPattern({ pattern }: Json, path: readonly string[]): void {
  if (!/\(\?<?[=!]/.test(String(pattern))) return;
  const place = ['$', ...path, 'pattern'].join('.');
  throw badRequest(`Invalid JSON schema: regex lookaround is not supported. Found at ${place}.`, {
    param: 'tools',
    code: 'invalid_json_schema',
  });
}

function checkSize(places: readonly Place[], refuse: Refuse): void {
  const levels = Math.max(...places.map(({ level }) => level));
  if (levels > MAX_LEVELS) refuse(`${levels} levels of nesting exceeds limit of ${MAX_LEVELS}.`);
  const names = places.flatMap(({ schema }) => Object.keys(schema['properties'] ?? {}));
  if (names.length > MAX_PROPERTIES) refuse(`${names.length} parameters exceeds limit of ${MAX_PROPERTIES}.`);
  const enums = places.map(({ schema }) => (schema['enum'] ?? []) as unknown[]);
  const values = enums.flat();
  const advice = "Consider reducing the number of enums, or opt out of structured outputs by setting 'strict: false'.";
  if (values.length > MAX_ENUM_VALUES) {
    const total = 'enum values in total within a single schema when using structured outputs';
    refuse(`Expected at most ${MAX_ENUM_VALUES} ${total}, but received ${values.length}. ${advice}`);
  }
  const longest = Math.max(0, ...enums.filter(({ length }) => length > MANY_VALUES).map(charactersOf));
  if (longest > MAX_ENUM_CHARACTERS) {
    const total = `total characters across enum values when there are more than ${MANY_VALUES} enum values`;
    refuse(`Expected at most ${MAX_ENUM_CHARACTERS} ${total}, but received ${longest}. ${advice}`);
  }
  const others = places.flatMap(({ schema }) => [...Object.keys(schema['$defs'] ?? {}), schema['const']]);
  const all = charactersOf([...names, ...values, ...others]);
  if (all > MAX_CHARACTERS) {
    refuse(`Expected at most ${MAX_CHARACTERS} total characters across names and values, but received ${all}.`);
  }
}

function charactersOf(values: readonly unknown[]): number {
  return values.filter((value) => typeof value === 'string').join('').length;
}

/** Lists a schema and all schemas inside it. */
function schemasIn(schema: Json, path: readonly string[] = [], outer = -1): Place[] {
  const { type, items, additionalProperties, ...others } = schema;
  const level = outer + ([type].flat().some((one) => one === 'object' || one === 'array') ? 1 : 0);
  const inside: [string[], unknown][] = [
    [['items'], items],
    [['additionalProperties'], additionalProperties],
    ...['properties', '$defs', 'definitions', 'anyOf', 'oneOf', 'allOf', 'prefixItems'].flatMap((keyword) =>
      Object.entries(Object(others[keyword]) as Json).map(([key, one]): [string[], unknown] => [[keyword, key], one]),
    ),
  ];
  const nested = inside.flatMap(([step, one]) => (isObject(one) ? schemasIn(one, [...path, ...step], level) : []));
  return [{ schema, path, level }, ...nested];
}

/** Formats a path as the API does: a tuple of Python. */
function contextOf(path: readonly string[]): string {
  return `context=(${listOf(path)}${path.length === 1 ? ',' : ''})`;
}

function listOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
