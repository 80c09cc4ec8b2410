/** The digits of a text, without whatever separates them. */
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

/** The sum of each digit times the weight at its place. */
export function weighted(digits: string, weights: readonly number[]): number {
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

/** Whether year, month and day can be a birth date written as two digits each. */
export function isMonthAndDay(month: string, day: string): boolean {
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  return monthNumber >= 1 && monthNumber <= 12 && dayNumber >= 1 && dayNumber <= 31;
}
