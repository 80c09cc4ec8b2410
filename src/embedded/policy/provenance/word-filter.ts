import { codesOf, codeTable } from '../../detection/characters.ts';

/**
 * Letters and digits of any script in lower case. Approximates by Unicode blocks, without those of punctuation, symbols
 * and spaces, because that is many times faster than `\p{L}` on long texts.
 */
const RANGES: readonly (readonly [from: number, to: number])[] = [
  [0x61, 0x7a],
  [0x30, 0x39],
  [0xb5, 0xb5],
  [0xc0, 0x1fff],
  [0x2c00, 0x2dff],
  [0x3040, 0xfdff],
  [0xfe70, 0xfeff],
  [0xff10, 0xffef],
];

/** The same for a character class of a regular expression. */
export const LETTERS: string = RANGES.map((range) =>
  range.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('-'),
).join('');

/** Each of them by its code; 0 for all others. */
export const letters: Uint16Array = codeTable(RANGES);
const SEED = 0x811c9dc5 | 0;
const ZERO = 0x30;
const HASH_OF_ZERO = Math.imul(SEED ^ ZERO, 0x01000193);
const NINE = 0x39;
/** Longer numbers are read in parts of so many digits. */
export const MAX_DIGITS = 15;
/** Cells of 32 bits. The hash has other bits for the cell than for the bits in it. */
const CHARACTERS_A_CELL = 16;
const MIN_CELLS = 8;
const CELL_SHIFT = 10;

/**
 * Tells quickly that texts do not contain a word, or a number within a word (Bloom, 1970). Takes a fraction of the
 * time and memory of a set of the words.
 */
export class WordFilter {
  readonly #cells: Uint32Array;
  readonly #mask: number;

  /** @param length of all texts */
  constructor(length: number) {
    const cells = 2 ** Math.ceil(Math.log2(Math.max(MIN_CELLS, length / CHARACTERS_A_CELL)));
    this.#cells = new Uint32Array(cells);
    this.#mask = cells - 1;
  }

  /** @param text in lower case */
  add(text: string): this {
    this.#read(codesOf(text), text.length);
    return this;
  }

  /** Returns false if no text contains the word as a whole. */
  mayHave(word: string): boolean {
    return this.#hasHash(hashOf(word));
  }

  /** Returns false if no text contains one of the words of a string in lower case. Reads the string up to that word. */
  mayHaveWordsOf(text: string): boolean {
    let hash = SEED;
    for (let at = 0; at <= text.length; at += 1) {
      const code = at < text.length ? (letters[text.charCodeAt(at)] ?? 0) : 0;
      if (code !== 0) hash = nextHash(hash, code);
      else if (hash !== SEED) {
        if (!this.#hasHash(hash)) return false;
        hash = SEED;
      }
    }
    return true;
  }

  /** Returns false if no text has a number of these digits, leading zeros aside. */
  mayHaveNumber(digits: string): boolean {
    return this.mayHave(digits.startsWith('0') ? digits.replace(/^0+(?=\d)/, '') : digits);
  }

  #read(codes: Uint16Array, length: number): void {
    for (let at = 0; at < length; at += 1) {
      const start = at;
      let hash = SEED;
      let hasDigits = false;
      for (let code = letters[codes[at] ?? 0] ?? 0; code !== 0; code = letters[codes[at] ?? 0] ?? 0) {
        hash = nextHash(hash, code);
        // All other letters are beyond the digits.
        hasDigits ||= code <= NINE;
        at += 1;
      }
      if (at > start) this.#addHash(hash);
      if (hasDigits) this.#readNumbers(codes, start, at);
    }
  }

  #readNumbers(codes: Uint16Array, start: number, end: number): void {
    let hash = SEED;
    let digits = 0;
    for (let at = start; at <= end; at += 1) {
      const code = at < end ? (codes[at] ?? 0) : 0;
      const isDigit = code >= ZERO && code <= NINE;
      if (digits > 0 && (!isDigit || digits === MAX_DIGITS)) {
        this.#addHash(hash === SEED ? HASH_OF_ZERO : hash);
        hash = SEED;
        digits = 0;
      }
      if (isDigit) digits += 1;
      if (isDigit && (code !== ZERO || hash !== SEED)) hash = nextHash(hash, code);
    }
  }

  #hasHash(hash: number): boolean {
    const bits = bitsOf(hash);
    return ((this.#cells[(hash >>> CELL_SHIFT) & this.#mask] ?? 0) & bits) === bits;
  }

  #addHash(hash: number): void {
    const cell = (hash >>> CELL_SHIFT) & this.#mask;
    this.#cells[cell] = (this.#cells[cell] ?? 0) | bitsOf(hash);
  }
}

function hashOf(word: string): number {
  let hash = SEED;
  for (let at = 0; at < word.length; at += 1) hash = nextHash(hash, word.charCodeAt(at));
  return hash;
}

/** Fowler, Noll and Vo (1991). */
function nextHash(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** Two bits of a cell. */
function bitsOf(hash: number): number {
  return (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31));
}
