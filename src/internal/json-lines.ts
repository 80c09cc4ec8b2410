import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { isJsonObject, type JsonObject } from './json.ts';

export interface JsonLinesOptions {
  /** For messages. */
  readonly file: string;
  /** Reading begins with the line that this byte is in. Default: 0. */
  readonly start?: number;
  /** Takes an entry, or throws to say that it does not belong here. */
  readonly read: (entry: JsonObject) => void;
  /** What to do about damage, for messages. Default: the lines are worth something one by one. */
  readonly remedy?: string | undefined;
}

const CHUNK_BYTES = 65_536;
const LINE_END = 0x0a;
const UNFINISHED = 'its JSON text is unfinished';

/**
 * Reads a file of JSON objects, one a line, and resolves with the byte at which its whole lines end. What follows is the torn tail,
 * whose writing never ended: a line without its end, or one whose object does not end; or, as a file may grow before its text
 * arrives, lines with zeros in them, which JSON has not.
 *
 * No whole line may follow what is damaged. Of a write that was cut off the first part may be lost and a later one be there, but zeros
 * in the place of what was on the disk for long look the same, and to cut them off would lose entries that somebody relies on.
 *
 * @throws Error that names file and place for any other damage
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
    const place = { file, remedy, byte: end, ...(first === 0 ? { line: lines } : {}) };
    end += line.length + 1;
    const hasZeros = line.includes(0);
    // What stands after the zeros may be whole.
    const entry = parsed(line.subarray(line.lastIndexOf(0) + 1), decoder);
    if (torn && (entry || !(torn.hasZeros && hasZeros)))
      throw damaged(torn, torn.hasZeros ? 'zeros stand in it, and more follows' : UNFINISHED);
    if (hasZeros && entry) throw damaged(place, 'zeros stand before its text');
    if (entry) readAt(place, entry, read);
    else if (hasZeros || isUnfinished(line)) torn ??= { ...place, hasZeros };
    else throw damaged(place, 'it is no JSON object');
  };

  const rest = await eachLine(handle, first, take);
  if (torn && !torn.hasZeros && rest > 0) throw damaged(torn, UNFINISHED);
  const whole = torn?.byte ?? end;
  // A tail that begins where the reading did may have begun before.
  return whole === first && first > 0 ? readJsonLines(handle, { file, read, remedy }) : whole;
}

/** Resolves with the bytes after the last line's end. */
async function eachLine(handle: FileHandle, start: number, take: (line: Buffer) => void): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** What came before of the line that is being read. */
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
  /** From 1; unknown when the reading began later. */
  readonly line?: number;
}

/** Quotes nothing: the lines may be secret. */
function damaged(
  { file, remedy = 'put it back from a copy, or mend or take out that line.', byte, line }: Damage,
  problem: string,
): Error {
  const place = line === undefined ? `byte ${byte}` : `line ${line} (byte ${byte})`;
  return new Error(`${file} is damaged at ${place}: ${problem}. Nothing was changed; ${remedy}`);
}

function readAt(place: Damage, entry: JsonObject, read: JsonLinesOptions['read']): void {
  try {
    read(entry);
  } catch (error) {
    throw damaged(place, error instanceof Error ? error.message : String(error));
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

/** Whether an object begins that does not end. The bytes that count are ASCII, which is no part of another character. */
function isUnfinished(line: Uint8Array): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = String.fromCharCode(line[at] ?? 0);
    if (isText && character === '\\') at += 1;
    else if (character === '"') isText = !isText;
    else if (!isText && '{['.includes(character)) depth += 1;
    else if (!isText && '}]'.includes(character)) depth -= 1;
  }
  return line[0] === 0x7b && (isText || depth > 0);
}
