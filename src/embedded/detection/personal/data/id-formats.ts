import {
  digitsOf,
  isAba,
  isBsn,
  isCpf,
  isDni,
  isFinnish,
  isGbDrivingLicence,
  isItin,
  isMonthAndDay,
  isPersonnummer,
  isPesel,
  isResidentId,
  isRrn,
  isSsn,
  isSteuerId,
  isTckn,
  isTfn,
  isThai,
  passesLuhn,
  passesVerhoeff,
} from '../../check-digits.ts';
import type { LabelKind } from './labels.ts';

/** How a number is written, and how to check a match. */
export interface IdFormat {
  /** The finding's type, which also names the placeholder: `[REDACTED:PASSPORT]`. */
  readonly type: string;
  readonly pattern: RegExp;
  readonly isValid: (match: string) => boolean;
}

const numbers = (pattern: string): RegExp =>
  new RegExp(`(?<![\\p{Script=Latin}\\d])(?:${pattern})(?![\\p{Script=Latin}\\d])`, 'giu');
const hasDigits =
  (least: number) =>
  (match: string): boolean =>
    digitsOf(match).length >= least;
const checked =
  (isValid: (digits: string) => boolean) =>
  (match: string): boolean =>
    isValid(digitsOf(match));
const national = (pattern: string, isValid: (match: string) => boolean): IdFormat => ({
  type: 'NATIONAL_ID',
  pattern: numbers(pattern),
  isValid,
});

const IN_PAN = String.raw`[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]`;

/**
 * Numbers that are found after one of their labels (`data/labels.ts`), or in a field named so. To detect another
 * number, add a kind and its words there and a row here. The first match after the label that passes the check counts.
 */
export const LABELLED_ID_FORMATS: Readonly<Partial<Record<LabelKind, IdFormat>>> = {
  SSN: {
    type: 'SSN',
    pattern: numbers(String.raw`\d{3}[-. ]?\d{2}[-. ]?\d{4}`),
    isValid: checked((digits) => isSsn(digits) || isItin(digits)),
  },
  ITIN: { type: 'ITIN', pattern: numbers(String.raw`9\d{2}[-. ]?\d{2}[-. ]?\d{4}`), isValid: checked(isItin) },
  TAX_ID: {
    type: 'TAX_ID',
    pattern: numbers(
      String.raw`\d{2}-\d{7}|\d{3}-\d{3}-\d{3}(?:-\d{3,5})?|\d{2,3}\/\d{3,4}\/\d{4,5}|\d{3}[- ]?\d{2}[- ]?\d{4}|\d{9,13}`,
    ),
    isValid: () => true,
  },
  PASSPORT: {
    type: 'PASSPORT',
    pattern: numbers(String.raw`[A-Z0-9]{6,10}|\d{2} ?\d{2} \d{6}`),
    isValid: hasDigits(4),
  },
  DRIVER_LICENSE: {
    type: 'DRIVER_LICENSE',
    pattern: numbers('[A-Z0-9](?:[A-Z0-9-]{3,18})[A-Z0-9]'),
    isValid: hasDigits(4),
  },
  BANK_ACCOUNT: {
    type: 'BANK_ACCOUNT',
    pattern: numbers(String.raw`\d(?:[ -]?\d){5,16}`),
    isValid: (match) => !/(?:19|20)\d{2}-\d\d-\d\d/.test(match),
  },
  ROUTING_NUMBER: {
    type: 'ROUTING_NUMBER',
    pattern: numbers(String.raw`\d{4}-\d{4}-\d|\d{9}`),
    isValid: checked(isAba),
  },
  SORT_CODE: { type: 'BANK_ACCOUNT', pattern: numbers(String.raw`\d{2}[- ]?\d{2}[- ]?\d{2}`), isValid: () => true },
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
  IN_PAN: national(IN_PAN, () => true),
  // `PAN` is also a card's number.
  CARD: national(IN_PAN, () => true),
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
  NATIONAL_ID: national(String.raw`[A-Z0-9](?:-?[A-Z0-9]){5,17}(?! \d)|\d(?:[- ]\d|\d){5,17}`, hasDigits(5)),
};

/** Numbers whose format alone identifies them, in text without a label. Each pattern begins and ends with `\b`. */
export const STRUCTURED_ID_FORMATS: readonly IdFormat[] = [
  // British National Insurance number
  {
    type: 'NATIONAL_ID',
    pattern: /\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/i,
    isValid: (match) => !/^..000000/.test(match.replaceAll(' ', '')),
  },
  // Italian fiscal code
  {
    type: 'NATIONAL_ID',
    pattern: /\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b/i,
    isValid: (match) => /\d/.test(match),
  },
  // Finnish personal identity code
  { type: 'NATIONAL_ID', pattern: /\b[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b/, isValid: isFinnish },
  // Spanish NIE
  { type: 'NATIONAL_ID', pattern: /\b[XYZ]-?\d{7}-?[A-Z]\b/i, isValid: isDni },
  // Brazilian CPF
  { type: 'NATIONAL_ID', pattern: /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/, isValid: (match) => isCpf(digitsOf(match)) },
  // Korean resident registration number
  {
    type: 'NATIONAL_ID',
    pattern: /\b\d{6}-[1-8]\d{6}\b/,
    isValid: checked(isRrn),
  },
  // Chinese resident identity number
  {
    type: 'NATIONAL_ID',
    pattern: /\b[1-8]\d{5}(?:18|19|20)\d{9}[\dX]\b/i,
    isValid: (match) => isMonthAndDay(match.slice(10, 12), match.slice(12, 14)) && isResidentId(match),
  },
  // British driving licence
  {
    type: 'DRIVER_LICENSE',
    pattern: /\b[A-Z][A-Z9]{4}\d[0156]\d[0-3]\d{2}[A-Z][A-Z9][0-9A-Z][A-Z]{2}\b/i,
    isValid: isGbDrivingLicence,
  },
];
