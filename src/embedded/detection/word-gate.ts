import { Automaton } from './automaton.ts';

const MOST_LISTS = 31;

/** Tells in one pass of which lists a text has a word, so that dearer searches are made only where they can find. */
export class WordGate {
  readonly #automaton: Automaton;
  readonly #bits: readonly number[];

  /** @param lists 31 at most, of words in lower case and ASCII; they count in whatever case and inside of other words */
  constructor(lists: readonly (readonly string[])[]) {
    if (lists.length > MOST_LISTS) throw new RangeError(`a gate has ${MOST_LISTS} lists at most, not ${lists.length}`);
    this.#automaton = new Automaton(lists.flat());
    this.#bits = lists.flatMap((words, list) => words.map(() => 1 << list));
  }

  /** A bit for each list, the lowest for the first: set where the text has one of its words. */
  listsIn(text: string): number {
    let present = 0;
    this.#automaton.each(text, (place) => {
      present |= this.#bits[place] ?? 0;
    });
    return present;
  }
}
