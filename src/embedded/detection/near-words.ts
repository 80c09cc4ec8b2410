import { eachMatch } from './patterns.ts';
import { WordFinder } from './words.ts';

/** A pattern of which every match contains one of some words. */
export interface WordPattern {
  /** In lower case; they match in any case, also inside other words. */
  readonly words: readonly string[];
  /** A global pattern whose matches, with what it looks for around them, are within reach of the word. */
  readonly pattern: RegExp;
}

/** Searches for patterns only around their words, which one pass finds. */
export class NearWords<P extends WordPattern> {
  readonly #patterns: readonly P[];
  readonly #finder: WordFinder;

  /** @param reach characters before and after the end of a word */
  constructor(
    patterns: readonly P[],
    readonly reach = 200,
  ) {
    this.#patterns = patterns.flatMap((pattern) => pattern.words.map(() => pattern));
    this.#finder = new WordFinder(patterns.flatMap(({ words }) => words));
  }

  /** Visits the matches, with their positions in the text. */
  each(text: string, visit: (match: string, start: number, pattern: P) => void): void {
    const rangesOf = new Map<P, { start: number; end: number }[]>();
    this.#finder.each(text, (index, at) => {
      const pattern = this.#patterns[index];
      if (!pattern) return;
      const ranges = rangesOf.get(pattern) ?? [];
      if (ranges.length === 0) rangesOf.set(pattern, ranges);
      const last = ranges.at(-1);
      if (last && at - this.reach <= last.end) last.end = at + this.reach;
      else ranges.push({ start: Math.max(0, at - this.reach), end: at + this.reach });
    });
    for (const [pattern, ranges] of rangesOf) {
      for (const { start, end } of ranges) {
        eachMatch(pattern.pattern, text.slice(start, end), ({ 0: match, index }) => {
          visit(match, start + index, pattern);
        });
      }
    }
  }
}
