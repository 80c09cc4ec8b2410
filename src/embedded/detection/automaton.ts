const ASCII = 128;

/**
 * Finds all of many words in one pass over a text (Aho and Corasick, 1975), whatever their case. A visit takes the word's
 * place in the list and where it ends.
 */
export class Automaton {
  private readonly classes = new Uint8Array(ASCII);
  private readonly width: number;
  private readonly next: Int32Array;
  private readonly ending: (readonly number[] | undefined)[] = [undefined];

  /** @param words in lower case, of ASCII characters */
  constructor(words: readonly string[]) {
    let width = 1;
    for (const word of words) {
      for (let at = 0; at < word.length; at++) {
        const code = word.charCodeAt(at);
        if (this.classes[code] === 0) this.classes[code] = width++;
      }
    }
    for (let code = 65; code <= 90; code++) this.classes[code] = this.classes[code + 32] ?? 0;
    this.width = width;
    this.next = new Int32Array((words.reduce((sum, word) => sum + word.length, 0) + 1) * width);
    words.forEach((word, place) => {
      this.add(word, place);
    });
    this.link();
  }

  /** Calls `visit` for every word in the text, in the order of their ends. */
  each(text: string, visit: (place: number, end: number) => void): void {
    const { classes, next, ending, width } = this;
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = code < ASCII ? (next[state * width + (classes[code] ?? 0)] ?? 0) : 0;
      if (state === 0) continue;
      const places = ending[state];
      if (places) for (const place of places) visit(place, at + 1);
    }
  }

  private add(word: string, place: number): void {
    let state = 0;
    for (let at = 0; at < word.length; at++) {
      const edge = state * this.width + (this.classes[word.charCodeAt(at)] ?? 0);
      if (this.next[edge] === 0) {
        this.next[edge] = this.ending.length;
        this.ending.push(undefined);
      }
      state = this.next[edge] ?? 0;
    }
    this.ending[state] = [...(this.ending[state] ?? []), place];
  }

  /** Breadth first: where a word breaks off, go on with the longest end of it that begins another. */
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
