import type { Span } from '../span.ts';

/** One pass over one text: where the finders put what they find and remember what later hits need not read again. */
export class Scan {
  /** Up to where a token, a value, a block was found; hits before it are part of it. */
  tokenEnd = 0;
  valueEnd = 0;
  blockEnd = 0;
  /** Up to where a header of a JWT was read, found or not. */
  webTokenEnd = 0;
  /** The next `-----END` at or behind the place last asked for; the text's length when there is none. */
  closing = 0;
  /** Where a command that takes a password on its line was last named. */
  command: number = -Infinity;
  kind: number = -Infinity;
  entries: number = -Infinity;

  constructor(
    readonly text: string,
    private readonly found: Span[],
  ) {}

  add(start: number, end: number, type: string): void {
    if (end > start) this.found.push({ start, end, dataClass: 'SECRETS', type });
  }
}

/** Looks at one hit of a keyword, from `start` up to `end`. */
export type Finder = (scan: Scan, start: number, end: number) => void;

/** Matches a sticky expression at one place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isHex = (code: number): boolean => (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);

/** Whether a token can begin here: no letter or digit in front, unless that is the end of an escape (`\n`, `\u0022`, `%3D`). */
export function canBegin(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  if (!isAlphanumeric(before)) return true;
  const second = text[at - 2];
  if (second === '\\') return 'nrtbfv'.includes(text[at - 1] ?? '');
  if (text[at - 3] === '%') return isHex(before) && isHex(text.charCodeAt(at - 2));
  return text[at - 6] === '\\' && text[at - 5] === 'u' && isHex(before);
}

const BEYOND_ASCII = 128;

/** Where the characters of a table end, from a place on, at most at a limit. */
export function runEnd(text: string, at: number, taken: Uint8Array, limit: number = text.length): number {
  let end = at;
  const last = Math.min(limit, text.length);
  while (end < last && taken[Math.min(text.charCodeAt(end), BEYOND_ASCII)] === 1) end++;
  return end;
}

/** The characters that an expression takes, as a table for {@link runEnd}; all that are not ASCII are taken alike. */
export function characters(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: BEYOND_ASCII + 1 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}
