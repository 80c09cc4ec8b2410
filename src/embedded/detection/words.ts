import { Automaton } from './automaton.ts';

/** The words of all finders, in the order of the finders. */
const all: string[] = [];
let automaton: Automaton | undefined;
let last: { readonly text: string; readonly hits: readonly number[] } = { text: '', hits: [] };

/** Returns the words in a string and their ends, one after the other. Each detector asks for the same string in turn. */
function hitsIn(text: string): readonly number[] {
  if (automaton && last.text === text) return last.hits;
  automaton ??= new Automaton(all);
  const hits: number[] = [];
  automaton.each(text, (word, end) => hits.push(word, end));
  last = { text, hits };
  return hits;
}

/** Finds the words of one detector. One pass over a string finds the words of all detectors. */
export class WordFinder {
  readonly #first = all.length;
  readonly #end: number;

  /** @param words in lower case */
  constructor(words: readonly string[]) {
    this.#end = all.push(...words);
    automaton = undefined;
  }

  /** Calls `visit` with the index of each word found and its end, in the order of the ends. */
  each(text: string, visit: (index: number, end: number) => void): void {
    const hits = hitsIn(text);
    for (let at = 0; at < hits.length; at += 2) {
      const word = hits[at] ?? 0;
      if (word >= this.#first && word < this.#end) visit(word - this.#first, hits[at + 1] ?? 0);
    }
  }
}
