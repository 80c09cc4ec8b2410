// RFC 8259: what an object, a list or a text of JSON begins with, and what their first member does.
const START = /^\s{0,64}(?:"|\{\s*["}]|\[\s*(?:[[\]{"\d-]|true|false|null))/;
// Outside of strings, whitespace means nothing.
const STRING_OR_SPACE = /("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g;

/** Whether it is worth parsing; a failed attempt costs more than this look. */
export function looksLikeJson(text: string): boolean {
  if (text.length < 4 || !START.test(text)) return false;
  const first = text.trimStart().charAt(0);
  const last = text.trimEnd().at(-1);
  return first === '{' ? last === '}' : first === '[' ? last === ']' : last === '"';
}

/** The value that a text is the JSON of, in a list of its own; undefined when it is not JSON. */
export function parsed(text: string): readonly [unknown] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

/**
 * Whether the text says nothing that its value does not: no field written twice, no digits that a number cannot hold.
 */
export function isLossless(text: string, value: unknown): boolean {
  try {
    const written = JSON.stringify(value);
    return written === text || (written.length <= text.length && written === text.replace(STRING_OR_SPACE, '$1'));
  } catch {
    // Too deep to be written.
    return false;
  }
}
