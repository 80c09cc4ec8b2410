/** The number of UTF-16 code units. */
const CODES = 65_536;

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Finds many words in one pass over a string (Aho and Corasick, 1975), ignoring case. */
export class Automaton {
  readonly #words: readonly string[];
  /** For text in ASCII: a table of fewer letters stays in the processor's cache. */
  readonly #ascii: Machine;
  #full: Machine | undefined;

  /** @param words in lower case */
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

interface State {
  readonly next: Map<number, State>;
  /** The words that end here. */
  readonly words: number[];
  /** The state of the longest suffix that begins another word. */
  fallback: State | undefined;
  /** The place of its row in the table. */
  row: number;
}

const newState = (): State => ({ next: new Map(), words: [], fallback: undefined, row: 0 });

class Machine {
  private readonly classes = new Uint16Array(CODES);
  private readonly width: number;
  /** For each state and class of letters, the row of the next state. */
  private readonly table: Uint32Array;
  /** The rows from here on are of states in which words end. */
  private readonly firstEnding: number;
  private readonly endings: readonly (readonly number[])[];

  /** @param words empty ones are not searched for */
  constructor(words: readonly string[]) {
    this.width = this.classify(words);
    const root = newState();
    words.forEach((word, index) => {
      if (word !== '') this.stateOf(root, word).words.push(index);
    });
    const states = linked(root);
    const endings = states.filter((state) => state.words.length > 0);
    const others = states.filter((state) => state.words.length === 0);
    [...others, ...endings].forEach((state, index) => {
      state.row = index * this.width;
    });
    this.endings = endings.map((state) => state.words);
    this.firstEnding = others.length * this.width;
    this.table = new Uint32Array(states.length * this.width);
    // Breadth first: the row of a shorter suffix is complete.
    for (const { row, next, fallback } of states) {
      if (fallback) this.table.copyWithin(row, fallback.row, fallback.row + this.width);
      for (const [letter, state] of next) this.table[row + letter] = state.row;
    }
  }

  each(text: string, visit: (index: number, end: number) => void): void {
    const { classes, table, firstEnding, endings, width } = this;
    let row = 0;
    for (let at = 0; at < text.length; at++) {
      row = table[row + (classes[text.charCodeAt(at)] ?? 0)] ?? 0;
      if (row < firstEnding) continue;
      for (const index of endings[(row - firstEnding) / width] ?? []) visit(index, at + 1);
    }
  }

  /** Numbers the letters from 1 on, capital ones like small ones. Returns how many numbers there are, with 0. */
  private classify(words: readonly string[]): number {
    let width = 1;
    for (const letter of new Set(words.join(''))) {
      this.classes[letter.charCodeAt(0)] = width;
      const upper = letter.toUpperCase();
      // `ı` and `i` have the same capital letter: it is that of `i`.
      if (upper.length === 1 && upper.toLowerCase() === letter) this.classes[upper.charCodeAt(0)] = width;
      width++;
    }
    return width;
  }

  private stateOf(root: State, word: string): State {
    let state = root;
    for (let at = 0; at < word.length; at++) {
      const letter = this.classes[word.charCodeAt(at)] ?? 0;
      const next = state.next.get(letter) ?? newState();
      state.next.set(letter, next);
      state = next;
    }
    return state;
  }
}

/** Links each state to the longest suffix of its word that begins another word. Returns the states, breadth first. */
function linked(root: State): readonly State[] {
  const states = [root];
  for (const state of states) {
    for (const [letter, next] of state.next) {
      let suffix = state.fallback;
      while (suffix && !suffix.next.has(letter)) suffix = suffix.fallback;
      next.fallback = suffix?.next.get(letter) ?? root;
      next.words.push(...next.fallback.words);
      states.push(next);
    }
  }
  return states;
}
