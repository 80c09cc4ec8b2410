/**
 * Visits the matches of a global pattern in order. `matchAll` copies the pattern at each call, which costs more than
 * the search of a short string.
 */
export function eachMatch(pattern: RegExp, text: string, visit: (match: RegExpExecArray) => void): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { lastIndex } = pattern;
    visit(match);
    // `visit` may use the same pattern; an empty match must still advance.
    pattern.lastIndex = match[0] === '' ? lastIndex + 1 : lastIndex;
  }
}

/** Returns the first match of a global pattern that `isValid` accepts. */
export function firstMatch(
  pattern: RegExp,
  text: string,
  isValid: (match: string) => boolean,
): RegExpExecArray | undefined {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (isValid(match[0])) return match;
  }
  return undefined;
}

/**
 * Builds the source of a pattern for any of the words, each with two or more letters, longer words first. Groups words
 * with the same beginning, so that the first two letters at a place rule out most of them.
 *
 * @param sourceOf writes a word as a pattern; it must keep the first two letters
 */
export function oneOf(words: readonly string[], sourceOf: (word: string) => string): string {
  const byBeginning = new Map<string, string[]>();
  for (const word of words.toSorted((one, other) => other.length - one.length)) {
    const beginning = word.slice(0, 2);
    const others = byBeginning.get(beginning) ?? [];
    byBeginning.set(beginning, [...others, sourceOf(word).slice(beginning.length)]);
  }
  return [...byBeginning].map(([beginning, rests]) => `${beginning}(?:${rests.join('|')})`).join('|');
}
