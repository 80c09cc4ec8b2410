import stringify from 'safe-stable-stringify';

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
 * Cuts the longest outputs so that all of them together stay under `maxBytes` of JSON; short ones stay whole, and each
 * cut one says how much of it is left.
 */
export function fitOutputs<T extends { readonly callId: string; readonly output: string }>(
  outputs: readonly T[],
  maxBytes: number,
): readonly T[] {
  const sizes = outputs.map(({ output }) => jsonBytes(output));
  const envelopes = outputs.reduce((sum, { callId }) => sum + ENVELOPE_BYTES + jsonBytes(callId), 0);
  const room = maxBytes - envelopes;
  if (sizes.reduce((sum, size) => sum + size, 0) <= room) return outputs;
  const share = fairShare(sizes, room);
  return outputs.map((output, index) =>
    (sizes[index] ?? 0) <= share ? output : { ...output, output: cut(output.output, share) },
  );
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

function cut(text: string, maxBytes: number): string {
  const note = `\n[cut: the output had ${Buffer.byteLength(text)} bytes, which is more than fits]`;
  const room = maxBytes - jsonBytes(note);
  let fits = 0;
  let tooLong = text.length;
  while (fits < tooLong - 1) {
    const middle = (fits + tooLong) >> 1;
    if (jsonBytes(text.slice(0, middle)) <= room) fits = middle;
    else tooLong = middle;
  }
  // Half a surrogate pair would be sent as an escape that no reader understands.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(fits - 1)) ? fits - 1 : fits;
  return text.slice(0, end) + note;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
