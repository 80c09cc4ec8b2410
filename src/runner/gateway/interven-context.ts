import { cut } from '../../internal/json.ts';
import type { Conversation, ToolOutputText } from './gateway.ts';

const CUT = ' […]';

/** A conversation as a string. */
export interface Context {
  /** Undefined when there is no entry or no room for one. */
  readonly text: string | undefined;
  /** True if a tool output is missing or cut. */
  readonly isCut: boolean;
}

/**
 * Formats the conversation as one string: the user's messages, then the tool outputs, each oldest first and prefixed
 * with its source.
 *
 * @param maxBytes maximum size as JSON. The newest entries are kept: up to half of it for the user, the rest for the
 * tools.
 */
export function contextOf({ userMessages, toolOutputs, isCut = false }: Conversation, maxBytes: number): Context {
  const userEntries = userMessages.map((text) => entry('user', text));
  const toolEntries = toolOutputs.map((given) => entry(toolSource(given), given.output));
  const room = maxBytes - QUOTES;
  const usersShare = newest(userEntries, room / 2);
  const tools = newest(toolEntries, room - usersShare.bytes);
  const users = newest(userEntries, room - tools.bytes);
  const entries = [...users.entries, ...tools.entries];
  return {
    // Strict readers of JSON refuse half of a surrogate pair.
    text: entries.length === 0 ? undefined : entries.join('\n').toWellFormed(),
    isCut: isCut || !tools.isWhole,
  };
}

const QUOTES = 2;

/** Characters of JSON. Longer arguments are omitted. */
const MAX_ARGUMENTS = 2_000;

/** The name of the tool, what it `returns`, and the arguments of the call as JSON, without the separator `: `. */
function toolSource({ functionName, returns, arguments: args }: ToolOutputText): string {
  const json = args === undefined ? '' : JSON.stringify(args).replaceAll(': ', ':\\u0020');
  const isShort = json !== '' && json.length <= MAX_ARGUMENTS && !/[\u0085\u2028\u2029]/.test(json);
  const parts = [functionName.replaceAll(/\s/g, '_'), ...(returns ? [returns] : []), ...(isShort ? [json] : [])];
  return `tool ${parts.join(' ')}`;
}

/** Indents all lines after the first, so that no output can pass for a message of the user. */
function entry(source: string, text: string): string {
  return `${source}: ${text}`.replaceAll(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/g, '\n  ');
}

/** Takes as many of the last entries as fit, and cuts the end of the oldest. */
function newest(
  oldestFirst: readonly string[],
  maxBytes: number,
): { readonly entries: readonly string[]; readonly bytes: number; readonly isWhole: boolean } {
  const entries: string[] = [];
  let bytes = 0;
  let isWhole = true;
  for (const text of oldestFirst.toReversed()) {
    const size = sizeOf(text, maxBytes - bytes);
    if (bytes + size > maxBytes) {
      isWhole = false;
      const left = Math.floor(maxBytes - bytes) - LINE_BREAK;
      // A shorter fragment would not help.
      const start = left > MIN_BYTES ? cut(text, left + QUOTES, CUT) : '';
      if (start.includes(': ')) {
        entries.push(start);
        bytes += sizeOf(start, Infinity);
      }
      break;
    }
    entries.push(text);
    bytes += size;
  }
  return { entries: entries.reverse(), bytes, isWhole };
}

const MIN_BYTES = 100;
/** Bytes of a line break, escaped in JSON. */
const LINE_BREAK = 2;

/**
 * Size in bytes of JSON, with a line break. A string has at least as many bytes as characters, so a longer one is not
 * measured.
 */
function sizeOf(text: string, maxBytes: number): number {
  if (text.length > maxBytes) return Infinity;
  return Buffer.byteLength(JSON.stringify(text)) - QUOTES + LINE_BREAK;
}
