import { eachMatch } from '../each-match.ts';
import type { Span } from '../span.ts';
import { digitsOf, isMonthAndDay } from './checksums.ts';
import { isCpf, isDni } from './national-ids.ts';

const NINO = /\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/i;
const FISCAL_CODE = /\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b/i;
const FINNISH = /\b[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b/;
const NIE = /\b[XYZ]-?\d{7}-?[A-Z]\b/i;
const CPF = /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/;
const DRIVING_LICENCE_GB = /\b[A-Z][A-Z9]{4}\d[0156]\d[0-3]\d{2}[A-Z][A-Z9][0-9A-Z][A-Z]{2}\b/i;
const KOREAN = /\b\d{6}-[1-8]\d{6}\b/;

const isFinnish = (match: string): boolean => {
  const digits = digitsOf(match.slice(0, 6) + match.slice(7, 10));
  return (
    isMonthAndDay(match.slice(2, 4), match.slice(0, 2)) &&
    '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(digits) % 31] === match[10]
  );
};
// Five characters of the surname, filled up with nines at their end, then decade, month (fifty more for women) and day.
const isLicence = (match: string): boolean =>
  /^[A-Z]{1,5}9*$/i.test(match.slice(0, 5)) &&
  isMonthAndDay(String(Number(match.slice(6, 8)) % 50).padStart(2, '0'), match.slice(8, 10));

/** Numbers whose build alone says what they are. */
const STRUCTURED: readonly { type: string; pattern: RegExp; isRight: (match: string) => boolean }[] = [
  { type: 'NATIONAL_ID', pattern: NINO, isRight: (match) => !/^..000000/.test(match.replaceAll(' ', '')) },
  { type: 'NATIONAL_ID', pattern: FISCAL_CODE, isRight: (match) => /\d/.test(match) },
  { type: 'NATIONAL_ID', pattern: FINNISH, isRight: isFinnish },
  { type: 'NATIONAL_ID', pattern: NIE, isRight: isDni },
  { type: 'NATIONAL_ID', pattern: CPF, isRight: (match) => isCpf(digitsOf(match)) },
  { type: 'NATIONAL_ID', pattern: KOREAN, isRight: (match) => isMonthAndDay(match.slice(2, 4), match.slice(4, 6)) },
  { type: 'DRIVER_LICENSE', pattern: DRIVING_LICENCE_GB, isRight: isLicence },
];

// All of them are words: the boundary is looked for once, not by each.
const ANY = new RegExp(
  String.raw`\b(?:${STRUCTURED.map(({ pattern }) => pattern.source.replace(/^\\b|\\b$/g, '')).join('|')})\b`,
  'gi',
);

/** National Insurance numbers, Italian fiscal codes, Finnish, Spanish, Brazilian and Korean ids, British driving licences. */
export function findStructuredIds(text: string, found: Span[]): void {
  eachMatch(ANY, text, ({ 0: match, index }) => {
    const known = STRUCTURED.find(({ pattern, isRight }) => pattern.test(match) && isRight(match));
    if (known) found.push({ start: index, end: index + match.length, dataClass: 'PII', type: known.type });
  });
}
