import stringify from 'safe-stable-stringify';
import { cut, jsonBytes } from '../../internal/json.ts';

const writeJson = stringify.configure({
  deterministic: false,
  bigint: 'string',
  circularValue: '[Circular]',
});

/**
 * Serializes a handler's return value for the model: strings unchanged, other values as JSON. `undefined`, functions
 * and symbols become `null`, a BigInt a string of its digits, a circular reference `"[Circular]"`.
 *
 * @throws the error of the value's `toJSON`
 */
export function outputText(value: unknown): string {
  if (typeof value === 'string') return value;
  return writeJson(value) ?? 'null';
}

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
  // A string has at least as many bytes as characters. Longer ones are not measured: their JSON could be too long.
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

/** Largest size per output when smaller outputs keep theirs (max-min fairness). */
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
