/**
 * Strings as UTF-16 code units: over long texts, looking each of them up in a table is many times faster than a regular
 * expression with many short matches.
 */

/** Creates a table from each code unit to a code: those in the ranges to themselves, all others to 0. */
export function codeTable(ranges: readonly (readonly [from: number, to: number])[]): Uint16Array {
  const table = new Uint16Array(65_536);
  for (const [from, to] of ranges) for (let code = from; code <= to; code += 1) table[code] = code;
  return table;
}

let buffer = Buffer.alloc(0);
let units = new Uint16Array(0);
let bytes = Buffer.alloc(0);

/** Returns the code units of a string and a 0 after them, in an array that the next call overwrites. It may be changed. */
export function codesOf(text: string): Uint16Array {
  if (units.length <= text.length) {
    units = new Uint16Array(2 * text.length + 1);
    buffer = Buffer.from(units.buffer);
    bytes = Buffer.alloc(units.length);
  }
  buffer.write(text, 'utf16le');
  units[text.length] = 0;
  return units;
}

/** Creates a string of the first code units of `codesOf`. */
export function textOfCodes(codes: Uint16Array, length: number): string {
  // A string whose characters are below 256 takes half the memory and is searched faster.
  return copyBytes(codes, length) < 256
    ? bytes.toString('latin1', 0, length)
    : buffer.toString('utf16le', 0, 2 * length);
}

/** Returns all bits of the codes. A function of its own, because V8 leaves a loop slowly if more follows. */
function copyBytes(codes: Uint16Array, length: number): number {
  let union = 0;
  for (let at = 0; at < length; at += 1) {
    const code = codes[at] ?? 0;
    union |= code;
    bytes[at] = code;
  }
  return union;
}

const BEYOND_ASCII = 128;

/** Returns the end of the run of characters that are in `table`, at most `limit`. */
export function runEnd(text: string, at: number, table: Uint8Array, limit: number = text.length): number {
  let end = at;
  const last = Math.min(limit, text.length);
  while (end < last && table[Math.min(text.charCodeAt(end), BEYOND_ASCII)] === 1) end++;
  return end;
}

/** Returns the start of the run before a place of characters that are in `table`, at most `most` before it. */
export function runStart(text: string, at: number, table: Uint8Array, most: number): number {
  let start = at;
  const first = Math.max(0, at - most);
  while (start > first && table[Math.min(text.charCodeAt(start - 1), BEYOND_ASCII)] === 1) start--;
  return start;
}

/**
 * Builds a table for {@link runEnd} of the characters that a pattern matches. All characters beyond ASCII share one
 * entry.
 */
export function characters(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: BEYOND_ASCII + 1 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}
