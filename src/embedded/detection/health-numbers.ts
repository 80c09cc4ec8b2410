import { anyWord } from './any-word.ts';
import { eachMatch } from './each-match.ts';

/** What something is, how it is written, and whether a match is one. */
export type Rule = readonly [type: string, pattern: RegExp, isRight?: (match: string) => boolean];

const digitsOf = (text: string): string => text.replace(/\D+/g, '');

/** Luhn's digit over the number with 80840, the prefix of health in the United States, before it. */
function isNpi(match: string): boolean {
  const digits = `80840${digitsOf(match)}`;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]) * (place % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return digits.length === 15 && sum % 10 === 0;
}

function isDea(match: string): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, check] = Array.from(
    match.slice(2),
    Number,
  );
  return (first + third + fifth + 2 * (second + fourth + sixth)) % 10 === check && /[1-9]/.test(match);
}

function isNhs(match: string): boolean {
  const digits = digitsOf(match);
  let sum = 0;
  for (let place = 0; place < 9; place += 1) sum += Number(digits[place]) * (10 - place);
  return Number(digits) > 0 && (11 - (sum % 11)) % 11 === Number(digits[9]);
}

const hasDigits = (match: string): boolean => digitsOf(match).length >= 4;

/** Numbers that say by their build what they are; a Medicare number has no S, L, O, I, B nor Z. */
export const STRUCTURED_NUMBERS: readonly Rule[] = [
  [
    'MBI',
    /(?<![\w-])[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?![\w-])/gi,
  ],
  ['DEA', /(?<![\w./-])[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![\w/-])/g, isDea],
];

const MEDICAL_NUMBER: Rule = ['MEDICAL_RECORD', /(?<![a-z\d])[A-Z0-9](?:[-/]?[A-Z0-9]){3,19}(?![a-z\d])/gi, hasDigits];
const ICD: Rule = ['ICD', /(?<![a-z\d])[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?(?![a-z\d])/g];

/** What the words before a number, or its field's name, make of it. */
const LABELLED: readonly { words: readonly string[]; rule: Rule }[] = [
  {
    words: ['npi', 'national provider identifier', 'national provider', 'provider identifier', 'provider id'],
    rule: ['NPI', /(?<!\w)[12]\d{3}-?\d{3}-?\d{3}(?!\w)/g, isNpi],
  },
  { words: ['nhs number', 'nhs no', 'nhs'], rule: ['NHS_NUMBER', /(?<!\w)\d{3}[- ]?\d{3}[- ]?\d{4}(?!\w)/g, isNhs] },
  { words: ['dea', 'dea number', 'dea no'], rule: ['DEA', /(?<!\w)[A-Z][A-Z9]\d{7}(?!\w)/gi] },
  {
    words: [
      'mrn',
      'medical record number',
      'medical record no',
      'medical record',
      'patient id',
      'patient number',
      'patient no',
      'chart number',
      'health card number',
      'health card',
      'health insurance number',
      'health insurance id',
      'health plan id',
      'medicare number',
      'medicare id',
      'medicare',
      'medicaid id',
      'medicaid number',
      'medicaid',
      'kvnr',
      'krankenversichertennummer',
      'versichertennummer',
      'egk nummer',
    ],
    rule: MEDICAL_NUMBER,
  },
  {
    words: [
      'icd',
      'icd 9',
      'icd 10',
      'icd 11',
      'icd code',
      'icd 10 code',
      'icd 10 cm',
      'diagnosis',
      'diagnosis code',
      'diagnoses',
      'dx',
    ],
    rule: ICD,
  },
];
const ruleOf = new Map(LABELLED.flatMap(({ words, rule }) => words.map((word) => [word, rule] as const)));
const LABEL = new RegExp(
  String.raw`(?<![a-z\d])(?:${anyWord([...ruleOf.keys()], (words) => words.replaceAll(' ', '[ _-]{0,2}'))})(?![a-z\d])`,
  'gi',
);
const plain = (words: string): string => words.toLowerCase().replace(/[ _-]+/g, '');
const ruleOfPlain = new Map([...ruleOf].map(([words, rule]) => [plain(words), rule]));

/** The first words of the labels, one of which is in every text that a label is in. */
export const LABEL_BEGINNINGS: readonly string[] = [
  ...new Set([...ruleOf.keys()].map((words) => words.replace(/ .*/, ''))),
];

/** Words that say what the number after them is. */
export interface NumberLabel {
  readonly start: number;
  readonly end: number;
  readonly rule: Rule;
}

/** The labels of a text, in their order. */
export function numberLabels(text: string): readonly NumberLabel[] {
  const labels: NumberLabel[] = [];
  eachMatch(LABEL, text, ({ 0: words, index: start }) => {
    const rule = ruleOfPlain.get(plain(words));
    if (rule) labels.push({ start, end: start + words.length, rule });
  });
  return labels;
}
