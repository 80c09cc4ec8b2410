import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Maximum nesting: far deeper than real arguments, and shallow enough for recursive readers. */
const MAX_DEPTH = 200;

const canonicalStringify = stringify.configure({ deterministic: true, strict: true });

/** Serialises equal JSON values to the same string, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  return canonicalStringify(value) ?? 'null';
}

const lenientStringify = stringify.configure({ deterministic: false, bigint: 'string', circularValue: '[Circular]' });

/**
 * Serialises any value: a BigInt as a string of its digits, a circular reference as `"[Circular]"`, and `undefined`, a
 * function or a symbol as `null`.
 */
export function lenientJson(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  return lenientStringify(value, replacer) ?? 'null';
}

/** Controls of terminals that JSON does not escape (C1), and characters that break a line or turn its direction. */
const UNSAFE_IN_LINES = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes in JSON what may harm the terminal of a person who reads it. */
export function terminalJson(json: string): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(UNSAFE_IN_LINES, escaped);
}

/** Makes JSON a line of a file that people read in a terminal. */
export function jsonLine(json: string): string {
  return `${terminalJson(json)}\n`;
}

/** Replaces each half of a surrogate pair in JSON, which strict readers refuse, by U+FFFD. */
export function withWholeCharacters(json: string): string {
  // JSON has a lone surrogate as an escape. The other escapes are matched, so that none is taken for part of one.
  return json.includes('\\ud') ? json.replace(/\\(?:ud[89a-f][\da-f]{2}|.)/g, wholeCharacter) : json;
}

function wholeCharacter(escape: string): string {
  return escape.startsWith('\\ud') ? '\ufffd' : escape;
}

/** Returns the SHA-256 of the canonical JSON, in hexadecimal. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Returns true for a plain object of any realm, and false for an array, a date or a class instance. */
export function isJsonObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Parses a JSON object; undefined for any other text. */
export function jsonObjectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns true for a value that JSON can represent, except for its numbers: NaN and Infinity count. A field without a
 * value is one that JSON leaves out.
 *
 * @throws TypeError for more than 200 levels of nesting, as a cycle has
 */
export function isJson(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return value === null || JSON_TYPES.has(typeof value);
  if (depth > MAX_DEPTH) throw new TypeError(`nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return Array.from(value).every((item) => isJson(item, depth + 1));
  return isJsonObject(value) && Object.values(value).every((field) => field === undefined || isJson(field, depth + 1));
}

const JSON_TYPES: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);

/** Copies JSON as `structuredClone` does, which takes several times as long. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copyJson(item)) as T;
  const entries = Object.entries(value) as [string, unknown][];
  for (const entry of entries) entry[1] = copyJson(entry[1]);
  // An own field "__proto__" stays one.
  return Object.fromEntries(entries) as T;
}

/**
 * Deep-freezes a JSON value, so that every reader sees the same value.
 *
 * @throws TypeError for a `__proto__` key, which careless code merges into a prototype; for a number that is too large
 * (`1e999` parses as Infinity, which serialises as null); and for more than 200 levels of nesting
 */
export function freezeJson<T>(value: T): T {
  const open: [node: unknown, depth: number][] = [[value, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, depth] = next;
    if (typeof node === 'number' && !Number.isFinite(node)) throw new TypeError('a number that is too large');
    if (typeof node !== 'object' || node === null) continue;
    if (depth > MAX_DEPTH) throw new TypeError(`nested deeper than ${MAX_DEPTH} levels`);
    if (Object.hasOwn(node, '__proto__')) throw new TypeError('a key named "__proto__"');
    Object.freeze(node);
    for (const child of Object.values(node)) open.push([child, depth + 1]);
  }
  return value;
}

/**
 * Lists the paths at which two JSON values differ, such as `user.emails[0]`; never values. A renamed field is listed
 * under its new name, because the old one may be sensitive.
 */
export function changedFields(before: unknown, after: unknown, path = ''): string[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const isRenamed = Object.keys(after).some((key) => !Object.hasOwn(before, key));
    const keys = new Set([...(isRenamed ? [] : Object.keys(before)), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changedFields(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => changedFields(item, after[index], `${path}[${index}]`));
  }
  return canonicalJson(before) === canonicalJson(after) ? [] : [path];
}

/** Lists the paths at which two JSON values differ, also those of fields that only one of them has. */
export function editedFields(before: unknown, after: unknown): readonly string[] {
  return [...new Set([...changedFields(before, after), ...changedFields(after, before)])];
}

const CUT_STEP = 65_536;

/** Cuts the string so that it and the note take at most `maxBytes` of JSON, quotes included, if the note alone fits. */
export function cut(text: string, maxBytes: number, note: string): string {
  let room = maxBytes - jsonBytes(note) - QUOTES;
  let fits = 0;
  // A piece at a time, so that a long string is measured once.
  for (let step = CUT_STEP; step > 0 && fits < text.length;) {
    const end = wholeEnd(text, fits + step);
    const bytes = end > fits ? jsonBytes(text.slice(fits, end)) - QUOTES : Infinity;
    if (bytes <= room) {
      room -= bytes;
      fits = end;
    } else {
      step >>= 1;
    }
  }
  return text.slice(0, fits) + note;
}

const QUOTES = 2;

/** Moves an end that would split a surrogate pair: JSON escapes a lone half, which strict parsers reject. */
function wholeEnd(text: string, end: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
}

/** The size of a value's JSON in bytes. */
export function jsonBytes(value: string | readonly unknown[]): number {
  return Buffer.byteLength(JSON.stringify(value));
}
