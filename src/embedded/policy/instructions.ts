import { FORGED_MARKS, PHRASES, type Phrase } from './data/instruction-phrases.ts';

interface CompiledPhrase extends Pick<Phrase, 'family' | 'strength'> {
  readonly pattern: RegExp;
}

/** Maximum number of characters between two weak phrases that count together. */
const MAX_DISTANCE = 400;

const byFirstWord = new Map<string, CompiledPhrase[]>();
for (const { family, strength, first, rest } of PHRASES) {
  for (const word of first.split('|')) {
    const pattern = new RegExp(rest.replaceAll(' ', '\\s'), 'uy');
    byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { family, strength, pattern }]);
  }
}
const WORD = /[a-z']+/g;

/**
 * Returns true if text addresses the model that reads it: with one strong phrase, or with two weak phrases of
 * different families close to each other.
 *
 * @param text one passage of a tool output, in lower case
 */
export function hasInstructions(text: string): boolean {
  if (FORGED_MARKS.test(text)) return true;
  const plain = withoutMarkup(text);
  const lastOf = new Map<string, number>();
  const isSecond = (family: string, at: number): boolean => {
    lastOf.set(family, at);
    return [...lastOf].some(([other, place]) => other !== family && at - place <= MAX_DISTANCE);
  };
  for (const { 0: word, index } of plain.matchAll(WORD)) {
    for (const { family, strength, pattern } of byFirstWord.get(word) ?? []) {
      pattern.lastIndex = index + word.length;
      if (pattern.test(plain) && (strength === 'strong' || isSecond(family, index))) return true;
    }
  }
  return false;
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
