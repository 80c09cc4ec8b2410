import type { Path } from './json-path.ts';

/** A place in JSON text where its value depends on the reader. */
export interface Ambiguity {
  readonly path: Path;
  readonly problem: string;
  /** The start and end in the text of an integer with more digits than a double keeps. */
  readonly integer?: readonly [start: number, end: number];
}

/** An object or array whose end has not been read yet. */
interface OpenContainer {
  /** The keys of an object so far; undefined for an array. */
  readonly keys?: Set<string>;
  /** The key or index of the current member. */
  at: string | number;
}

const TOO_LONG = 'The number has more digits than a double keeps. Send it as a string.';
const TOO_LARGE = 'The number is too large.';
/** The problem of a string that strict readers of JSON refuse. */
export const HALF_CHARACTER: string = 'The string has half of a character, a surrogate without the other one.';
const INTEGER = /^-?\d+$/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Finds what parsers read differently in valid JSON, in one pass without recursion: a number that a double cannot
 * represent exactly (9007199254740993 becomes …992), a number out of range, a duplicate key, a key `__proto__`, and
 * half of a surrogate pair. Other languages keep more digits than a double, keep the first of two duplicate keys, or
 * refuse the half.
 *
 * @param isRounded true if the text was written from parsed JSON: then any integer beyond 2^53 may have lost digits
 */
export function* ambiguities(text: string, isRounded = false): Generator<Ambiguity, undefined> {
  const open: OpenContainer[] = [];
  let expectsKey = false;
  const here = (problem: string): Ambiguity => ({ path: open.map(({ at }) => at), problem });
  for (let index = 0; index < text.length; index += 1) {
    const inside = open.at(-1);
    const character = text[index] ?? '';
    if (character === '{') {
      open.push({ keys: new Set(), at: '' });
      expectsKey = true;
    } else if (character === '[') {
      open.push({ at: 0 });
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ',' && inside) {
      expectsKey = inside.keys !== undefined;
      if (typeof inside.at === 'number') inside.at += 1;
    } else if (character === '"') {
      const end = endOfString(text, index);
      const string = stringAt(text, index, end);
      if (expectsKey && inside?.keys) {
        inside.at = string;
        if (inside.at === '__proto__') yield here('The key "__proto__" is not allowed.');
        if (inside.keys.has(inside.at)) yield here('Duplicate key.');
        inside.keys.add(inside.at);
        expectsKey = false;
      }
      if (!string.isWellFormed()) yield here(HALF_CHARACTER);
      index = end - 1;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = index;
      const [written = character] = NUMBER.exec(text) ?? [];
      const end = index + written.length;
      if (isRounded ? Math.abs(Number(written)) > Number.MAX_SAFE_INTEGER : !isExactDecimal(written)) {
        const isLong = !isRounded && INTEGER.test(written);
        yield isLong
          ? { ...here(TOO_LONG), integer: [index, end] }
          : here(isFiniteNumber(written) ? TOO_LONG : TOO_LARGE);
      }
      index = end - 1;
    }
  }
}

function stringAt(text: string, start: number, end: number): string {
  const written = text.slice(start, end);
  return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
}

function isFiniteNumber(written: string): boolean {
  return Number.isFinite(Number(written));
}

/** Returns the index after the closing quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text[first - 1] === '\\') first -= 1;
  return (index - first) % 2 === 1;
}

/** The digits, as an integer, times ten to the power. */
interface Decimal {
  /** The digits without leading and trailing zeros; empty for zero. */
  readonly digits: string;
  readonly power: number;
}

const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Returns true if a JSON number equals the shortest decimal of its double: for `1.10` and `0.1`, but not for
 * `9007199254740993.0` and `0.12345678901234567890123`.
 */
function isExactDecimal(written: string): boolean {
  const back = String(Number(written));
  if (back === written) return true;
  const [one, other] = [decimalOf(written), decimalOf(back)];
  return one !== undefined && one.digits === other?.digits && one.power === other.power;
}

/** Parses a decimal; undefined for Infinity. A power with too many digits becomes Infinity, which no double equals. */
function decimalOf(text: string): Decimal | undefined {
  const [match, whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? [];
  if (match === undefined) return undefined;
  const all = whole + fraction;
  let [start, end] = [0, all.length];
  while (all[start] === '0') start += 1;
  while (end > start && all[end - 1] === '0') end -= 1;
  if (start === end) return { digits: '', power: 0 };
  return { digits: all.slice(start, end), power: Number(exponent) - fraction.length + all.length - end };
}
