import { eachMatch } from './patterns.ts';

/**
 * What vanishes between two parts of a word when a text is shown, folded or run: a line break of a mail, a quotation, a
 * shell or YAML; Markdown's emphasis; tags and comments of HTML; a concatenation of strings.
 */
const JOINT =
  /(?:(?:=|\\)?\r?\n[ \t>]{0,40}|\*{1,3}|~~|<(?:!--[^>]{0,80}--|\/?[a-z][^<>]{0,80})>|["'`]\s{0,8}(?:[+.&]|\|\||\.\.|\s)\s{0,8}["'`])+/gi;
const IN_PART = /[\w+/~.=-]/;
const IN_NUMBER = /^\d+$/;
const MIN_PART = 4;
const MAX_PART = 512;
const MIN_JOINED = 12;
/** With more line breaks between numbers, a text is a table or a log. */
const MAX_BROKEN_NUMBERS = 3;

/** The words that result if joints vanish, each on a line of its own. */
export interface JoinedWords {
  readonly text: string;
  /** The positions of the joints, in order. */
  readonly joints: readonly number[];
}

/** Joins parts of words at their joints; undefined if there is nothing to join. */
export function joinWords(text: string): JoinedWords | undefined {
  const lines: string[] = [];
  const joints: number[] = [];
  let length = 0;
  let behind = -1;
  const brokenNumbers: { readonly line: string; readonly joint: number }[] = [];
  eachMatch(JOINT, text, ({ 0: joint, index }) => {
    const after = index + joint.length;
    const start = partStart(text, index);
    const end = partEnd(text, after);
    if (index - start < MIN_PART || end - after < MIN_PART || end - after + index - start < MIN_JOINED) return;
    const [left, right] = [text.slice(start, index), text.slice(after, end)];
    if (!/\d/.test(left) && !/\d/.test(right)) return;
    const line = lines.at(-1);
    if (joint.includes('\n') && IN_NUMBER.test(left) && IN_NUMBER.test(right)) {
      brokenNumbers.push({ line: left + right, joint: left.length });
    } else if (line !== undefined && start === behind) {
      // The third part of a word, and further ones.
      joints.push(length - 1);
      lines[lines.length - 1] = line + right;
      length += right.length;
    } else {
      add(left + right, left.length);
    }
    behind = after;
  });
  if (brokenNumbers.length <= MAX_BROKEN_NUMBERS) for (const { line, joint } of brokenNumbers) add(line, joint);
  return lines.length === 0 ? undefined : { text: lines.join('\n'), joints };

  function add(line: string, joint: number): void {
    joints.push(length + joint);
    lines.push(line);
    length += line.length + 1;
  }
}

function partStart(text: string, from: number): number {
  let start = from;
  while (from - start < MAX_PART && IN_PART.test(text.charAt(start - 1))) start -= 1;
  return start;
}

function partEnd(text: string, from: number): number {
  let end = from;
  while (end - from < MAX_PART && IN_PART.test(text.charAt(end))) end += 1;
  return end;
}
