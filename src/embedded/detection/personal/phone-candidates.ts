import { isWordAt, type Group, type Island } from './islands.ts';

/** Digits that may be a telephone number. */
export interface PhoneCandidate {
  readonly start: number;
  /** Behind an extension (`x123`), if there is one. */
  readonly end: number;
  /** As written, without the extension. */
  readonly number: string;
  readonly plus: boolean;
  readonly groups: number;
  /** How many digits each group has: `3-3-4`. */
  readonly shape: string;
  /** Written as one writes telephone numbers, so that no word is needed beside it. */
  readonly isWritten: boolean;
}

const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const DATE = new RegExp(
  String.raw`(?<!\d|\d[-./])(?:(?:19|20)\d{2}([-./ ])${DAY}\1${DAY}|${DAY}([-./])${DAY}\2(?:19|20)?\d{2})(?!\d|[-./]\d)`,
);
const YEARS = /^(?:19|20)\d{2}\D+(?:19|20)\d{2}$/;
const EXTENSION = /^ ?(?:x|ext\.?|extension) ?\d{1,6}(?!\d)/i;
const PRICE_BEFORE = /[$€£¥₹#]\s?$|\d[.,]$|(?:USD|EUR|GBP|CHF) $/;
const PRICE_AFTER = /^(?:[.,]\d|\s?[€£¥%]|:\d|\s?(?:USD|EUR|GBP|CHF|bytes|ms)\b)/;
const MOST = 15;

/** The island in pieces that may be one number each: cut at wide gaps and, when it holds a date or too many digits, at blanks. */
function piecesOf(text: string, { groups, digits }: Island): (readonly Group[])[] {
  const first = groups[0]?.start ?? 0;
  // Nobody writes a number in more than a dozen groups; what does is a table.
  const long = digits > MOST || groups.length > 12 || DATE.test(text.slice(first, first + 60));
  const pieces: (readonly Group[])[] = [];
  let from = 0;
  for (let at = 1; at < groups.length; at += 1) {
    if (!isCut(text, groups[at - 1]?.end ?? 0, groups[at]?.start ?? 0, long)) continue;
    pieces.push(groups.slice(from, at));
    from = at;
  }
  pieces.push(from === 0 ? groups : groups.slice(from));
  return pieces;
}

function isCut(text: string, start: number, end: number, long: boolean): boolean {
  const gap = text.slice(start, end);
  if (gap.length === 1) return long && /\s/.test(gap);
  return /^\s*\/\s|\s\s/.test(gap) || /\) ?\(/.test(gap) || (long && /^\s-\s$|^\s\($/.test(gap));
}

/** Two or more groups of three behind a short one are how thousands are written. */
const isThousands = (shape: string, start: string): boolean =>
  !start.startsWith('0') && /^[1-3](?:-3){1,4}$/.test(shape);

function isWritten(number: string, shape: string): boolean {
  const groups = shape.split('-').length;
  if (/^(?:\(?[2-9]\d{2}\)?|1[-. ]\(?[2-9]\d{2}\)?)[-. ]{0,2}[2-9]\d{2}[-. ]\d{4}$/.test(number)) return true;
  if (/^\(\d{2,5}\)/.test(number)) return groups >= 2;
  // 3-2-4 is a social security number's build, right or wrong.
  if (isThousands(shape, number) || shape === '3-2-4') return false;
  return /^0[1-9]/.test(number) && groups >= 2 && groups <= 6;
}

function candidateOf(text: string, groups: readonly Group[]): PhoneCandidate | undefined {
  const [first, last] = [groups[0], groups.at(-1)];
  if (!first || !last || groups.length > 9) return undefined;
  const sizes = groups.map((group) => group.end - group.start);
  const digits = sizes.reduce((sum, size) => sum + size, 0);
  if (digits < 7 || digits > MOST) return undefined;
  let start = first.start;
  if (text[start - 1] === '(' && text.slice(start, last.end).includes(')')) start -= 1;
  const plus = text[start - 1] === '+';
  if (plus) start -= 1;
  const number = text.slice(start, last.end);
  if (isWordAt(text, start - 1) || DATE.test(number) || YEARS.test(number)) return undefined;
  if (!plus && PRICE_BEFORE.test(text.slice(Math.max(0, start - 4), start))) return undefined;
  const extension = EXTENSION.exec(text.slice(last.end, last.end + 20))?.[0].length ?? 0;
  const end = last.end + extension;
  if (isWordAt(text, end) || (extension === 0 && PRICE_AFTER.test(text.slice(end, end + 8)))) return undefined;
  const shape = sizes.join('-');
  return { start, end, number, plus, groups: groups.length, shape, isWritten: plus || isWritten(number, shape) };
}

/** The islands that may be telephone numbers, in order: of seven to fifteen digits, no dates, prices, ranges of years. */
export function phoneCandidates(text: string, islands: readonly Island[]): readonly PhoneCandidate[] {
  const candidates: PhoneCandidate[] = [];
  for (const island of islands) {
    if (island.digits < 7) continue;
    for (const groups of piecesOf(text, island)) {
      const candidate = candidateOf(text, groups);
      if (candidate) candidates.push(candidate);
    }
  }
  return candidates;
}
