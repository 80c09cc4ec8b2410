/** A range of a text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A part of a text around some marks, such as escapes, that is read again. */
export interface Window extends Range {
  /** The number of characters before the first mark, and after the last one. */
  readonly head: number;
  readonly tail: number;
}

/** More than the distance between a label and its number. */
const CONTEXT = 128;
/** How far a window extends over a word without spaces. */
const MAX_WORD = 512;
/** Windows over a larger share of the text are one window. */
const MAX_SHARE = 0.75;

/**
 * Returns the parts of a text around some marks, with enough context for the detectors. Windows do not overlap, so that
 * together they are no longer than the text.
 *
 * @param marks in order
 */
export function windowsAround(text: string, marks: readonly Range[]): readonly Window[] {
  const windows: Window[] = [];
  let total = 0;
  for (let at = 0; at < marks.length;) {
    const first = marks[at]?.start ?? 0;
    const start = Math.max(windows.at(-1)?.end ?? 0, wordStart(text, first));
    let last = first;
    let end = start;
    while ((marks[at]?.start ?? Infinity) <= Math.max(end, last + 2 * CONTEXT)) {
      last = marks[at]?.end ?? last;
      at += 1;
      // Far from the next mark, the window ends with its word.
      if ((marks[at]?.start ?? Infinity) > last + 2 * CONTEXT) end = wordEnd(text, last);
    }
    total += end - start;
    windows.push({ start, end, head: first - start, tail: end - last });
  }
  if (windows.length < 2 || total < text.length * MAX_SHARE) return windows;
  return [{ start: 0, end: text.length, head: windows[0]?.start ?? 0, tail: 0 }];
}

const isSpace = (text: string, at: number): boolean => text.charCodeAt(at) <= 32;

function wordStart(text: string, from: number): number {
  let start = from;
  while (start > 0 && from - start < MAX_WORD && !isSpace(text, start - 1)) start -= 1;
  for (start -= CONTEXT; start > 0 && from - start < MAX_WORD && !isSpace(text, start - 1);) start -= 1;
  return Math.max(0, start);
}

function wordEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && end - from < MAX_WORD && !isSpace(text, end)) end += 1;
  for (end += CONTEXT; end < text.length && end - from < MAX_WORD && !isSpace(text, end);) end += 1;
  return Math.min(text.length, end);
}
