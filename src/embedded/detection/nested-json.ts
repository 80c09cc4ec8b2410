// RFC 8259: the beginning of an object, an array or a string, and of its first member.
const START = /^\s{0,64}(?:"|\{\s*["}]|\[\s*(?:[[\]{"\d-]|true|false|null))/;
// Outside of strings, whitespace and the last zeros of a fraction (`4.0`, `4.50`) mean nothing.
const STRING_OR_NOTHING = /("[^"\\]*(?:\\.[^"\\]*)*")|\s+|(\.\d*[1-9])0+(?![\deE])|\.0+(?![\deE])/g;

/** Checks quickly whether a string may be JSON, because a failed parse is slower. */
export function looksLikeJson(text: string): boolean {
  if (text.length < 4 || !START.test(text)) return false;
  const first = text.trimStart().charAt(0);
  const last = text.trimEnd().at(-1);
  return first === '{' ? last === '}' : first === '[' ? last === ']' : last === '"';
}

export const BYTE_ORDER_MARK = '\ufeff';

/** Parses JSON, also after a byte order mark. Returns the value as the only item of an array; undefined if the string is not JSON. */
export function parsed(text: string): readonly [unknown] | undefined {
  try {
    return [JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text)];
  } catch {
    return undefined;
  }
}

/** Returns true if parsing was lossless: no duplicate field, no digits beyond a number's precision. */
export function isLossless(text: string, value: unknown): boolean {
  try {
    const written = JSON.stringify(value);
    return written === text || (written.length <= text.length && written === text.replace(STRING_OR_NOTHING, '$1$2'));
  } catch {
    // Too deep to serialise.
    return false;
  }
}
