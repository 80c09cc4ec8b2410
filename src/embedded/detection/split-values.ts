import type { Leaf } from './hit.ts';
import type { Span } from './span.ts';

// A piece has no spaces.
const PIECE = /^[A-Za-z0-9_+/=.~-]{0,200}$/;
const MIN_JOINED = 12;

// Types found by context. In joined strings, adjacent words are no context.
const BY_CONTEXT: readonly string[] = ['PASSWORD', 'SECRET', 'TOKEN', 'API_KEY'];

/** Returns true if a finding in joined strings counts: a secret with a known format, or one assigned with `=`. */
export function holdsWhenJoined(
  text: string,
  { start, dataClass, type }: Pick<Span, 'start' | 'dataClass' | 'type'>,
): boolean {
  return dataClass === 'SECRETS' && (!BY_CONTEXT.includes(type) || text.charAt(start - 1) === '=');
}

export interface Piece {
  readonly leaf: Leaf;
  readonly text: string;
}

const HALF = /^\d{5,}$/;

/** Returns true for two strings of digits in fields of the same name. Four numbers in a list are a list. */
export function areHalves([first, second, ...rest]: readonly Piece[]): boolean {
  if (!first || !second || rest.length > 0 || first.leaf.key !== second.leaf.key) return false;
  return HALF.test(first.text) && HALF.test(second.text);
}

export interface Joined {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

/** Joins the strings of a body, in order, wherever several in a row could be pieces of one value. */
export function joined(siblings: readonly Piece[]): readonly Joined[] {
  const rows: Joined[] = [];
  let row: Piece[] = [];
  for (const sibling of siblings) {
    if (PIECE.test(sibling.text)) {
      row.push(sibling);
      continue;
    }
    addJoined(row, rows);
    row = [];
  }
  addJoined(row, rows);
  return rows;
}

function addJoined(pieces: readonly Piece[], rows: Joined[]): void {
  if (pieces.length < 2) return;
  const text = pieces.map((piece) => piece.text).join('');
  if (text.length >= MIN_JOINED) rows.push({ pieces, text });
}

/** Finds the pieces that a range of the joined string covers. Takes ranges in order, all in one pass. */
export class Pieces {
  readonly #pieces: readonly Piece[];
  #index = 0;
  #start = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** @param start not before that of the previous call */
  within(start: number, end: number): readonly Piece[] {
    for (let piece = this.#pieces[this.#index]; piece; piece = this.#pieces[this.#index]) {
      if (this.#start + piece.text.length > start) break;
      this.#start += piece.text.length;
      this.#index += 1;
    }
    const found: Piece[] = [];
    let at = this.#start;
    for (let index = this.#index; at < end; index += 1) {
      const piece = this.#pieces[index];
      if (!piece) break;
      found.push(piece);
      at += piece.text.length;
    }
    return found;
  }
}
