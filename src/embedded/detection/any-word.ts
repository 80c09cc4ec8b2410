/**
 * The source of an expression for any of some words, of two letters or more, the longer before the shorter. Grouped by how
 * they begin, so that a text's letters rule out most of them at once; what is tried first at a place stays as it was.
 *
 * @param sourceOf how a word is written as an expression; the first two letters must stay what they are
 */
export function anyWord(words: readonly string[], sourceOf: (word: string) => string): string {
  const byBeginning = new Map<string, string[]>();
  for (const word of words.toSorted((one, other) => other.length - one.length)) {
    const beginning = word.slice(0, 2);
    const others = byBeginning.get(beginning) ?? [];
    byBeginning.set(beginning, [...others, sourceOf(word).slice(beginning.length)]);
  }
  return [...byBeginning].map(([beginning, rests]) => `${beginning}(?:${rests.join('|')})`).join('|');
}
