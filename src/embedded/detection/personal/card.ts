import type { Span } from '../span.ts';
import { passesLuhn } from './checksums.ts';
import { isWordAt, type Group, type Island } from './islands.ts';
import { labelsNear, type Label } from './labels.ts';

/** The numbers that issuers' ranges begin with (first, last), and how many digits their cards have. */
const RANGES: readonly (readonly [first: string, last: string, lengths: readonly number[]])[] = [
  ['4', '4', [13, 16, 18, 19]], // Visa
  ['51', '55', [16]], // Mastercard
  ['2221', '2720', [16]], // Mastercard
  ['34', '34', [15]], // American Express
  ['37', '37', [15]], // American Express
  ['300', '305', [14, 16]], // Diners Club
  ['3095', '3095', [14, 16]], // Diners Club
  ['36', '36', [14, 16, 19]], // Diners Club
  ['38', '39', [14, 16, 19]], // Diners Club
  ['6011', '6011', [16, 19]], // Discover
  ['644', '659', [16, 19]], // Discover, RuPay, Troy
  ['60', '60', [16]], // RuPay
  ['3528', '3589', [16, 19]], // JCB
  ['1800', '1800', [15]], // JCB
  ['2131', '2131', [15]], // JCB
  ['62', '62', [16, 17, 18, 19]], // UnionPay
  ['81', '82', [16, 19]], // UnionPay, RuPay
  ['2200', '2205', [16, 19]], // Mir, BORICA
  ['5018', '5020', [16, 18, 19]], // Maestro, Dankort
  ['5038', '5038', [16, 18, 19]], // Maestro
  ['5061', '5061', [16, 18, 19]], // Verve
  ['5893', '5893', [16, 18, 19]], // Maestro
  ['6304', '6304', [16, 18, 19]], // Maestro
  ['6759', '6763', [16, 18, 19]], // Maestro
];
const MOST_DIGITS = 19;
const BEFORE = 60;
const AFTER = 40;
const isGap = (text: string, start: number, end: number): boolean =>
  end - start === 1 ? isBlankOrDash(text.charCodeAt(start)) : text.slice(start, end) === ' - ';
const isBlankOrDash = (code: number): boolean => code === 32 || code === 45 || code === 0xa0;

/** Whether an issuer's cards begin and are as long as this number. */
function isIssued(digits: string): boolean {
  return RANGES.some(([first, last, lengths]) => {
    const head = digits.slice(0, first.length);
    return lengths.includes(digits.length) && head >= first && head <= last;
  });
}

/** Next to a word for cards the check digit may be wrong (made-up numbers are), and Maestro goes down to twelve digits. */
function isLabelledCard(digits: string): boolean {
  if (digits.length === 12) return /^(?:5[06-8]|6)/.test(digits) && passesLuhn(digits);
  return (
    digits.length >= 13 &&
    (/^[2-6]/.test(digits) || (/^[189]/.test(digits) && digits.length !== 13 && passesLuhn(digits)) || isIssued(digits))
  );
}

interface Run {
  /** The last of its groups. */
  readonly last: number;
  readonly digits: string;
}

/** The numbers that may begin with a group, the longest first. */
function runsFrom(text: string, groups: readonly Group[], from: number): Run[] {
  const first = groups[from];
  if (!first || first.end - first.start < 4 || first.end - first.start > MOST_DIGITS) return [];
  let digits = text.slice(first.start, first.end);
  if (digits.length >= 12) return [{ last: from, digits }];
  const runs: Run[] = [];
  for (let last = from + 1; last < groups.length; last += 1) {
    const [before, group] = [groups[last - 1], groups[last]];
    if (!before || !group || !isGap(text, before.end, group.start)) break;
    if (digits.length + group.end - group.start > MOST_DIGITS) break;
    digits += text.slice(group.start, group.end);
    if (digits.length >= 12) runs.unshift({ last, digits });
  }
  return runs;
}

/** Numbers of payment cards (ISO/IEC 7812): of an issuer's range and with Luhn's digit, or next to a word for cards. */
export function findCards(text: string, islands: readonly Island[], labels: readonly Label[], found: Span[]): void {
  const words = labelsNear(labels, ['CARD', 'CARD_CHECK']);
  const checks = labelsNear(labels, ['CARD_CHECK']);
  for (const { groups, digits: all } of islands) {
    if (all < 12) continue;
    for (let from = 0; from < groups.length; from += 1) {
      const start = groups[from]?.start ?? 0;
      if (isInsideOfNumber(text, start)) continue;
      const card = runsFrom(text, groups, from).find(({ last, digits }) => {
        const end = groups[last]?.end ?? 0;
        if (isLetterAt(text, end) || isFraction(text, end)) return false;
        if (passesLuhn(digits) && isIssued(digits)) return true;
        return Boolean(words.before(start, BEFORE) ?? checks.after(end, AFTER)) && isLabelledCard(digits);
      });
      if (!card) continue;
      found.push({ start, end: groups[card.last]?.end ?? start, dataClass: 'PII', type: 'CARD' });
      from = card.last;
    }
  }
}

const isLetterAt = (text: string, at: number): boolean => text[at] !== '_' && isWordAt(text, at);
const isDigitAt = (text: string, at: number): boolean => /\d/.test(text.charAt(at));
const isFraction = (text: string, end: number): boolean => text[end] === '.' && isDigitAt(text, end + 1);

/** After a letter it is a piece of an identifier, after a point the fraction of a number. */
function isInsideOfNumber(text: string, start: number): boolean {
  const before = text[start - 1];
  return isLetterAt(text, start - 1) || ((before === '.' || before === ',') && isDigitAt(text, start - 2));
}
