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

/**
 * Returns the parts of an output in which something may be that the same text in another form does not have: the pieces
 * that differ, with what stands around them.
 */
export function windowsOf(pieces: readonly string[], isNew: (index: number) => boolean): readonly string[] {
  const windows: string[] = [];
  for (let first = 0; first < pieces.length; first += 1) {
    if (!isNew(first)) continue;
    let last = first;
    let window = `${pieces[first - 1]?.slice(-OVERLAP) ?? ''}${pieces[first] ?? ''}`;
    while (last + 1 < pieces.length && isNew(last + 1) && window.length < MAX_WINDOW)
      window += pieces[(last += 1)] ?? '';
    // The next window has the end of this one.
    if (!isNew(last + 1)) window += pieces[last + 1]?.slice(0, OVERLAP) ?? '';
    windows.push(window);
    first = last;
  }
  return windows;
}
