import type { Conversation } from './gateway.ts';
import { cut } from '../../internal/json.ts';

const CUT = ' […]';

/**
 * The conversation as one text: the user's messages, then the tools' outputs, each oldest first and begun by who said it.
 *
 * @param maxBytes what it may take as JSON. The newest is kept: half of it is the user's if need be, the tools have the
 * rest.
 * @returns undefined when there is nothing to say, or no room for it
 */
export function contextOf({ userMessages, toolOutputs }: Conversation, maxBytes: number): string | undefined {
  const userEntries = userMessages.map((text) => entry('user', text));
  const toolEntries = toolOutputs.map(({ functionName, output }) => entry(`tool ${functionName}`, output));
  const room = maxBytes - QUOTES;
  const usersShare = newest(userEntries, room / 2);
  const tools = newest(toolEntries, room - usersShare.bytes);
  const users = newest(userEntries, room - tools.bytes);
  const entries = [...users.entries, ...tools.entries];
  return entries.length === 0 ? undefined : entries.join('\n');
}

const QUOTES = 2;

/** Nothing inside an entry begins a line: no output can pass for the user's words. */
function entry(who: string, text: string): string {
  return `${who}: ${text}`.replaceAll(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/g, '\n  ');
}

/** As many of the last entries as fit, the oldest of them cut at its end. */
function newest(
  oldestFirst: readonly string[],
  maxBytes: number,
): { readonly entries: readonly string[]; readonly bytes: number } {
  const entries: string[] = [];
  let bytes = 0;
  for (const text of oldestFirst.toReversed()) {
    const size = sizeOf(text, maxBytes - bytes);
    if (bytes + size > maxBytes) {
      const left = Math.floor(maxBytes - bytes) - LINE_BREAK;
      // A few words without their end would say nothing.
      if (left > MIN_BYTES) {
        const start = cut(text, left + QUOTES, CUT);
        entries.push(start);
        bytes += sizeOf(start, Infinity);
      }
      break;
    }
    entries.push(text);
    bytes += size;
  }
  return { entries: entries.reverse(), bytes };
}

const MIN_BYTES = 100;
/** As JSON writes it. */
const LINE_BREAK = 2;

/** In bytes of JSON, with its line break. No text takes fewer bytes than characters: a longer one is not measured. */
function sizeOf(text: string, maxBytes: number): number {
  if (text.length > maxBytes) return Infinity;
  return Buffer.byteLength(JSON.stringify(text)) - QUOTES + LINE_BREAK;
}
