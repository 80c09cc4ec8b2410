import { passesLuhn } from '../check-digits.ts';
import type { Span } from '../span.ts';
import { CARD_RANGES } from './data/payment-numbers.ts';
import { isInHexRow, isPartOfIdentifier, isWordAt, type Group, type Island } from './islands.ts';
import { isNamedOtherwise, labelsNear, type Label } from './labels.ts';

const MAX_DIGITS = 19;
/** Longer and shorter ones need a label: of other ids with so many digits, one in ten has the right check digit. */
const MIN_DIGITS_UNLABELLED = 14;
const MAX_DIGITS_UNLABELLED = 16;
/** Date and time to the second, or to the millisecond. */
const TIMESTAMP = /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\d{3})?$/;
/** The groups that cards are printed in, by their sizes; undivided numbers are one group. */
const PRINTED = /^(?:\d+|4(?:-4)*-[1-4]|4-6-[45]|4-3-3-3)$/;
/** A hash in a file's name: `main.4539578763621486.js`. */
const IN_FILE_NAME = /^[a-z]\.\d+\.[a-z]$/i;
const sizesOf = (groups: readonly Group[]): string => groups.map(({ start, end }) => end - start).join('-');
const BEFORE = 60;
const AFTER = 40;
const isGap = (text: string, start: number, end: number): boolean =>
  end - start === 1 ? isBlankOrDash(text.charCodeAt(start)) : text.slice(start, end) === ' - ';
const isBlankOrDash = (code: number): boolean => code === 32 || code === 45 || code === 0xa0;

/** Returns true if a number has the beginning and length of an issuer's cards. */
function isIssued(digits: string): boolean {
  return CARD_RANGES.some(([first, last, lengths]) => {
    const head = digits.slice(0, first.length);
    return lengths.includes(digits.length) && head >= first && head <= last;
  });
}

/**
 * Checks a number next to a label: its check digit may be wrong, as in invented numbers, and Maestro has twelve digits.
 */
function isLabelledCard(digits: string): boolean {
  if (TIMESTAMP.test(digits)) return false;
  if (digits.length === 12) return /^(?:5[06-8]|6)/.test(digits) && passesLuhn(digits);
  return (
    digits.length >= 13 &&
    (/^[2-6]/.test(digits) || (/^[189]/.test(digits) && digits.length !== 13 && passesLuhn(digits)) || isIssued(digits))
  );
}

interface Candidate {
  /** The index of its last group. */
  readonly last: number;
  readonly digits: string;
}

/** Lists the possible card numbers that begin with a group, longest first. */
function candidatesFrom(text: string, groups: readonly Group[], from: number): Candidate[] {
  const first = groups[from];
  if (!first || first.end - first.start < 4 || first.end - first.start > MAX_DIGITS) return [];
  let digits = text.slice(first.start, first.end);
  if (digits.length >= 12) return [{ last: from, digits }];
  const candidates: Candidate[] = [];
  for (let last = from + 1; last < groups.length; last += 1) {
    const [before, group] = [groups[last - 1], groups[last]];
    if (!before || !group || !isGap(text, before.end, group.start)) break;
    if (digits.length + group.end - group.start > MAX_DIGITS) break;
    digits += text.slice(group.start, group.end);
    if (digits.length >= 12) candidates.unshift({ last, digits });
  }
  return candidates;
}

/** Finds payment card numbers (ISO/IEC 7812): in an issuer's range and with Luhn's check digit, or next to a label. */
export function findCards(text: string, islands: readonly Island[], labels: readonly Label[], found: Span[]): void {
  const words = labelsNear(labels, ['CARD', 'CARD_CHECK']);
  const checks = labelsNear(labels, ['CARD_CHECK']);
  for (const { groups, digits: all } of islands) {
    if (all < 12) continue;
    for (let from = 0; from < groups.length; from += 1) {
      const start = groups[from]?.start ?? 0;
      if (isInsideNumber(text, start) || isNamedOtherwise(text, labels, start)) continue;
      const card = candidatesFrom(text, groups, from).find(({ last, digits }) => {
        const end = groups[last]?.end ?? 0;
        if (isLetterAt(text, end) || isFraction(text, end)) return false;
        if (words.before(start, BEFORE) ?? checks.after(end, AFTER)) return isLabelledCard(digits);
        if (digits.length < MIN_DIGITS_UNLABELLED || digits.length > MAX_DIGITS_UNLABELLED) return false;
        if (!isIssued(digits) || !passesLuhn(digits) || IN_FILE_NAME.test(text.slice(start - 2, end + 2))) return false;
        const own = groups.slice(from, last + 1);
        if (!PRINTED.test(sizesOf(own)) || isInHexRow(text, own) || isInTable(text, groups, from)) return false;
        return !isPartOfIdentifier(text, { start, end }, (part) => /\d/.test(part));
      });
      if (!card) continue;
      found.push({ start, end: groups[card.last]?.end ?? start, dataClass: 'PII', type: 'CARD' });
      from = card.last;
    }
  }
}

/** Returns true in a row of more groups of four digits than a card and a year have, unless a neighbour is a card, too. */
function isInTable(text: string, groups: readonly Group[], at: number): boolean {
  const sizeOf = (index: number): number => (groups[index]?.end ?? 0) - (groups[index]?.start ?? 0);
  const follows = (index: number): boolean =>
    sizeOf(index - 1) === 4 && sizeOf(index) === 4 && groups[index]?.start === (groups[index - 1]?.end ?? 0) + 1;
  let first = at;
  while (at - first < 4 && follows(first)) first -= 1;
  let end = at + 1;
  while (end - at < 8 && follows(end)) end += 1;
  if (end - first <= 5) return false;
  const isCard = (from: number): boolean => {
    const four = groups.slice(from, from + 4);
    const digits = four.map((group) => text.slice(group.start, group.end)).join('');
    return from >= first && from + 4 <= end && isIssued(digits) && passesLuhn(digits);
  };
  return !isCard(at - 4) && !isCard(at + 4);
}

const isLetterAt = (text: string, at: number): boolean => text[at] !== '_' && isWordAt(text, at);
const isDigitAt = (text: string, at: number): boolean => /\d/.test(text.charAt(at));
const isFraction = (text: string, end: number): boolean => text[end] === '.' && isDigitAt(text, end + 1);

/** Returns true after a letter, as part of an identifier, and after a decimal separator, as a fraction. */
function isInsideNumber(text: string, start: number): boolean {
  return isLetterAt(text, start - 1) || (text[start - 1] === '.' && isDigitAt(text, start - 2));
}
