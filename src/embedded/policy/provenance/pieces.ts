/** Characters of a piece. */
const MIN_PIECE = 512;
/** More characters than a tag has, see `passages.ts`. */
const MAX_TAG = 1_010;
/** A blank after a word, or the end of a sentence of a language without blanks. What is decoded never spans these. */
const BREAK = /(?<=[\p{L}\p{Nd},;])\s(?=\S)|[\u3001\u3002\uff0c\uff01\uff1f](?=[\u3040-\u9fff])/gu;
const MAX_EXTENDED = 4;

/** A part of an output, as written and with its escapes resolved. */
interface Piece {
  readonly written: string;
  readonly unescaped: string;
}

/** Cuts an output into pieces that can be read one after the other: no word, escape or tag spans two of them. */
export function* piecesOf(text: string, unescape: (written: string) => string): Generator<Piece, void> {
  for (let start = 0; start < text.length;) {
    let end = breakAfter(text, start + MIN_PIECE);
    let piece = { written: text.slice(start, end), unescaped: unescape(text.slice(start, end)) };
    for (let extended = 0; extended < MAX_EXTENDED && end < text.length && endsInTag(piece.unescaped); extended += 1) {
      end = breakAfter(text, end + MAX_TAG);
      piece = { written: text.slice(start, end), unescaped: unescape(text.slice(start, end)) };
    }
    yield piece;
    start = end;
  }
}

function breakAfter(text: string, from: number): number {
  if (from >= text.length) return text.length;
  BREAK.lastIndex = from;
  return BREAK.exec(text) ? BREAK.lastIndex : text.length;
}

function endsInTag(text: string): boolean {
  const end = text.slice(-MAX_TAG);
  return end.lastIndexOf('<') > end.lastIndexOf('>');
}

/** More characters than a phrase has, or two phrases that count together. */
const OVERLAP = 1_200;
const MAX_WINDOW = 16_384;
/** How far the text around what is new is kept. */
export const REACH = 512;
/** What no word, number, address and entry has. */
const GAP = '\0';

/** A form in which a passage may be read, in pieces. */
export class Reading {
  readonly #pieces: readonly string[];
  /** For each piece, whether it differs in all forms before. */
  readonly #news: readonly boolean[];

  constructor(pieces: readonly string[], before: readonly (readonly string[])[] = []) {
    this.#pieces = pieces;
    this.#news = pieces.map((piece, index) => before.every((form) => form[index] !== piece));
  }

  /** False if the forms before have all of it. */
  get isNew(): boolean {
    return this.#news.includes(true);
  }

  get text(): string {
    return this.#pieces.join('');
  }

  /** The number of characters, at least. */
  get length(): number {
    return this.newPieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** The pieces that the forms before do not have. No word spans two of them. */
  get newPieces(): readonly string[] {
    return this.#pieces.filter((_, index) => this.#news[index]);
  }

  /** The same with the pieces around them, as far as `REACH`, and gaps instead of all others. */
  get textWithGaps(): string {
    const kept = [...this.#news];
    this.#extend(kept, 1);
    this.#extend(kept, -1);
    return this.#pieces
      .map((piece, index) => (kept[index] ? piece : piece.includes('\n') ? `${GAP}\n${GAP}` : GAP))
      .join('');
  }

  #extend(kept: boolean[], step: 1 | -1): void {
    let left = 0;
    for (let at = step === 1 ? 0 : kept.length - 1; at >= 0 && at < kept.length; at += step) {
      if (this.#news[at]) left = REACH;
      if (left <= 0) continue;
      kept[at] = true;
      if (!this.#news[at]) left -= this.#pieces[at]?.length ?? 0;
    }
  }

  /** The same with what stands around them, as far as phrases reach. */
  get windows(): readonly string[] {
    const [pieces, news] = [this.#pieces, this.#news];
    const windows: string[] = [];
    for (let first = 0; first < pieces.length; first += 1) {
      if (!news[first]) continue;
      let last = first;
      let window = `${pieces[first - 1]?.slice(-OVERLAP) ?? ''}${pieces[first] ?? ''}`;
      while (news[last + 1] && window.length < MAX_WINDOW) window += pieces[(last += 1)] ?? '';
      // The next window has the end of this one.
      if (!news[last + 1]) window += pieces[last + 1]?.slice(0, OVERLAP) ?? '';
      windows.push(window);
      first = last;
    }
    return windows;
  }
}
