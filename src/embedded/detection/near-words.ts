import { Automaton } from './automaton.ts';
import { eachMatch } from './patterns.ts';

/** A pattern of which every match contains one of some words. */
export interface WordPattern {
  /** In lower case; they match in any case, also inside other words. */
  readonly words: readonly string[];
  /** A global pattern whose matches reach at most 200 characters before and after the word. */
  readonly pattern: RegExp;
}

const REACH = 200;

/** Searches for patterns only around their words, which one pass finds. */
export class NearWords<P extends WordPattern> {
  readonly #patterns: readonly P[];
  readonly #automaton: Automaton;

  constructor(patterns: readonly P[]) {
    this.#patterns = patterns.flatMap((pattern) => pattern.words.map(() => pattern));
    this.#automaton = new Automaton(patterns.flatMap(({ words }) => words));
  }

  /** Visits the matches, with their positions in the text. */
  each(text: string, visit: (match: string, start: number, pattern: P) => void): void {
    const rangesOf = new Map<P, { start: number; end: number }[]>();
    this.#automaton.each(text, (index, at) => {
      const pattern = this.#patterns[index];
      if (!pattern) return;
      const ranges = rangesOf.get(pattern) ?? [];
      if (ranges.length === 0) rangesOf.set(pattern, ranges);
      const last = ranges.at(-1);
      if (last && at - REACH <= last.end) last.end = at + REACH;
      else ranges.push({ start: Math.max(0, at - REACH), end: at + REACH });
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
