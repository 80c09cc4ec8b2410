const DIGITS = /^\d+$/;
const WRITTEN = /\d{1,15}(?:[.,'\u2019 ]\d{1,15}){0,8}/g;
const WHOLE =
  /^[+-]?(?:\p{Sc}|[a-z]{2,3}(?=[\s\d])|[a-z]{1,2}\p{Sc})?\s?[+-]?(\d{1,15}(?:[.,'\u2019 ]\d{1,15}){0,8})\s?(?:\p{Sc}|[a-z]{3})?$/u;

/**
 * Lists the numbers in a string, as JavaScript writes them. An ambiguous number counts in both readings: `1.250` is 1250
 * and 1.25.
 *
 * @param withParts true to include the numbers between separators: 1 and 250 of `1,250`
 */
export function amountsIn(text: string, withParts: boolean): readonly string[] {
  return [...new Set(text.match(WRITTEN))].flatMap((one) => {
    if (DIGITS.test(one)) return String(Number(one));
    return [...readings(one), ...one.split(withParts ? /[^\d.]/ : ' ').flatMap(readings)];
  });
}

/** Lists the readings of a string that is only an amount, with or without a currency; empty for others. */
export function amountOf(text: string): readonly string[] {
  const written = WHOLE.exec(text)?.[1];
  return written === undefined ? [] : readings(written);
}

function readings(written: string): readonly string[] {
  if (DIGITS.test(written)) return [String(Number(written))];
  const plain = written.replace(/[ '\u2019](?=\d{3}(?!\d))/g, '');
  const withPoint = plain.replace(/,(?=\d{3}(?!\d))/g, '');
  const withComma = plain.replace(/\.(?=\d{3}(?!\d))/g, '').replace(',', '.');
  const numbers = [withPoint, withComma].filter((text) => /^\d+(?:\.\d+)?$/.test(text));
  return [...new Set(numbers.map((text) => String(Number(text))))];
}
