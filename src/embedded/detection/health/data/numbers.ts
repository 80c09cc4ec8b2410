import { isDea, isNhsNumber, isNpi, digitsOf } from '../../check-digits.ts';

/** The finding's type, a global pattern, and a check of each match. */
export type HealthNumber = readonly [type: string, pattern: RegExp, isValid?: (match: string) => boolean];

const hasDigits = (match: string): boolean => digitsOf(match).length >= 4;

/** Numbers whose format alone identifies them. A Medicare number has no S, L, O, I, B nor Z. */
export const STRUCTURED_NUMBERS: readonly HealthNumber[] = [
  [
    'MBI',
    /(?<![\w-])[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?![\w-])/gi,
  ],
  ['DEA', /(?<![\w./-])[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![\w/-])/g, isDea],
];

/**
 * Numbers that a label before them, or their field's name, identifies. Labels are in lower case and begin with an ASCII
 * word; a space matches a space, a dash, an underscore or nothing.
 */
export const LABELLED_NUMBERS: readonly { labels: readonly string[]; rule: HealthNumber }[] = [
  {
    labels: ['npi', 'national provider identifier', 'national provider', 'provider identifier', 'provider id'],
    rule: ['NPI', /(?<!\w)[12]\d{3}-?\d{3}-?\d{3}(?!\w)/g, isNpi],
  },
  {
    labels: ['nhs number', 'nhs no', 'nhs'],
    rule: ['NHS_NUMBER', /(?<!\w)\d{3}[- ]?\d{3}[- ]?\d{4}(?!\w)/g, isNhsNumber],
  },
  { labels: ['dea', 'dea number', 'dea no'], rule: ['DEA', /(?<!\w)[A-Z][A-Z9]\d{7}(?!\w)/gi] },
  {
    labels: [
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
    rule: ['MEDICAL_RECORD', /(?<![a-z\d])[A-Z0-9](?:[-/]?[A-Z0-9]){3,19}(?![a-z\d])/gi, hasDigits],
  },
  {
    labels: [
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
    rule: ['ICD', /(?<![A-Za-z\d])[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?(?![A-Za-z\d])/g],
  },
];
