import { eachMatch } from '../each-match.ts';
import type { Span } from '../span.ts';
import { remainderOf97 } from './checksums.ts';
import { isWordAt } from './islands.ts';

/** How many characters an IBAN of a country has, as the SWIFT IBAN registry lists them. */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
};
const START = /[A-Za-z]{2}[ -]?\d[ -]?\d/g;
// Four at a time with a blank or a dash between is the printed form; no IBAN has more than 34 characters.
const LONGEST_PRINTED = 50;
const isBetween = (character: string): boolean => character === ' ' || character === '-' || character === '\u00a0';

/** The end of as many letters and digits as asked for, single blanks and dashes left out; -1 when there are fewer. */
function endAfter(text: string, start: number, wanted: number): { end: number; characters: string } | undefined {
  let characters = '';
  const last = Math.min(text.length, start + LONGEST_PRINTED);
  for (let at = start; at < last; at += 1) {
    const character = text.charAt(at);
    if (/[A-Za-z0-9]/.test(character)) characters += character;
    else if (!isBetween(character) || isBetween(text.charAt(at - 1))) return undefined;
    if (characters.length === wanted) return { end: at + 1, characters: characters.toUpperCase() };
  }
  return undefined;
}

/** IBANs of any country, in one piece or in groups, whose length and check digits are right. */
export function findIbans(text: string, found: Span[]): void {
  eachMatch(START, text, ({ 0: head, index: start }) => {
    const wanted = LENGTHS[head.slice(0, 2).toUpperCase()];
    if (wanted === undefined || isWordAt(text, start - 1)) return;
    const candidate = endAfter(text, start, wanted);
    if (!candidate || isWordAt(text, candidate.end)) return;
    const { end, characters } = candidate;
    if (remainderOf97(characters.slice(4) + characters.slice(0, 4)) === 1)
      found.push({ start, end, dataClass: 'PII', type: 'IBAN' });
  });
}
