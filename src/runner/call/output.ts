import { cut, jsonBytes } from '../../internal/json.ts';

/** Bytes of `{"tool_call_id":"…","output":…},` without the id and the output. */
const ENVELOPE_BYTES = 40;

/**
 * Truncates the longest outputs so that all together stay under `maxBytes` of JSON. Short outputs stay complete.
 *
 * @param noteOf builds the note after a truncated output from its original size in bytes
 */
export function fitOutputs<T extends { readonly callId: string; readonly output: string }>(
  outputs: readonly T[],
  maxBytes: number,
  noteOf: (output: T, bytes: number) => string,
): readonly T[] {
  let room = maxBytes;
  const sizes: number[] = [];
  for (const { callId, output } of outputs) {
    room -= ENVELOPE_BYTES + jsonBytes(callId);
    // A string has at least as many bytes as characters. Longer ones are not measured: their JSON could be too long.
    sizes.push(output.length > maxBytes ? Infinity : jsonBytes(output));
  }
  const share = fairShare(sizes, room);
  return share === Infinity ? outputs : outputs.map((output, index) => cutTo(share, sizes[index] ?? 0, output, noteOf));
}

function cutTo<T extends { readonly output: string }>(
  share: number,
  size: number,
  output: T,
  noteOf: (output: T, bytes: number) => string,
): T {
  if (size <= share) return output;
  return { ...output, output: cut(output.output, share, `\n${noteOf(output, Buffer.byteLength(output.output))}`) };
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
