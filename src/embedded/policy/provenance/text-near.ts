import { windowsAround, type Range } from '../../detection/windows.ts';
import { MAX_DIGITS } from './word-filter.ts';

/** A word to search for, and if it has one, what stands close before or after it. */
export interface Needle {
  readonly word: string;
  readonly beside?: string;
  /** How far from the start of the word that begins. */
  readonly from?: number;
}

/** Characters between two words of an address, however it is spelt, and around a number of an amount. */
export const MAX_BETWEEN = 64;
const MAX_PLACES = 1_000;
const APART = ' | ';

export function needleOf(words: readonly string[]): Needle {
  const word = words.reduce((one, other) => (other.length > one.length ? other : one), '');
  const at = words.indexOf(word);
  const [before, after] = [words[at - 1], words[at + 1]];
  if (after !== undefined) return { word, beside: after, from: word.length };
  return before === undefined ? { word } : { word, beside: before, from: -before.length - MAX_BETWEEN };
}

/** Returns the parts of the text around some words; undefined if there are too many, or if a word is empty. */
export function textNear(text: string, needles: readonly Needle[]): string | undefined {
  const places: Range[] = [];
  for (const needle of needles) {
    const { word } = needle;
    if (word === '') return undefined;
    for (const start of startsIn(text, needle)) {
      if (places.push({ start, end: start + word.length }) > MAX_PLACES) return undefined;
    }
  }
  if (needles.length > 1) places.sort((one, other) => one.start - other.start);
  return windowsAround(text, places)
    .map(({ start, end }) => text.slice(start, end))
    .join(APART);
}

/** Lists where a word starts. Each search for it continues near the next place of what stands beside it. */
function* startsIn(text: string, { word, beside, from = 0 }: Needle): Iterable<number> {
  const isAnyNumber = beside === undefined && NUMBER.test(word);
  let other = -Infinity;
  for (let at = text.indexOf(word); at !== -1;) {
    const first = at + from;
    if (beside !== undefined && other < first) other = text.indexOf(beside, Math.max(0, first));
    if (other === -1) return;
    if (other > first + MAX_BETWEEN) {
      at = text.indexOf(word, other - from - MAX_BETWEEN);
      continue;
    }
    if (!isAnyNumber || isNumber(text, at, at + word.length)) yield at;
    at = text.indexOf(word, at + 1);
  }
}

const NUMBER = /^\d+$/;

/** Returns false within a number, leading zeros aside. A longer number than `MAX_DIGITS` is read in parts. */
function isNumber(text: string, start: number, end: number): boolean {
  let from = start;
  while (start - from <= MAX_DIGITS && /\d/.test(text.charAt(from - 1))) from -= 1;
  let to = end;
  while (to - end <= MAX_DIGITS && /\d/.test(text.charAt(to))) to += 1;
  return to - from > MAX_DIGITS || (to === end && /^0*$/.test(text.slice(from, start)));
}
