import { digitsOf, isMonthAndDay, passesLuhn, passesVerhoeff, weighted } from './checksums.ts';
import type { LabelKind } from './label-words.ts';
import { isItin, isSsn } from './us-numbers.ts';

/** What stands after a label, and whether it is right. */
export interface LabelledId {
  readonly type: string;
  /** Global; the first match after the label that is right counts. */
  readonly pattern: RegExp;
  readonly isRight: (match: string) => boolean;
}

const numbers = (pattern: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu');
const hasDigits =
  (least: number) =>
  (match: string): boolean =>
    digitsOf(match).length >= least;
const checked =
  (isRight: (digits: string) => boolean) =>
  (match: string): boolean =>
    isRight(digitsOf(match));
const national = (pattern: string, isRight: (match: string) => boolean): LabelledId => ({
  type: 'NATIONAL_ID',
  pattern: numbers(pattern),
  isRight,
});

const isAba = (digits: string): boolean =>
  digits !== '000000000' && weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
const isPesel = (digits: string): boolean =>
  isMonthAndDay(String(Number(digits.slice(2, 4)) % 20).padStart(2, '0'), digits.slice(4, 6)) &&
  weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
const isTfn = (digits: string): boolean =>
  digits.length === 9
    ? weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0
    : weighted(digits, [10, 7, 8, 4, 6, 3, 5, 1]) % 11 === 0;
const isBsn = (digits: string): boolean =>
  Number(digits) > 0 && weighted(digits.padStart(9, '0'), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
const isPersonnummer = (digits: string): boolean => {
  const short = digits.slice(-10);
  const day = Number(short.slice(4, 6));
  // A co-ordination number has sixty added to its day.
  return isMonthAndDay(short.slice(2, 4), String(day > 60 ? day - 60 : day)) && passesLuhn(short);
};
const isTckn = (digits: string): boolean => {
  const tenth = (weighted(digits, [7, -1, 7, -1, 7, -1, 7, -1, 7]) + 100) % 10;
  return Number(digits[9]) === tenth && weighted(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === Number(digits[10]);
};
const isThai = (digits: string): boolean =>
  (11 - (weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === Number(digits[12]);
const isSteuerId = (digits: string): boolean => {
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
};

/** Whether a Brazilian CPF's eleven digits have the right last two. */
export function isCpf(digits: string): boolean {
  if (/^(\d)\1*$/.test(digits)) return false;
  const check = (length: number): number => {
    const weights = Array.from({ length }, (_, place) => length + 1 - place);
    return ((weighted(digits, weights) * 10) % 11) % 10;
  };
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

const CONTROL_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Whether the letter of a Spanish DNI or NIE belongs to its number. */
export function isDni(match: string): boolean {
  const compact = match.toUpperCase().replace(/[^0-9A-Z]/g, '');
  const number = compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return CONTROL_LETTERS[Number(number) % 23] === compact.at(-1);
}

/** How numbers of each kind look and are checked, where a word before them or their field's name says what they are. */
export const LABELLED_IDS: Readonly<Partial<Record<LabelKind, LabelledId>>> = {
  SSN: {
    type: 'SSN',
    pattern: numbers(String.raw`\d{3}[-. ]?\d{2}[-. ]?\d{4}`),
    isRight: checked((digits) => isSsn(digits) || isItin(digits)),
  },
  ITIN: { type: 'ITIN', pattern: numbers(String.raw`9\d{2}[-. ]?\d{2}[-. ]?\d{4}`), isRight: checked(isItin) },
  TAX_ID: {
    type: 'TAX_ID',
    pattern: numbers(
      String.raw`\d{2}-\d{7}|\d{3}-\d{3}-\d{3}(?:-\d{3,5})?|\d{2,3}\/\d{3,4}\/\d{4,5}|\d{3}[- ]?\d{2}[- ]?\d{4}|\d{9,13}`,
    ),
    isRight: () => true,
  },
  PASSPORT: { type: 'PASSPORT', pattern: numbers('[A-Z0-9]{6,10}'), isRight: hasDigits(4) },
  DRIVER_LICENSE: {
    type: 'DRIVER_LICENSE',
    pattern: numbers('[A-Z0-9](?:[A-Z0-9-]{3,18})[A-Z0-9]'),
    isRight: hasDigits(4),
  },
  BANK_ACCOUNT: {
    type: 'BANK_ACCOUNT',
    pattern: numbers(String.raw`\d(?:[ -]?\d){5,16}`),
    isRight: (match) => !/^\d{4}-\d\d-\d\d/.test(match),
  },
  ROUTING_NUMBER: {
    type: 'ROUTING_NUMBER',
    pattern: numbers(String.raw`\d{4}-\d{4}-\d|\d{9}`),
    isRight: checked(isAba),
  },
  SORT_CODE: { type: 'BANK_ACCOUNT', pattern: numbers(String.raw`\d{2}[- ]?\d{2}[- ]?\d{2}`), isRight: () => true },
  PESEL: national(String.raw`\d{11}`, isPesel),
  AADHAAR: national(String.raw`[2-9]\d{3}[- :]?\d{4}[- :]?\d{4}`, checked(passesVerhoeff)),
  TFN: national(String.raw`\d{3}[- ]?\d{3}[- ]?\d{2,3}`, checked(isTfn)),
  SIN: national(String.raw`[1-9]\d{2}[- ]?\d{3}[- ]?\d{3}`, checked(passesLuhn)),
  PERSONNUMMER: national(
    String.raw`(?:\d{2})?\d{6}[-+]?\d{4}|\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]`,
    (match) => /[a-y]/i.test(match) || isPersonnummer(digitsOf(match)),
  ),
  CPR: national(String.raw`\d{6}-?\d{4}`, (match) => isMonthAndDay(match.slice(2, 4), match.slice(0, 2))),
  BSN: national(String.raw`\d{8,9}`, isBsn),
  IN_PAN: national(String.raw`[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]`, () => true),
  CPF: national(String.raw`\d{3}\.?\d{3}\.?\d{3}-?\d{2}`, checked(isCpf)),
  TCKN: national(String.raw`[1-9]\d{10}`, isTckn),
  THAI_ID: national(String.raw`[1-8](?:[- ]?\d){12}`, checked(isThai)),
  RRN: national(String.raw`\d{6}-?[1-8]\d{6}`, (match) => isMonthAndDay(match.slice(2, 4), match.slice(4, 6))),
  NRIC: national(String.raw`[STFGM]\d{7}[A-Z]`, () => true),
  ZA_ID: national(
    String.raw`\d{13}`,
    (match) => isMonthAndDay(match.slice(2, 4), match.slice(4, 6)) && passesLuhn(match),
  ),
  STEUER_ID: national(String.raw`[1-9](?: ?\d){10}`, checked(isSteuerId)),
  PENSION_NUMBER: national(String.raw`\d{2} ?\d{6} ?[A-Z] ?\d{3}`, () => true),
  NIR: national(String.raw`[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?`, () => true),
  DNI: national(String.raw`[XYZ0-9]-?\d{6,7}-?[A-Z]`, isDni),
  NATIONAL_ID: national(String.raw`[A-Z0-9](?:-?[A-Z0-9]){5,17}|\d(?:[- ]\d|\d){5,17}`, hasDigits(5)),
};
