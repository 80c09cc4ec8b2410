/** Adjacent digits. */
export interface Group {
  readonly start: number;
  readonly end: number;
}

/** Groups of digits that are at most three spaces, dots, dashes, slashes or brackets apart. */
export interface Island {
  readonly groups: readonly Group[];
  /** The number of digits in all groups. */
  readonly digits: number;
}

const MAX_GAP = 3;
const GAP = new Uint8Array(0x2030);
for (const character of ' \u00a0\u2009\u202f.-\u2010\u2011\u2012\u2013/()') GAP[character.charCodeAt(0)] = 1;
const DIGITS = /[0-9]+/g;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Finds the islands with at least seven digits or four groups, in one pass. Islands never overlap. */
export function digitIslands(text: string): Island[] {
  const islands: Island[] = [];
  const bounds = groupBounds(text);
  let first = 0;
  let digits = 0;
  for (let at = 0; at < bounds.length; at += 2) {
    const end = bounds[at + 1] ?? 0;
    digits += end - (bounds[at] ?? 0);
    if (isGap(text, end, bounds[at + 2] ?? Infinity)) continue;
    if (digits >= 7 || at - first >= 6) {
      const groups: Group[] = [];
      for (; first <= at; first += 2) groups.push({ start: bounds[first] ?? 0, end: bounds[first + 1] ?? 0 });
      islands.push({ groups, digits });
    }
    first = at + 2;
    digits = 0;
  }
  return islands;
}

/** Lists the starts and ends of the groups, in order: most numbers of a log are no island, and need no objects. */
function groupBounds(text: string): readonly number[] {
  const bounds: number[] = [];
  DIGITS.lastIndex = 0;
  // `test` makes no array for a match.
  while (DIGITS.test(text)) {
    const end = DIGITS.lastIndex;
    let start = end - 1;
    while (start > 0 && isDigit(text.charCodeAt(start - 1))) start -= 1;
    bounds.push(start, end);
  }
  return bounds;
}

function isGap(text: string, start: number, end: number): boolean {
  if (end - start > MAX_GAP) return false;
  for (let at = start; at < end; at += 1) if (GAP[text.charCodeAt(at)] !== 1) return false;
  return true;
}

/**
 * Returns true for a Latin letter, an ASCII digit or an underscore at this position. Letters of other scripts do not
 * continue a number: Chinese and Japanese are written without spaces.
 */
export function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return isDigit(code) || code === 95 || ((code | 32) >= 97 && (code | 32) <= 122);
  return code >= 128 && /\p{Script=Latin}/u.test(text[at] ?? '');
}

const MAX_ROW = 4;
const IN_ROW = /^[0-9A-Fa-f]+$/;

/** Returns true in a row of hexadecimal groups, such as a dump of bytes or code points: `06 16 45 12 a0`. */
export function isInHexRow(text: string, groups: readonly Group[]): boolean {
  const [start, end] = [groups[0]?.start ?? 0, groups.at(-1)?.end ?? 0];
  const width = (groups[0]?.end ?? 0) - start;
  if (groups.some((group) => group.end - group.start !== width)) return false;
  const isMixed = (first: number, step: number): boolean => {
    for (let at = first, count = 0; count < MAX_ROW; at += step, count += 1) {
      const group = text.slice(at, at + width);
      if (group.length < width || !IN_ROW.test(group) || isWordAt(text, at - 1) || isWordAt(text, at + width)) break;
      if (/\d/.test(group) && /\D/.test(group)) return true;
    }
    return false;
  };
  return isMixed(start - 1 - width, -1 - width) || isMixed(end + 1, 1 + width);
}

const NUMBER_BEFORE = /(?:^|\s)[-+]?\d[\w.%]*[ \t]+$/;
const NUMBER_AFTER = /^[ \t]+[-+]?\d/;

/** Returns true next to another number of the same line, with only blanks between them: `12.5ms 0887 165122`. */
export function isInRow(text: string, start: number, end: number): boolean {
  return NUMBER_BEFORE.test(text.slice(Math.max(0, start - 24), start)) || NUMBER_AFTER.test(text.slice(end, end + 8));
}

const MAX_PART = 16;

/**
 * Returns true if a span is joined by a dash to more letters or digits, as parts of UUIDs and serial numbers are.
 *
 * @param isOther tests the letters and digits next to the span; by default, any count
 */
export function isPartOfIdentifier(
  text: string,
  { start, end }: Group,
  isOther: (part: string) => boolean = () => true,
): boolean {
  let from = start - 1;
  if (text[from] === '-') while (start - from <= MAX_PART && isWordAt(text, from - 1)) from -= 1;
  let to = end + 1;
  if (text[end] === '-') while (to - end <= MAX_PART && isWordAt(text, to)) to += 1;
  return (from < start - 1 && isOther(text.slice(from, start))) || (to > end + 1 && isOther(text.slice(end, to)));
}
