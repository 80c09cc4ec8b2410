import { isIPv4 } from 'node:net';
import { parsePhoneNumberFromString, type CountryCode, isSupportedCountry } from 'libphonenumber-js/min';
import type { Place, Span } from '../span.ts';
import { isInHexRow, isInRow, isPartOfIdentifier, isWordAt, type Group, type Island } from './islands.ts';
import { isNamedOtherwise, labelsNear, type Label } from './labels.ts';

/** Default of the `regions` option: the countries whose numbers are detected without their prefix. */
export const DEFAULT_REGIONS: readonly string[] = ['US', 'CA', 'GB', 'IE', 'DE', 'FR', 'AU', 'IN'];

/** Returns true if a string is an ISO 3166 country code (`GB`) that is supported. */
export function isRegion(code: string): boolean {
  return isSupportedCountry(code);
}

/** Digits that may be a telephone number. */
interface PhoneCandidate {
  readonly start: number;
  /** The end of the number, including an extension such as `x123`. */
  readonly end: number;
  /** The number as written, without the extension. */
  readonly number: string;
  readonly plus: boolean;
  readonly groups: number;
  /** The number of digits in each group: `3-3-4`. */
  readonly shape: string;
  /** True if it is written like a telephone number, so that it needs no label. */
  readonly isWritten: boolean;
}

const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const DATE = new RegExp(
  String.raw`(?<!\d|\d[-./])(?:(?:19|20)\d{2}([-./ ])${DAY}\1${DAY}|${DAY}([-./])${DAY}\2(?:19|20)?\d{2})(?!\d|[-./]\d)`,
);
// A log's date and time: `081109 203518`.
const COMPACT_TIME = new RegExp(
  String.raw`^(?:\d{2}){1,2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -](?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?!\d)`,
);
const EXTENSION = /^ ?(?:x|ext\.?|extension) ?\d{1,6}(?!\d)/i;
/** A dump of bytes, and a program's version: `<Buffer 01 42 68 53`, `UCBrowser/13.8.2.1324`. */
const NO_PHONE_BEFORE = /(?:buffer|bytes?|hex)\W{1,3}$|[a-z]\/$/i;
/** A log's level behind its columns: `0412 555 123 INFO`. */
const LEVEL_AFTER = /^ (?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)(?![\w-])/;
const PRICE_BEFORE = /[$€£¥₹#]\s?$|\d[.,]$|(?:USD|EUR|GBP|CHF) $/;
const MAX_DIGITS = 15;

/** Splits an island into possible numbers: at wide gaps and, if it has a date or too many digits, at spaces. */
function piecesOf(text: string, { groups, digits }: Island): (readonly Group[])[] {
  const first = groups[0]?.start ?? 0;
  const long = digits > MAX_DIGITS || DATE.test(text.slice(first, first + 60));
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
  return /^\s*\/\s|\s\s|^\s-$/.test(gap) || (long && /^\s-\s$|^\s\($/.test(gap));
}

const NORTH_AMERICAN =
  /^(?:1[-. ])?(?:\([2-9]\d{2}\)[-. ]{0,2}[2-9]\d{2}[-. ]\d{4}|[2-9]\d{2}([-.])[2-9]\d{2}\1\d{4}|[2-9]\d{2} [2-9]\d{2}-\d{4})$/;
/** A prefix of two digits (London has three): `01 42 68 53 00`, `02 9374 4000`, `01 234 5678`, `09-7625400`. */
const SHORT_PREFIX = /^2-(?:2-2-2-2|[34]-4|[78])$/;
/**
 * A longer prefix, and groups that are no code points, years and such: the second begins with a zero only if it is
 * long, or in groups of three. A postal code in the United States has 5-4 digits.
 */
const LONG_PREFIX = /^\(?0[1-9]\d{1,4}(?!-\d{4}$)[^\d.(]{1,3}(?:[1-9]\d+(?:[- /]\d{2,}){0,3}|\d{3} \d{3,4}|\d{5,})$/;
const MIN_NATIONAL_DIGITS = 9;

/** Returns true for a number in the groups that telephone numbers have, from their prefix on. */
function isWritten(number: string, shape: string, digits: number): boolean {
  if (NORTH_AMERICAN.test(number)) return true;
  if (digits < MIN_NATIONAL_DIGITS && !number.startsWith('(')) return false;
  // A social security number has 3-2-4 digits.
  return (/^\(?0[^/]*$/.test(number) && SHORT_PREFIX.test(shape)) || (LONG_PREFIX.test(number) && shape !== '3-2-4');
}

/** The seconds of a time before a number: `10:12:07 0151 …`. */
const isTimeBefore = (text: string, [first]: readonly Group[]): boolean =>
  first !== undefined && first.end - first.start === 2 && /\d:$/.test(text.slice(first.start - 2, first.start));

function candidateOf(text: string, groups: readonly Group[]): PhoneCandidate | undefined {
  const [first, last] = [groups[0], groups.at(-1)];
  if (!first || !last || groups.length > 9) return undefined;
  const sizes = groups.map((group) => group.end - group.start);
  const digits = sizes.reduce((sum, size) => sum + size, 0);
  if (digits < 7 || digits > MAX_DIGITS) return undefined;
  let start = first.start;
  if (text[start - 1] === '(' && text.slice(start, last.end).includes(')')) start -= 1;
  const plus = text[start - 1] === '+';
  if (plus) start -= 1;
  const number = text.slice(start, last.end);
  if (isWordAt(text, start - 1) || isIPv4(number)) return undefined;
  if (DATE.test(number) || COMPACT_TIME.test(number)) return undefined;
  const before = text.slice(Math.max(0, start - 10), start);
  // `x[0]+3614090360`: a sum.
  if (plus && /[\])}]$/.test(before)) return undefined;
  // `+31 57 48.0`: an angle.
  if (/ \d+\.\d$/.test(number)) return undefined;
  // A decimal fraction, and binary digits.
  if (!plus && /^\d+\.\d+$|^[01\D]+$/.test(number)) return undefined;
  if (!plus && (PRICE_BEFORE.test(before) || (!/^[\d/]+$/.test(number) && NO_PHONE_BEFORE.test(before))))
    return undefined;
  if (!plus && LEVEL_AFTER.test(text.slice(last.end, last.end + 10))) return undefined;
  const extension = EXTENSION.exec(text.slice(last.end, last.end + 20))?.[0].length ?? 0;
  const end = last.end + extension;
  if (isWordAt(text, end)) return undefined;
  const shape = sizes.join('-');
  const written = plus || (isWritten(number, shape, digits) && !isInHexRow(text, groups) && !isInRow(text, start, end));
  return { start, end, number, plus, groups: groups.length, shape, isWritten: written };
}

/** Lists the possible telephone numbers in order: seven to fifteen digits, but no dates, prices and ranges of years. */
function phoneCandidates(text: string, islands: readonly Island[]): readonly PhoneCandidate[] {
  const candidates: PhoneCandidate[] = [];
  for (const island of islands) {
    if (island.digits < 7) continue;
    for (const groups of piecesOf(text, island)) {
      const candidate = candidateOf(text, isTimeBefore(text, groups) ? groups.slice(1) : groups);
      if (candidate) candidates.push(candidate);
    }
  }
  return candidates;
}

const REACH = 28;
// `-Office`, ` (mobile)`: labels in a signature.
const KIND_AFTER =
  /^(?:(?:-| ?\(| - )(?:office|fax|mobile|cell|home|work|phone|tel|desk|direct)| (?:office|fax|mobile|cell))\b(?!-)/i;
// A parse takes about ten microseconds. Beyond this many in one string, candidates count as numbers unparsed.
const FREE_PARSES = 40;
const CHARACTERS_PER_PARSE = 400;

// Cached by the array of regions, which is the same object at every scan.
const countriesOf = new WeakMap<
  readonly string[],
  { readonly elsewhere: readonly CountryCode[]; readonly anywhere: readonly CountryCode[] }
>();

/** Lists the countries that may write a national number like this. Checking fewer countries is faster. */
function regionsFor({ shape }: PhoneCandidate, regions: readonly string[]): readonly CountryCode[] {
  let known = countriesOf.get(regions);
  if (!known) {
    const supported = regions.filter((region) => isSupportedCountry(region));
    const northAmerican = supported.filter((region) => region === 'US' || region === 'CA').slice(0, 1);
    const others = supported.filter((region) => region !== 'US' && region !== 'CA');
    known = { elsewhere: others, anywhere: [...northAmerican, ...others] };
    countriesOf.set(regions, known);
  }
  return shape === '3-3-4' ? known.anywhere : known.elsewhere;
}

function isValid(candidate: PhoneCandidate, regions: readonly string[]): boolean {
  if (candidate.plus) {
    const number = parsePhoneNumberFromString(candidate.number);
    return number !== undefined && (number.isValid() || (candidate.groups > 1 && number.isPossible()));
  }
  return regionsFor(candidate, regions).some((region) =>
    parsePhoneNumberFromString(candidate.number, region)?.isValid(),
  );
}

/**
 * Finds telephone numbers: with a `+`, or valid in one of the regions and written in groups, or next to a label.
 *
 * @param taken the findings so far, in order; a number that overlaps one (a card, a date, an IP address) does not count
 */
export function findPhones(
  text: string,
  islands: readonly Island[],
  labels: readonly Label[],
  { regions, allowance }: Pick<Place, 'regions' | 'allowance'>,
  taken: readonly Span[],
  found: Span[],
): void {
  if (islands.length === 0) return;
  const words = labelsNear(labels, ['PHONE']);
  const calls = labelsNear(labels, ['CALL']);
  const known = new Map<string, boolean>();
  let parsesLeft = FREE_PARSES + text.length / CHARACTERS_PER_PARSE;
  let nextTaken = 0;
  for (const candidate of phoneCandidates(text, islands)) {
    const { start, end } = candidate;
    while ((taken[nextTaken]?.end ?? Infinity) <= start) nextTaken += 1;
    if ((taken[nextTaken]?.start ?? Infinity) < end) continue;
    if (isNamedOtherwise(text, labels, start)) continue;
    if (
      isLabelled(text, candidate, words.before(start, REACH) ?? calls.before(start, 2)) ||
      (candidate.isWritten && !isPartOfIdentifier(text, candidate) && valid(candidate))
    )
      found.push({ start, end, dataClass: 'PII', type: 'PHONE' });
  }

  function valid(candidate: PhoneCandidate): boolean {
    const before = known.get(candidate.number);
    if (before !== undefined) return before;
    if (parsesLeft < 1 || (allowance && allowance.parses < 1)) return true;
    const cost = candidate.plus ? 1 : regions.length / 2;
    parsesLeft -= cost;
    if (allowance) allowance.parses -= cost;
    const answer = isValid(candidate, regions);
    known.set(candidate.number, answer);
    return answer;
  }
}

/** Returns true with a label before it, on its line or the previous one, or with its kind (`office`) after it. */
function isLabelled(text: string, { start, end }: PhoneCandidate, label: Label | undefined): boolean {
  // A brace begins another record.
  if (label && !/[\d{}]|\n[^\n]*\n/.test(text.slice(label.end, start))) return true;
  return KIND_AFTER.test(text.slice(end, end + 12));
}
