/** Digits that stand together in a text. */
export interface Group {
  readonly start: number;
  readonly end: number;
}

/**
 * Groups of digits with nothing but blanks, dots, dashes, slashes and brackets between them, three at most at a time.
 */
export interface Island {
  readonly groups: readonly Group[];
  /** How many digits there are in all. */
  readonly digits: number;
}

const LONGEST_GAP = 3;
const GAP = new Set(
  Array.from(' \u00a0\u2009\u202f.-\u2010\u2011\u2012\u2013/()', (character) => character.charCodeAt(0)),
);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * The islands of digits that are worth a look: seven digits or more, or four groups or more. One pass, whatever the
 * text; islands never overlap.
 */
export function digitIslands(text: string): Island[] {
  const islands: Island[] = [];
  let groups: Group[] = [];
  let digits = 0;
  const close = (): void => {
    if (digits >= 7 || groups.length >= 4) islands.push({ groups, digits });
    groups = [];
    digits = 0;
  };
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    while (isDigit(text.charCodeAt(at))) at += 1;
    groups.push({ start, end: at });
    digits += at - start;
    let next = at;
    while (next - at < LONGEST_GAP && GAP.has(text.charCodeAt(next))) next += 1;
    if (next === at || !isDigit(text.charCodeAt(next))) close();
    at = next;
  }
  return islands;
}

/** Whether a letter or a digit of any script, or an underscore, stands at a place. */
export function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return isDigit(code) || code === 95 || ((code | 32) >= 97 && (code | 32) <= 122);
  return code >= 128 && /[\p{L}\p{N}]/u.test(text[at] ?? '');
}
