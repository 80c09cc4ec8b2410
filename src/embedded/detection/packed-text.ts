import { isUtf8 } from 'node:buffer';
import { constants, gunzipSync, inflateSync } from 'node:zlib';

// Larger archives are not looked into: they may hold anything.
const MAX_INFLATED = 262_144;
const MIN_STRETCH = 10;
const STRETCH = /[\t\n\r -~]{10,}/g;
const SAMPLE = 64;
const MIN_ZEROS = 4;
/** Text has no control characters, lone surrogates and noncharacters. */
const NO_TEXT = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\p{Cs}\ufffe\uffff]/u;

// Each takes up to a tenth of a millisecond.
const MAX_ARCHIVES = 100;

/** The archives of one body: how many more may be unpacked, and whether one could not be read. */
export class Archives {
  isUnread = false;
  #left = MAX_ARCHIVES;

  take(): boolean {
    this.#left -= 1;
    if (this.#left < 0) this.isUnread = true;
    return this.#left >= 0;
  }
}

/**
 * Returns true if bytes may be packed, by their first three: gzip (RFC 1952), zlib (RFC 1950), or UTF-16 with ASCII or
 * letters of Greek, Cyrillic, Hebrew or Arabic.
 */
export function mayBePacked(first: number, second: number, third: number): boolean {
  if (isGzip(first, second, third) || isZlib(first, second)) return true;
  return first === 0 || second < 8 || third === 0 || (first >= 0xfe && second >= 0xfe);
}

const isGzip = (first = 0, second = 0, third = 0): boolean => first === 0x1f && second === 0x8b && third === 8;
const isZlib = (first = 0, second = 0): boolean => first === 0x78 && (first * 256 + second) % 31 === 0;

/**
 * Decodes bytes in which printable stretches would not be their text: an archive or UTF-16.
 *
 * @param archives notes an archive that is damaged, cut off, or too long to unpack
 */
export function unpackText(bytes: Buffer, archives: Archives): string | undefined {
  if (isGzip(bytes[0], bytes[1], bytes[2])) {
    const text = inflated(bytes, gunzipSync, archives);
    if (text === undefined) archives.isUnread = true;
    return text;
  }
  if (isZlib(bytes[0], bytes[1])) return inflated(bytes, inflateSync, archives) ?? utf16Of(bytes);
  return utf16Of(bytes);
}

/** Returns the text of an archive, also of one that was cut off; undefined for damaged and other bytes. */
function inflated(bytes: Buffer, inflate: typeof inflateSync, archives: Archives): string | undefined {
  if (!archives.take()) return undefined;
  try {
    return textOf(inflate(bytes, { maxOutputLength: MAX_INFLATED }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') archives.isUnread = true;
    if (code !== 'Z_BUF_ERROR') return undefined;
  }
  try {
    const beginning = inflate(bytes, { maxOutputLength: MAX_INFLATED, finishFlush: constants.Z_SYNC_FLUSH });
    if (beginning.length < MIN_STRETCH) return undefined;
    archives.isUnread = true;
    return textOf(beginning);
  } catch {
    return undefined;
  }
}

function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return utf16Of(bytes) ?? printableIn(bytes);
}

/** Returns the printable stretches of bytes, each on a line of its own. */
export function printableIn(bytes: Buffer): string {
  return (bytes.toString('latin1').match(STRETCH) ?? []).join('\n');
}

/** Decodes UTF-16 in which some characters are ASCII, as PowerShell writes commands. */
function utf16Of(bytes: Buffer): string | undefined {
  const zeros = [0, 0];
  for (let at = 0; at < Math.min(bytes.length, SAMPLE); at += 1)
    if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) < MIN_ZEROS) return undefined;
  const units = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (even > odd ? units.swap16() : units).toString('utf16le').replace(/^\ufeff/, '');
  return NO_TEXT.test(text) ? undefined : text;
}
