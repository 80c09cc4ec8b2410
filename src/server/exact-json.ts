import { pathText } from '../embedded/policy/policy-problems.ts';
import { invalidRequest } from './http-error.ts';

/**
 * Parses JSON that every parser reads in the same way. The agent runs the scanned call elsewhere, where another
 * language may keep more digits than a double, or the first of two duplicate keys.
 *
 * @throws HttpError 400 with the path, for invalid JSON, a number that a double cannot represent exactly
 * (9007199254740993 becomes …992), a number out of range, a duplicate key, and a key `__proto__`
 */
export function exactJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidRequest('', 'The body is not JSON.');
  }
  checkExact(text);
  return value;
}

/** An object or array whose end has not been read yet. */
interface OpenContainer {
  /** The keys of an object so far; undefined for an array. */
  readonly keys?: Set<string>;
  /** The key or index of the current member. */
  at: string | number;
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Checks text that is valid JSON, in one pass without recursion. */
function checkExact(text: string): void {
  const open: OpenContainer[] = [];
  let expectsKey = false;
  const fault = (message: string): Error => invalidRequest(pathText(open.map(({ at }) => at)), message);
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
      if (expectsKey && inside?.keys) {
        inside.at = JSON.parse(text.slice(index, end)) as string;
        if (inside.at === '__proto__') throw fault('The key "__proto__" is not allowed.');
        if (inside.keys.has(inside.at)) throw fault('Duplicate key.');
        inside.keys.add(inside.at);
        expectsKey = false;
      }
      index = end - 1;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = index;
      const [written = character] = NUMBER.exec(text) ?? [];
      const message = numberProblem(written);
      if (message !== undefined) throw fault(message);
      index += written.length - 1;
    }
  }
}

/** Returns the index after the closing quote. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

/** Returns the problem of a number; undefined if a double represents it exactly, however many digits it has. */
function numberProblem(written: string): string | undefined {
  if (!Number.isFinite(Number(written))) return 'The number is too large.';
  return isExactDecimal(written) ? undefined : 'The number has more digits than a double keeps. Send it as a string.';
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
