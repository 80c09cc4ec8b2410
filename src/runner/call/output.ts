import stringify from 'safe-stable-stringify';
import { cut, jsonBytes } from '../../internal/json.ts';

const writeJson = stringify.configure({
  deterministic: false,
  bigint: 'string',
  circularValue: '[Circular]',
});

/**
 * A handler's value as the text that the model gets: a string as it is, anything else as JSON. `undefined` (a handler
 * that returns nothing), functions and symbols become `null`, a BigInt its digits as a string, a reference back to an
 * enclosing object `"[Circular]"`.
 *
 * @throws whatever a `toJSON` of the value throws
 */
export function outputText(value: unknown): string {
  if (typeof value === 'string') return value;
  return writeJson(value) ?? 'null';
}

/** What `{"tool_call_id":"…","output":…},` takes beside the id and the output. */
const ENVELOPE_BYTES = 40;

/**
 * Cuts the longest outputs so that all of them together stay under `maxBytes` of JSON; short ones stay whole.
 *
 * @param noteOf what is said after the part of an output that is left; told the size that it had, in bytes
 */
export function fitOutputs<T extends { readonly callId: string; readonly output: string }>(
  outputs: readonly T[],
  maxBytes: number,
  noteOf: (output: T, bytes: number) => string,
): readonly T[] {
  // No text takes fewer bytes than characters: a longer one is not measured, which its JSON might be too long for.
  const sizes = outputs.map(({ output }) => (output.length > maxBytes ? Infinity : jsonBytes(output)));
  const envelopes = outputs.reduce((sum, { callId }) => sum + ENVELOPE_BYTES + jsonBytes(callId), 0);
  const room = maxBytes - envelopes;
  if (sizes.reduce((sum, size) => sum + size, 0) <= room) return outputs;
  const share = fairShare(sizes, room);
  return outputs.map((output, index) => {
    if ((sizes[index] ?? 0) <= share) return output;
    return { ...output, output: cut(output.output, share, `\n${noteOf(output, Buffer.byteLength(output.output))}`) };
  });
}

/** The largest size that all may have when the smaller ones keep theirs (max-min fairness). */
function fairShare(sizes: readonly number[], room: number): number {
  let left = room;
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (size > share) return Math.max(share, 0);
    left -= size;
  }
  return left;
}
