import { normalise } from '../detection/normalise.ts';
import { FORGED_MARKS, PHRASES, type Phrase } from './data/instruction-phrases.ts';
import { PHRASES_IN_OTHER_LANGUAGES } from './data/phrases-other-languages.ts';

interface CompiledPhrase extends Pick<Phrase, 'family' | 'strength'> {
  readonly pattern: RegExp;
}

/** Maximum number of characters between two weak phrases that count together. */
const MAX_DISTANCE = 400;

const byFirstWord = new Map<string, CompiledPhrase[]>();
for (const { family, strength, first, rest } of [...PHRASES, ...PHRASES_IN_OTHER_LANGUAGES]) {
  const pattern = new RegExp(folded(normalise(rest)).replaceAll(' ', '\\s'), 'uy');
  for (const word of folded(normalise(first)).split('|').flatMap(withOptionalEnd)) {
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { family, strength, pattern }]);
  }
}
const WORD = /[a-z'\u00df-\u024f\u0400-\u04ff\u0620-\u06ff]+/g;
/** Characters of languages without spaces between words. */
const UNSPACED = /[\u3040-\u9fff]/;
const UNSPACED_WORD = new RegExp(
  [...byFirstWord.keys()]
    .filter((word) => UNSPACED.test(word))
    .sort((one, other) => other.length - one.length)
    .join('|'),
  'g',
);

/**
 * Returns true if text addresses the model that reads it: with one strong phrase, or with two weak phrases of
 * different families close to each other.
 *
 * @param text one passage of a tool output, normalised and in lower case
 */
export function hasInstructions(text: string): boolean {
  if (FORGED_MARKS.test(text)) return true;
  const plain = withoutMarkup(folded(text));
  const lastOf = new Map<string, number>();
  const isSecond = (family: string, at: number): boolean => {
    lastOf.set(family, at);
    return [...lastOf].some(([other, place]) => other !== family && Math.abs(at - place) <= MAX_DISTANCE);
  };
  for (const { 0: word, index } of startsIn(plain)) {
    for (const { family, strength, pattern } of byFirstWord.get(word) ?? []) {
      pattern.lastIndex = index + word.length;
      if (pattern.test(plain) && (strength === 'strong' || isSecond(family, index))) return true;
    }
  }
  return false;
}

function* startsIn(text: string): Iterable<RegExpExecArray> {
  yield* text.matchAll(WORD);
  if (UNSPACED.test(text)) yield* text.matchAll(UNSPACED_WORD);
}

/** Resolves Cyrillic letters that look like Latin ones only as capitals: a text in capitals has none of them. */
function folded(text: string): string {
  return /[\u0432\u043d]/.test(text) ? text.replace(/\u0432/g, 'b').replace(/\u043d/g, 'h') : text;
}

/** `sage?` is `sag` and `sage`. */
function withOptionalEnd(word: string): readonly string[] {
  return word.endsWith('?') ? [word.slice(0, -2), word.slice(0, -1)] : [word];
}

/** Removes emphasis and quotes, and splits names at underscores. Keeps line breaks. */
function withoutMarkup(text: string): string {
  return text
    .replace(/[*`~"\u201c\u201d\u00ab\u00bb]/g, '')
    .replace(/\u2019/g, "'")
    .replace(/_/g, ' ')
    .replace(/[^\S\n]{2,}|[^\S\n ]/g, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .replace(/(^|\n)[> ]{1,20}/g, '$1');
}
