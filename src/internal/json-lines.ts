import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { isJsonObject, type JsonObject } from './json.ts';

export interface JsonLinesOptions {
  /** For messages. */
  readonly file: string;
  /** The byte to start at; the rest of the line that it is in is left out. Default: 0. */
  readonly start?: number;
  /** Takes an entry, or throws to say that it does not belong here. */
  readonly read: (entry: JsonObject) => void;
}

const CHUNK_BYTES = 65_536;
const LINE_END = 0x0a;

/**
 * Reads a file of JSON objects, one a line, and resolves with the byte at which its whole lines end: what follows is a line whose
 * writing never ended. Undefined when no line ends after `start`.
 *
 * @throws Error that names file and place for any other line that is none
 */
export async function readJsonLines(
  handle: FileHandle,
  { file, start = 0, read }: JsonLinesOptions,
): Promise<number | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const last: { unfinished?: Damage } = {};
  /** What came before of the line that is being read. */
  let pieces: Buffer[] = [];
  let lines = 0;
  let lineStart = start;
  let isPartOfLine = start > 0;

  const refuseUnfinished = (): void => {
    if (last.unfinished) throw damaged(last.unfinished, 'its JSON text is unfinished');
  };
  const take = (line: Uint8Array): void => {
    refuseUnfinished();
    lines += 1;
    const place = { file, byte: lineStart, ...(start === 0 ? { line: lines } : {}) };
    const entry = parsed(line, decoder);
    if (entry) readAt(place, entry, read);
    else if (isUnfinished(line)) last.unfinished = place;
    else throw damaged(place, 'it is no JSON object');
  };

  for (let position = start; ;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0 && end < bytesRead; end = chunk.indexOf(LINE_END, from)) {
      if (isPartOfLine) isPartOfLine = false;
      else take(Buffer.concat([...pieces, chunk.subarray(from, end)]));
      pieces = [];
      from = end + 1;
      lineStart = position + from;
    }
    if (from < bytesRead) {
      refuseUnfinished();
      pieces.push(Buffer.from(chunk.subarray(from, bytesRead)));
    }
    position += bytesRead;
  }
  return isPartOfLine ? undefined : (last.unfinished?.byte ?? lineStart);
}

interface Damage {
  readonly file: string;
  readonly byte: number;
  /** From 1; unknown when the reading began later. */
  readonly line?: number;
}

/** Quotes nothing: the lines may be secret. */
function damaged({ file, byte, line }: Damage, problem: string): Error {
  const place = line === undefined ? `byte ${byte}` : `line ${line} (byte ${byte})`;
  return new Error(
    `${file} is damaged at ${place}: ${problem}. Nothing was changed; put it back from a copy, or mend or take out that line.`,
  );
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
