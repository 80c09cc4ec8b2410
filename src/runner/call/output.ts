import { cut, jsonBytes } from '../../internal/json.ts';
import type { ContentPart } from './content.ts';

/** At least the bytes of `{"tool_call_id":"…","output":"…"},` without the id and the output. */
const ENVELOPE_BYTES = 40;

/**
 * Truncates the longest outputs so that all together stay under `maxBytes` of JSON. Short outputs stay complete. Parts
 * cannot be cut: if they do not fit, their text takes their place.
 *
 * @param noteOf builds the note after a truncated output from its index and its original size in bytes
 */
export function fitOutputs<T extends Fitted>(
  outputs: readonly T[],
  maxBytes: number,
  noteOf: (index: number, bytes: number) => string,
): readonly T[] {
  // JSON.stringify grows a string to at most six times its length in bytes.
  let most = 0;
  for (const { callId, output, content } of outputs)
    most += content ? Infinity : ENVELOPE_BYTES + 6 * (callId.length + output.length);
  if (most <= maxBytes) return outputs;
  let room = maxBytes;
  const sizes: number[] = [];
  for (const { callId, output, content } of outputs) {
    room -= ENVELOPE_BYTES + jsonBytes(callId);
    // A string has at least as many bytes as characters. Longer ones are not measured: their JSON could be too long.
    sizes.push(output.length > maxBytes ? Infinity : jsonBytes(content ?? output));
  }
  const share = fairShare(sizes, room);
  return share === Infinity
    ? outputs
    : outputs.map((output, index) => cutTo(share, sizes[index] ?? 0, output, (bytes) => noteOf(index, bytes)));
}

interface Fitted {
  readonly callId: string;
  readonly output: string;
  readonly content?: readonly ContentPart[] | undefined;
}

function cutTo<T extends Fitted>(share: number, size: number, output: T, noteOf: (bytes: number) => string): T {
  if (size <= share) return output;
  const bytes = output.content ? jsonBytes(output.content) : Buffer.byteLength(output.output);
  return { ...output, content: undefined, output: cut(output.output, share, `\n${noteOf(bytes)}`) };
}

/** Largest size per output when smaller outputs keep theirs (max-min fairness); Infinity if all fit. */
function fairShare(sizes: readonly number[], room: number): number {
  let left = room;
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (size > share) return Math.max(share, 0);
    left -= size;
  }
  return Infinity;
}
