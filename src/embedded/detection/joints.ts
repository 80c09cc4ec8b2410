import { characters, runEnd, runStart } from './characters.ts';
import { eachMatch } from './patterns.ts';
import type { Range } from './windows.ts';

/**
 * What vanishes between two parts of a word when a text is shown, folded or run: a line break of a mail, a quotation, a
 * comment, a shell or YAML, but no blank line; Markdown's emphasis; tags and comments of HTML; a concatenation of strings,
 * also in two statements.
 */
const JOINT =
  /(?:(?:[=\\`^])?\r?\n\+?(?:[ \t>#*]|\/\/){0,40}(?!\s)|\*{1,3}|~~|<(?:!--[^>]{0,80}--|\/?[a-z][^<>]{0,80})>|\$\{(?:''|"")\}|["'`](?:\s{0,8}(?:[+.&,]|\|\||\.\.|\s)|;?\s{1,8}(?:(?:const|let|var) )?\$?\w{1,40} ?(?:[+.]=|= ?\$?\w{1,40} ?[+.]))\s{0,8}[fru]?["'`]|`)+/gi;
const IN_PART = characters(/[\w+/~.=-]/);
const IN_NUMBER = /^\d+$/;
const ASSIGNMENT = /^[A-Za-z][\w.-]{0,60}=[^=]/;
const MIN_PART = 4;
const MAX_PART = 512;
const MIN_JOINED = 12;
/** With more line breaks between numbers, a text is a table or a log. */
const MAX_BROKEN_NUMBERS = 3;

/** A part of a joined word: its range in the joined words, and where it begins in the text. */
export interface Part extends Range {
  readonly from: number;
}

/** The words that result if joints vanish, each on a line of its own. */
export interface JoinedWords {
  readonly text: string;
  readonly words: readonly (readonly Part[])[];
}

/** Joins parts of words at their joints; undefined if there is nothing to join. */
export function joinWords(text: string): JoinedWords | undefined {
  const words: Range[][] = [];
  const brokenNumbers: Range[][] = [];
  eachMatch(JOINT, text, ({ 0: joint, index }) => {
    const after = index + joint.length;
    const left = { start: runStart(text, index, IN_PART, MAX_PART), end: index };
    if (left.start === index) return;
    const right = { start: after, end: runEnd(text, after, IN_PART, after + MAX_PART) };
    if (right.end === after) return;
    const areNumbers = IN_NUMBER.test(text.slice(left.start, index)) && IN_NUMBER.test(text.slice(after, right.end));
    // The next line assigns something else.
    if (joint.includes('\n') && ASSIGNMENT.test(text.slice(after, right.end))) return;
    const isShort = index - left.start < MIN_PART || right.end - after < MIN_PART;
    if (isShort && (areNumbers || /["'\n]/.test(joint))) return;
    // Numbers in quotes with a comma between them are a list.
    if (areNumbers && joint.includes(',')) return;
    const last = words.at(-1);
    // The third part of a word, and further ones.
    if (last?.at(-1)?.start === left.start) last.push(right);
    else if (areNumbers && joint.includes('\n')) brokenNumbers.push([left, right]);
    else words.push([left, right]);
  });
  if (brokenNumbers.length <= MAX_BROKEN_NUMBERS) words.push(...brokenNumbers);
  let joined = '';
  const kept: Part[][] = [];
  for (const word of words) {
    const written = word.map(({ start, end }) => text.slice(start, end)).join('');
    if (written.length < MIN_JOINED || !/\d/.test(written)) continue;
    let at = joined.length;
    kept.push(word.map(({ start, end }) => ({ from: start, start: at, end: (at += end - start) })));
    joined += `${written}\n`;
  }
  return joined === '' ? undefined : { text: joined.slice(0, -1), words: kept };
}
