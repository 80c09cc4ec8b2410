import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { isJsonObject, type JsonObject } from './json.ts';
import { messageOf } from './error-message.ts';

export interface JsonLinesOptions {
  /** Path, for error messages. */
  readonly file: string;
  /** Reading begins with the line of this byte. Default: 0. */
  readonly start?: number;
  /** Receives an entry and its line. Throws if the entry is invalid. */
  readonly read: (entry: JsonObject, line: Buffer) => void;
  /** The remedy for damage, for error messages. Default: restore the file or delete the line. */
  readonly remedy?: string | undefined;
}

const CHUNK_BYTES = 65_536;
const LINE_END = 0x0a;
const UNFINISHED = 'its JSON is unfinished';

/**
 * Reads a file with one JSON object per line, and resolves with the byte where its complete lines end. A torn tail may
 * follow, from a write that never finished: a line without its end, an incomplete object, or lines with zero bytes (a
 * file may grow before its data arrives).
 *
 * No complete line may follow a damaged one. A torn write can lose its first part and keep a later one, but zeros over
 * older data look the same, and truncating there would lose confirmed entries.
 *
 * @throws Error with file and line for any other damage
 */
export async function readJsonLines(
  handle: FileHandle,
  { file, start = 0, read, remedy }: JsonLinesOptions,
): Promise<number> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const first = start > 0 ? await lineStartOf(handle, start) : 0;
  let lines = 0;
  let end = first;
  let torn: (Damage & { readonly hasZeros: boolean }) | undefined;

  const take = (line: Buffer): void => {
    lines += 1;
    const place = { file, remedy, byte: end, line: first === 0 ? lines : undefined };
    end += line.length + 1;
    const hasZeros = line.includes(0);
    // The JSON after the zeros may be complete.
    const entry = parsed(line.subarray(line.lastIndexOf(0) + 1), decoder);
    if (torn && (entry || !(torn.hasZeros && hasZeros)))
      throw damaged(torn, torn.hasZeros ? 'it contains zero bytes, and more lines follow' : UNFINISHED);
    if (hasZeros && entry) throw damaged(place, 'it has zero bytes before its JSON');
    if (entry)
      readAt(place, () => {
        read(entry, line);
      });
    else if (hasZeros || isUnfinished(line)) torn ??= { ...place, hasZeros };
    else throw damaged(place, 'it is not a JSON object');
  };

  const rest = await eachLine(handle, first, take);
  if (torn && !torn.hasZeros && rest > 0) throw damaged(torn, UNFINISHED);
  const whole = torn?.byte ?? end;
  // The torn tail may begin before the first line read.
  return whole === first && first > 0 ? readJsonLines(handle, { file, read, remedy }) : whole;
}

/** Calls `take` with each line, without its end. Resolves with the number of bytes after the last line end. */
export async function eachLine(handle: FileHandle, start: number, take: (line: Buffer) => void): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** The earlier chunks of the current line. */
  let pieces: Buffer[] = [];
  for (let position = start; ;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return pieces.reduce((bytes, piece) => bytes + piece.length, 0);
    const text = chunk.subarray(0, bytesRead);
    let from = 0;
    for (let at = text.indexOf(LINE_END); at >= 0; at = text.indexOf(LINE_END, from)) {
      take(Buffer.concat([...pieces, text.subarray(from, at)]));
      pieces = [];
      from = at + 1;
    }
    if (from < bytesRead) pieces.push(Buffer.from(text.subarray(from)));
    position += bytesRead;
  }
}

async function lineStartOf(handle: FileHandle, byte: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let before = byte; before > 0;) {
    const from = Math.max(0, before - CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, before - from, from);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (at >= 0) return from + at + 1;
    before = from;
  }
  return 0;
}

interface Damage {
  readonly file: string;
  readonly remedy: string | undefined;
  readonly byte: number;
  /** The line's number, counted from 1; undefined if reading did not begin at the start of the file. */
  readonly line: number | undefined;
}

/** Creates the error for damage. Does not quote the line, which may be sensitive. */
function damaged(
  { file, remedy = 'restore it from a backup, or repair or delete that line.', byte, line }: Damage,
  problem: string,
): Error {
  const place = line === undefined ? `byte ${byte}` : `line ${line} (byte ${byte})`;
  return new Error(`${file} is damaged at ${place}: ${problem}. Nothing was changed; ${remedy}`);
}

function readAt(place: Damage, read: () => void): void {
  try {
    read();
  } catch (error) {
    throw damaged(place, messageOf(error));
  }
}

function parsed(line: Uint8Array, decoder: TextDecoder): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(line));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns true if an object begins and does not end. Comparing bytes is safe: no other UTF-8 character contains them.
 */
function isUnfinished(line: Uint8Array): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = String.fromCharCode(line[at] ?? 0);
    if (isString && character === '\\') at += 1;
    else if (character === '"') isString = !isString;
    else if (!isString && '{['.includes(character)) depth += 1;
    else if (!isString && '}]'.includes(character)) depth -= 1;
  }
  return line[0] === 0x7b && (isString || depth > 0);
}
