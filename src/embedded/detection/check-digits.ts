// Checks of numbers with a known format: their check digits, and the dates and ranges that they encode.

/** Returns the digits of a string, without separators. */
export function digitsOf(text: string): string {
  return text.replace(/\D+/g, '');
}

const digitAt = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** Luhn's check digit (ISO/IEC 7812-1): cards, Canadian SIN, Swedish personal numbers, South African ids. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digitAt(digits, digits.length - 1 - place);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** Returns the sum of each digit times the weight of its place. */
function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, place) => sum + weight * digitAt(digits, place), 0);
}

/** ISO 7064 mod 97-10 over digits and capital letters, where A is 10 and Z is 35: IBAN. */
export function remainderOf97(characters: string): number {
  let remainder = 0;
  for (let at = 0; at < characters.length; at += 1) {
    const code = characters.charCodeAt(at);
    remainder = code < 58 ? (remainder * 10 + code - 48) % 97 : (remainder * 100 + code - 55) % 97;
  }
  return remainder;
}

const DIHEDRAL = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTED = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check digit over the dihedral group of the pentagon: Aadhaar. */
export function passesVerhoeff(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const permuted = digitAt(PERMUTED[place % 8] ?? '', digitAt(digits, digits.length - 1 - place));
    check = digitAt(DIHEDRAL[check] ?? '', permuted);
  }
  return check === 0;
}

/** Returns true if month and day, two digits each, can be part of a date. */
export function isMonthAndDay(month: string, day: string): boolean {
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  return monthNumber >= 1 && monthNumber <= 12 && dayNumber >= 1 && dayNumber <= 31;
}

/** A US bank routing number. */
export const isAba = (digits: string): boolean =>
  digits !== '000000000' && weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;

/** A Polish PESEL. */
export const isPesel = (digits: string): boolean =>
  isMonthAndDay(String(Number(digits.slice(2, 4)) % 20).padStart(2, '0'), digits.slice(4, 6)) &&
  weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;

/** An Australian tax file number. */
export const isTfn = (digits: string): boolean =>
  digits.length === 9
    ? weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0
    : weighted(digits, [10, 7, 8, 4, 6, 3, 5, 1]) % 11 === 0;

/** A Chinese resident identity number: ISO 7064 mod 11-2, where the check digit may be an X. */
export const isResidentId = (match: string): boolean =>
  weighted(match, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11 ===
  (12 - (/x$/i.test(match) ? 10 : digitAt(match, 17))) % 11;

/** A Korean resident registration number. Those issued since October 2020 have no check digit. */
export const isRrn = (digits: string): boolean =>
  isMonthAndDay(digits.slice(2, 4), digits.slice(4, 6)) &&
  (/^2\d{5}[34]/.test(digits) ||
    (11 - (weighted(digits.slice(0, 12), [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === digitAt(digits, 12));

/** A Dutch BSN. */
export const isBsn = (digits: string): boolean =>
  Number(digits) > 0 && weighted(digits.padStart(9, '0'), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;

/** A Swedish personal number. */
export const isPersonnummer = (digits: string): boolean => {
  const short = digits.slice(-10);
  const day = Number(short.slice(4, 6));
  // A co-ordination number has sixty added to its day.
  return isMonthAndDay(short.slice(2, 4), String(day > 60 ? day - 60 : day)) && passesLuhn(short);
};

/** A Turkish identity number. */
export const isTckn = (digits: string): boolean => {
  const tenth = (weighted(digits, [7, -1, 7, -1, 7, -1, 7, -1, 7]) + 100) % 10;
  return Number(digits[9]) === tenth && weighted(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === Number(digits[10]);
};

/** A Thai identity number. */
export const isThai = (digits: string): boolean =>
  (11 - (weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === Number(digits[12]);

/** A German tax id. */
export const isSteuerId = (digits: string): boolean => {
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
};

/** A Brazilian CPF. */
export function isCpf(digits: string): boolean {
  if (/^(\d)\1*$/.test(digits)) return false;
  const check = (length: number): number => {
    const weights = Array.from({ length }, (_, place) => length + 1 - place);
    return ((weighted(digits, weights) * 10) % 11) % 10;
  };
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

const CONTROL_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** A Spanish DNI or NIE. */
export function isDni(match: string): boolean {
  const compact = match.toUpperCase().replace(/[^0-9A-Z]/g, '');
  const number = compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return CONTROL_LETTERS[Number(number) % 23] === compact.at(-1);
}

/** Numbers that were published in advertisements, and are void since. */
const VOID_SSNS = new Set(['078051120', '219099999']);

/** A US social security number: no area 000, 666 or 9xx, no group 00, no serial 0000. */
export function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) && !VOID_SSNS.has(digits);
}

/** A US individual taxpayer identification number: 9xx, and a middle that the IRS issues. */
export function isItin(digits: string): boolean {
  return /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-2]|9[4-9])\d{4}$/.test(digits);
}

/** A Finnish personal identity code. */
export const isFinnish = (match: string): boolean => {
  const digits = digitsOf(match.slice(0, 6) + match.slice(7, 10));
  return (
    isMonthAndDay(match.slice(2, 4), match.slice(0, 2)) &&
    '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(digits) % 31] === match[10]
  );
};
/** Five characters of the surname, padded with nines, then decade, month (plus fifty for women) and day. */
export const isGbDrivingLicence = (match: string): boolean =>
  /^[A-Z]{1,5}9*$/i.test(match.slice(0, 5)) &&
  isMonthAndDay(String(Number(match.slice(6, 8)) % 50).padStart(2, '0'), match.slice(8, 10));

/** A US provider identifier: Luhn's check digit over the number with 80840, the prefix of US health care. */
export function isNpi(match: string): boolean {
  const digits = `80840${digitsOf(match)}`;
  return digits.length === 15 && passesLuhn(digits);
}

/** A US prescriber's number of the DEA. */
export function isDea(match: string): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, check] = Array.from(
    match.slice(2),
    Number,
  );
  return (first + third + fifth + 2 * (second + fourth + sixth)) % 10 === check && /[1-9]/.test(match);
}

/** A British NHS number. */
export function isNhsNumber(match: string): boolean {
  const digits = digitsOf(match);
  let sum = 0;
  for (let place = 0; place < 9; place += 1) sum += Number(digits[place]) * (10 - place);
  return Number(digits) > 0 && (11 - (sum % 11)) % 11 === Number(digits[9]);
}
