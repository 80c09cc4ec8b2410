/** The number of UTF-16 code units. */
const CODES = 65_536;

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Finds many words in one pass over a string (Aho and Corasick, 1975), ignoring case. */
export class Automaton {
  readonly #words: readonly string[];
  /** For text in ASCII: a table of fewer letters stays in the processor's cache. */
  readonly #ascii: Machine;
  #full: Machine | undefined;

  /** @param words in lower case, with at most 255 different characters */
  constructor(words: readonly string[]) {
    this.#words = words;
    this.#ascii = new Machine(words.map((word) => (BEYOND_ASCII.test(word) ? '' : word)));
  }

  /** Calls `visit` with the index of each word found and its end, in the order of the ends. */
  each(text: string, visit: (index: number, end: number) => void): void {
    const machine = BEYOND_ASCII.test(text) ? (this.#full ??= new Machine(this.#words)) : this.#ascii;
    machine.each(text, visit);
  }
}

class Machine {
  private readonly classes = new Uint8Array(CODES);
  private readonly width: number;
  private readonly next: Uint16Array;
  private readonly ending: (readonly number[] | undefined)[] = [undefined];

  /** @param words empty ones are not searched for */
  constructor(words: readonly string[]) {
    let width = 1;
    for (const word of words) {
      for (let at = 0; at < word.length; at++) {
        const code = word.charCodeAt(at);
        if (this.classes[code] !== 0) continue;
        this.classes[code] = width;
        const upper = word.charAt(at).toUpperCase();
        // `ı` and `i` have the same capital letter: it is that of `i`.
        if (upper.length === 1 && upper.toLowerCase() === word.charAt(at)) this.classes[upper.charCodeAt(0)] = width;
        width++;
      }
    }
    this.width = width;
    this.next = new Uint16Array((words.reduce((sum, word) => sum + word.length, 0) + 1) * width);
    words.forEach((word, index) => {
      if (word !== '') this.add(word, index);
    });
    this.link();
  }

  each(text: string, visit: (index: number, end: number) => void): void {
    const { classes, next, ending, width } = this;
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      state = next[state * width + (classes[text.charCodeAt(at)] ?? 0)] ?? 0;
      if (state === 0) continue;
      const found = ending[state];
      if (found) for (const index of found) visit(index, at + 1);
    }
  }

  private add(word: string, index: number): void {
    let state = 0;
    for (let at = 0; at < word.length; at++) {
      const edge = state * this.width + (this.classes[word.charCodeAt(at)] ?? 0);
      if (this.next[edge] === 0) {
        this.next[edge] = this.ending.length;
        this.ending.push(undefined);
      }
      state = this.next[edge] ?? 0;
    }
    this.ending[state] = [...(this.ending[state] ?? []), index];
  }

  /** Links each state, breadth first, to the longest suffix of its word that begins another word. */
  private link(): void {
    const fallback = new Int32Array(this.ending.length);
    const queue = [0];
    for (const state of queue) {
      for (let letter = 0; letter < this.width; letter++) {
        const edge = state * this.width + letter;
        const target = this.next[edge] ?? 0;
        const other = state === 0 ? 0 : (this.next[(fallback[state] ?? 0) * this.width + letter] ?? 0);
        if (target === 0) {
          this.next[edge] = other;
        } else {
          fallback[target] = other;
          const inherited = this.ending[other];
          if (inherited) this.ending[target] = [...(this.ending[target] ?? []), ...inherited];
          queue.push(target);
        }
      }
    }
  }
}
