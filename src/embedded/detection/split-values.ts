import type { Leaf } from './hit.ts';
import type { Span } from './span.ts';

// One word, or what a key or a code is written with: text with blanks in it is not a piece of anything.
const PIECE = /^[A-Za-z0-9_+/=.~-]{0,200}$/;
const LEAST_JOINED = 12;

// What is told by the words before it and not by its own form. Words that only happen to follow each other say nothing.
const BY_CONTEXT: readonly string[] = ['PASSWORD', 'SECRET', 'TOKEN', 'API_KEY'];

/** Whether a find in joined texts is one: a secret whose form is known, or one that is written with its name. */
export function holdsWhenJoined(text: string, { start, dataClass, type }: Span): boolean {
  return dataClass === 'SECRETS' && (!BY_CONTEXT.includes(type) || text.charAt(start - 1) === '=');
}

export interface Piece {
  readonly leaf: Leaf;
  readonly text: string;
}

export interface Joined {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

/** The texts of one object or list, joined wherever several that could be pieces of one value follow each other. */
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
  if (text.length >= LEAST_JOINED) rows.push({ pieces, text });
}

/**
 * The pieces that a stretch of the joined text lies in; of several, in the order of the stretches, each in one pass.
 */
export class Pieces {
  readonly #pieces: readonly Piece[];
  #index = 0;
  #start = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** @param start not before that of the stretch asked for last */
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
