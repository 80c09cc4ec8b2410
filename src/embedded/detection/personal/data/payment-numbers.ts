/** The first and last beginning of an issuer's range, and the lengths of its card numbers. */
export type CardRange = readonly [first: string, last: string, lengths: readonly number[]];

export const CARD_RANGES: readonly CardRange[] = [
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

/** How many characters an IBAN of each country has (SWIFT IBAN registry). */
export const IBAN_LENGTHS: Readonly<Record<string, number>> = {
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
