import { isUtf8 } from 'node:buffer';
import { eachMatch } from './patterns.ts';

// RFC 4648, sections 4 and 5. Lines wrapped as in RFC 2045 are one run.
const BASE64_RUN = /[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]+)*/g;
const HEX_RUN = /[0-9A-Fa-f]{20,}/g;
const MIN_RUN = 16;
const MIN_BYTES = 10;

const NOT_IN_ALPHABET = 255;
const BASE64_VALUES = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '+-/_');
const HEX_VALUES = valuesOf('0123456789', 'aAbBcCdDeEfF');
const PRINTABLE = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13 ? 1 : 0,
);

/** Quick check whether `decodeBase64` or `decodeHex` may find anything to decode. */
export function holdsRun(text: string): boolean {
  // A run covers at least one of every `MIN_RUN` places.
  for (let at = MIN_RUN - 1; at < text.length; at += MIN_RUN) {
    if (!isInRun(text, at)) continue;
    let start = at;
    while (start > 0 && at - start < MIN_RUN && isInRun(text, start - 1)) start -= 1;
    while (at + 1 < text.length && at + 1 - start < MIN_RUN && isInRun(text, at + 1)) at += 1;
    if (at + 1 - start >= MIN_RUN) return true;
  }
  return false;
}

function isInRun(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && BASE64_VALUES[code] !== NOT_IN_ALPHABET;
}

/**
 * Decodes the base64 and base64url runs of a string, each printable stretch on a line of its own; undefined if nothing
 * printable results. A run may begin before the encoded data (`key-QUtJ…`), so every alignment is tried.
 */
export function decodeBase64(text: string): string | undefined {
  const decoded: string[] = [];
  eachMatch(BASE64_RUN, text, ([written]) => {
    const run = written.replace(/[\r\n]+/g, '');
    const whole = utf8Of(run);
    if (whole !== undefined) decoded.push(whole);
    else for (let from = 0; from < 4; from += 1) base64Stretches(run, from, decoded);
  });
  return decoded.length > 0 ? decoded.join('\n') : undefined;
}

/** Decodes hexadecimal runs in the same way. */
export function decodeHex(text: string): string | undefined {
  const decoded: string[] = [];
  eachMatch(HEX_RUN, text, ([run]) => {
    for (let from = 0; from < 2; from += 1) hexStretches(run, from, decoded);
  });
  return decoded.length > 0 ? decoded.join('\n') : undefined;
}

/** Decodes a run that is UTF-8 with letters beyond ASCII, at which printable stretches would end. */
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
    if ((at - stretch) * 0.75 >= MIN_BYTES)
      decoded.push(Buffer.from(run.slice(stretch, at), 'base64').toString('latin1'));
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
