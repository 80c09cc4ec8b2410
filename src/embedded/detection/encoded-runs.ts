import { isUtf8 } from 'node:buffer';
import { Archives, mayBePacked, printableIn, unpackText } from './packed-text.ts';
import { eachMatch } from './patterns.ts';
import type { Span } from './span.ts';

const HEX_RUN = /[0-9A-Fa-f]{20,}/g;
const BASE32_RUN = /^(?:[A-Z2-7]{16,}|[a-z2-7]{16,})$/;
// Bytes as dumps and code write them: `67 68`, `6768 705f`, `0x67, 0x68`, `103, 104`.
const BYTE_LIST = /(?<![\w.])(?:0x)?[0-9A-Fa-f]{2,4}(?:[ ,:;\r\n-]{1,3}(?:0x)?[0-9A-Fa-f]{2,4}){9,}(?![\w.])/g;
const BITS = /(?<!\d)[01]{8}(?:[ ,][01]{8}){9,}(?!\d)/g;
const BYTE_LIST_SIGNS = new Uint8Array(128);
for (const sign of '0123456789abcdefABCDEFx ,:;\r\n-') BYTE_LIST_SIGNS[sign.charCodeAt(0)] = 1;
/** The length of ten bytes of two digits, and what separates them. */
const MIN_BYTE_LIST = 29;
// `00000010: 6768 705f 5a6b 3352  gh_pZk3R`: an offset, bytes, and the characters that they show.
const DUMP_LINE =
  /^[ \t]{0,8}[0-9A-Fa-f]{4,16}:?[ \t]{1,4}((?:[0-9A-Fa-f]{2}){1,8}(?:[ \t]{1,3}(?:[0-9A-Fa-f]{2}){1,8}){0,31})(?:[ \t]{2,}.{0,48})?$/gm;
const MIN_RUN = 16;
const MIN_BYTES = 10;

const NOT_IN_ALPHABET = 255;
const BASE64_VALUES = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '+-/_');
const HEX_VALUES = valuesOf('0123456789', 'aAbBcCdDeEfF');
const PRINTABLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13 ? 1 : 0,
);

/** What an encoding hides in a string: all that is printable, each stretch on a line of its own. */
interface Decoded {
  readonly encoding: string;
  readonly text: string;
}

const NOTHING: readonly Decoded[] = [];
/** Characters of runs that are decoded in one step. */
const LENGTH_OF_STEP = 65_536;

/**
 * Decodes base64 and base64url, hexadecimal digits, base32, and lists of bytes in a string.
 *
 * @param archives notes an archive that is damaged, cut off, or too long to unpack
 */
export function decodeRuns(text: string, archives = new Archives()): readonly Decoded[] {
  if (text.length < MIN_RUN) return NOTHING;
  const steps = runsInSteps(text, archives);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does the same in steps, so that other work may run in between. */
export function* runsInSteps(text: string, archives = new Archives()): Generator<undefined, readonly Decoded[]> {
  const base64: string[] = [];
  const hex: string[] = [];
  const base32: string[] = [];
  let length = 0;
  for (const run of runsOf(text)) {
    length += run.length;
    if (length > LENGTH_OF_STEP) {
      yield;
      length = 0;
    }
    decodeBase64(run, base64, archives);
    decodeHex(run, hex, archives);
    if (BASE32_RUN.test(run)) decodeBase32(run, base32);
  }
  if (text.length > LENGTH_OF_STEP) yield;
  const bytes = decodeByteLists(text);
  return [
    { encoding: 'base64', text: base64.join('\n') },
    { encoding: 'hex', text: hex.join('\n') },
    { encoding: 'base32', text: base32.join('\n') },
    { encoding: 'bytes', text: bytes.join('\n') },
  ].filter((decoded) => decoded.text !== '');
}

/**
 * Returns the runs of at least `MIN_RUN` characters of base64 and base64url (RFC 4648, sections 4 and 5). Lines wrapped
 * as in RFC 2045 are one run.
 */
function runsOf(text: string): readonly string[] {
  const runs: string[] = [];
  // A run covers at least one of every `MIN_RUN` places.
  for (let at = MIN_RUN - 1; at < text.length; at += MIN_RUN) {
    if (!isInRun(text, at)) continue;
    let start = at;
    while (start > 0 && isInRun(text, start - 1)) start -= 1;
    at = runEnd(text, at);
    if (at - start < MIN_RUN) continue;
    let run = text.slice(start, at);
    for (let next = afterLineEnd(text, at); next > at && isInRun(text, next); next = afterLineEnd(text, at)) {
      at = runEnd(text, next);
      run += text.slice(next, at);
    }
    runs.push(run);
  }
  return runs;
}

function runEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isInRun(text, end)) end += 1;
  return end;
}

function afterLineEnd(text: string, at: number): number {
  return text[at] === '\n' ? at + 1 : text.startsWith('\r\n', at) ? at + 2 : at;
}

function isInRun(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && BASE64_VALUES[code] !== NOT_IN_ALPHABET;
}

/** Decodes a run of base64. A run may begin before the encoded data (`key-QUtJ…`), so every alignment is tried. */
function decodeBase64(run: string, decoded: string[], archives: Archives): void {
  const whole = textOf(run, archives);
  if (whole !== undefined) decoded.push(whole);
  else for (let from = 0; from < 4; from += 1) base64Stretches(run, from, decoded);
}

function decodeHex(text: string, decoded: string[], archives: Archives): void {
  eachMatch(HEX_RUN, text, ([run]) => {
    const bytes = Buffer.from(run, 'hex');
    const packed = mayBePacked(bytes[0] ?? 1, bytes[1] ?? 9, bytes[2] ?? 1) ? unpackText(bytes, archives) : undefined;
    if (packed !== undefined) decoded.push(packed);
    for (let from = 0; from < 2; from += 1) hexStretches(run, from, decoded);
  });
}

/** Decodes a run of base32 (RFC 4648, section 6). */
function decodeBase32(run: string, decoded: string[]): void {
  let bits = 0;
  let width = 0;
  const bytes: number[] = [];
  for (const sign of run.toUpperCase()) {
    bits = ((bits << 5) | BASE32.indexOf(sign)) & 0xfff;
    width += 5;
    if (width >= 8) bytes.push((bits >> (width -= 8)) & 255);
  }
  addPrintable(Buffer.from(bytes), decoded);
}

/** Decodes lists of bytes, hexadecimal or decimal. */
function decodeByteLists(text: string): string[] {
  const decoded: string[] = [];
  const parts = partsOf(text, BYTE_LIST_SIGNS, MIN_BYTE_LIST);
  if (parts.length > 0) decodeDump(text, decoded);
  for (const part of parts) {
    eachMatch(BITS, part, ([list]) => {
      addPrintable(Buffer.from(list.split(/[ ,]/).map((bits) => parseInt(bits, 2))), decoded);
    });
    eachMatch(BYTE_LIST, part, ([list]) => {
      addPrintable(Buffer.from(list.replace(/0x|[ ,:;\r\n-]/g, ''), 'hex'), decoded);
      const numbers = list.split(/[ ,:;\r\n-]+/).map(Number);
      if (numbers.every((number) => number < 128)) addPrintable(Buffer.from(numbers), decoded);
    });
  }
  return decoded;
}

/** Decodes the lines of a dump, as `hexdump -C`, `od` and `xxd` write it. */
function decodeDump(text: string, decoded: string[]): void {
  let digits = '';
  eachMatch(DUMP_LINE, text, ([, line = '']) => {
    digits += line.replace(/\s/g, '');
  });
  const shown = printableIn(Buffer.from(digits, 'hex'));
  if (shown !== '') decoded.push(shown);
}

/** Lists the parts of an alphabet and a length, with the characters beside them. */
function partsOf(text: string, signs: Uint8Array, minLength: number): readonly string[] {
  const parts: string[] = [];
  // A part covers at least one of every `minLength` places.
  for (let at = minLength - 1; at < text.length; at += minLength) {
    if (signs[text.charCodeAt(at)] !== 1) continue;
    let start = at;
    while (start > 0 && signs[text.charCodeAt(start - 1)] === 1) start -= 1;
    while (at < text.length && signs[text.charCodeAt(at)] === 1) at += 1;
    if (at - start >= minLength) parts.push(text.slice(Math.max(0, start - 1), at + 1));
  }
  return parts;
}

function addPrintable(bytes: Buffer, decoded: string[]): void {
  if (bytes.length >= MIN_BYTES && bytes.every((byte) => PRINTABLE[byte] === 1)) decoded.push(bytes.toString('latin1'));
}

const MIN_LIST = 10;

/** Reads the numbers of a `Buffer` or a typed array in JSON as text; undefined if they are not the bytes of a text. */
export function textOfBytes(list: object): string | undefined {
  const items: readonly unknown[] = Array.isArray(list) ? list : '0' in list ? Object.values(list) : [];
  if (items.length < MIN_LIST || !items.every(isTextByte)) return undefined;
  const bytes = Buffer.from(items);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function isTextByte(item: unknown): item is number {
  return (
    Number.isInteger(item) && (PRINTABLE[item as number] === 1 || ((item as number) >= 128 && (item as number) < 256))
  );
}

const MIN_ENCODED_BYTES = 60;
const MAX_SAMPLE = 4_096;
/** Random bytes are printable ASCII in 38 of 100 cases. */
const MAX_TEXT_SHARE = 0.75;

/**
 * Returns a test whether a span is a part of a picture, a font or an archive in base64, whose letters are no text. A
 * secret at the beginning of a run counts as a secret. The spans of one run share its examination.
 */
export function encodedBytesTest(text: string): (span: Span) => boolean {
  let from = 0;
  let to = 0;
  let areBytes = false;
  return ({ start, end: written, dataClass }) => {
    let end = written;
    while (text[end - 1] === '=') end -= 1;
    if (start < from || start >= to) {
      from = start;
      while (isInRun(text, from - 1)) from -= 1;
      to = runEnd(text, start);
      areBytes = to - from >= MIN_ENCODED_BYTES && isEncodedBytes(text.slice(from, Math.min(to, from + MAX_SAMPLE)));
    }
    if (!areBytes || end > to || end - start === to - from) return false;
    return !(dataClass === 'SECRETS' && from === start);
  };
}

function isEncodedBytes(run: string): boolean {
  // The letters around a URL's or a name's dashes are no bytes.
  if (/[-_]/.test(run) || !/[a-z]/.test(run) || !/[A-Z]/.test(run) || !/[0-9]/.test(run)) return false;
  return [0, 1, 2, 3].every((shift) => {
    const bytes = Buffer.from(run.slice(shift), 'base64');
    return bytes.filter((byte) => PRINTABLE[byte] === 1).length < bytes.length * MAX_TEXT_SHARE;
  });
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Decodes a run in which printable stretches would not be its text: an archive, UTF-16, UTF-8 with other letters. */
function textOf(run: string, archives: Archives): string | undefined {
  const archive = run.indexOf('H4sI');
  // A path may end where the archive begins.
  if (archive > 0 && /[/_+-]/.test(run.charAt(archive - 1))) return textOf(run.slice(archive), archives);
  const bits = quad(run, 0);
  if (!mayBePacked(bits >> 16, (bits >> 8) & 255, bits & 255)) return utf8Of(run);
  return unpackText(Buffer.from(run, 'base64'), archives) ?? utf8Of(run);
}

/** Decodes UTF-8 with letters beyond ASCII. */
function utf8Of(run: string): string | undefined {
  for (let at = 0; at < 12; at += 4) {
    const bits = quad(run, at);
    if (!startsUtf8(bits >> 16) || !startsUtf8((bits >> 8) & 255) || !startsUtf8(bits & 255)) return undefined;
  }
  const bytes = Buffer.from(run, 'base64');
  return bytes.some((byte) => byte >= 128) && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function startsUtf8(byte: number): boolean {
  return PRINTABLE[byte] === 1 || byte >= 128;
}

function base64Stretches(run: string, from: number, decoded: string[]): void {
  let stretch = from;
  let at = from;
  for (; at + 4 <= run.length; at += 4) {
    const bits = quad(run, at);
    if (PRINTABLE[bits >> 16] === 1 && PRINTABLE[(bits >> 8) & 255] === 1 && PRINTABLE[bits & 255] === 1) continue;
    if ((at - stretch) * 0.75 >= MIN_BYTES) {
      // The encoded string may end within these four characters, before the rest of a path: `Z2hw…iYQ/x.png`.
      const last = PRINTABLE[bits >> 16] !== 1 ? 0 : PRINTABLE[(bits >> 8) & 255] !== 1 ? 2 : 3;
      decoded.push(Buffer.from(run.slice(stretch, at + last), 'base64').toString('latin1'));
    }
    stretch = at + 4;
  }
  // The last one or two bytes take fewer than four characters.
  const tail = at < run.length && at - stretch > 0 ? run.length : at;
  if ((at - stretch) * 0.75 >= MIN_BYTES)
    decoded.push(Buffer.from(run.slice(stretch, tail), 'base64').toString('latin1'));
}

function hexStretches(run: string, from: number, decoded: string[]): void {
  let stretch = from;
  let at = from;
  for (; at + 2 <= run.length; at += 2) {
    const byte = ((HEX_VALUES[run.charCodeAt(at)] ?? 0) << 4) | (HEX_VALUES[run.charCodeAt(at + 1)] ?? 0);
    if (PRINTABLE[byte] === 1) continue;
    if ((at - stretch) / 2 >= MIN_BYTES) decoded.push(Buffer.from(run.slice(stretch, at), 'hex').toString('latin1'));
    stretch = at + 2;
  }
  if ((at - stretch) / 2 >= MIN_BYTES) decoded.push(Buffer.from(run.slice(stretch, at), 'hex').toString('latin1'));
}

function quad(run: string, at: number): number {
  return (value(run, at) << 18) | (value(run, at + 1) << 12) | (value(run, at + 2) << 6) | value(run, at + 3);
}

function value(run: string, at: number): number {
  return BASE64_VALUES[run.charCodeAt(at)] ?? 0;
}

/** Builds a table from a character's code to its value. Each two characters of `pairs` share one value. */
function valuesOf(single: string, pairs: string): Uint8Array {
  const values = new Uint8Array(128).fill(NOT_IN_ALPHABET);
  for (let index = 0; index < single.length; index += 1) values[single.charCodeAt(index)] = index;
  for (let index = 0; index < pairs.length; index += 1) {
    values[pairs.charCodeAt(index)] = single.length + (index >> 1);
  }
  return values;
}
