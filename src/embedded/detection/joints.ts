import { eachMatch } from './patterns.ts';

/**
 * What vanishes between two parts of a word when a text is shown, folded or run: a line break of a mail, a quotation, a
 * shell or YAML, but no blank line; Markdown's emphasis; tags and comments of HTML; a concatenation of strings.
 */
const JOINT =
  /(?:(?:=|\\)?\r?\n[ \t>]{0,40}(?!\s)|\*{1,3}|~~|<(?:!--[^>]{0,80}--|\/?[a-z][^<>]{0,80})>|["'`]\s{0,8}(?:[+.&,]|\|\||\.\.|\s)\s{0,8}[fru]?["'`])+/gi;
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

/** A word of several parts. */
interface Line {
  text: string;
  readonly joints: number[];
}

/** Joins parts of words at their joints; undefined if there is nothing to join. */
export function joinWords(text: string): JoinedWords | undefined {
  const lines: Line[] = [];
  const brokenNumbers: Line[] = [];
  let behind = -1;
  eachMatch(JOINT, text, ({ 0: joint, index }) => {
    const after = index + joint.length;
    const start = partStart(text, index);
    const end = partEnd(text, after);
    if (index - start < MIN_PART || end - after < MIN_PART) return;
    const [left, right] = [text.slice(start, index), text.slice(after, end)];
    const last = lines.at(-1);
    const areNumbers = IN_NUMBER.test(left) && IN_NUMBER.test(right);
    // Two strings with a comma between them are an array's, and may be joined later.
    if (areNumbers && joint.includes(',')) return;
    if (areNumbers && joint.includes('\n')) {
      brokenNumbers.push({ text: left + right, joints: [left.length] });
    } else if (last && start === behind) {
      // The third part of a word, and further ones.
      last.joints.push(last.text.length);
      last.text += right;
    } else {
      lines.push({ text: left + right, joints: [left.length] });
    }
    behind = after;
  });
  if (brokenNumbers.length <= MAX_BROKEN_NUMBERS) lines.push(...brokenNumbers);
  const joints: number[] = [];
  let joined = '';
  for (const line of lines) {
    if (line.text.length < MIN_JOINED || !/\d/.test(line.text)) continue;
    for (const joint of line.joints) joints.push(joined.length + joint);
    joined += `${line.text}\n`;
  }
  return joined === '' ? undefined : { text: joined.slice(0, -1), joints };
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
