const WRITTEN = /\d{1,15}(?:[.,'\u2019 ]\d{1,15}){0,8}/g;
const WHOLE =
  /^[+-]?(?:\p{Sc}|[a-z]{2,3}(?=[\s\d])|[a-z]{1,2}\p{Sc})?\s?[+-]?(\d{1,15}(?:[.,'\u2019 ]\d{1,15}){0,8})\s?(?:\p{Sc}|[a-z]{3})?$/u;

/**
 * The numbers of a text, as JavaScript writes them; one that could be read in two ways counts in both: `1.250` is 1250 and 1.25.
 *
 * @param areParts whether each number of a row counts too: of `1,250` or `100,200` also what stands between the commas
 */
export function amountsIn(text: string, areParts: boolean): readonly string[] {
  return [...new Set(text.match(WRITTEN))].flatMap((one) => {
    if (/^\d+$/.test(one)) return String(Number(one));
    return [...readings(one), ...one.split(areParts ? /[^\d.]/ : ' ').flatMap(readings)];
  });
}

/** The readings of a text that is an amount and nothing else, with a currency or without; none for other texts. */
export function amountOf(text: string): readonly string[] {
  const written = WHOLE.exec(text)?.[1];
  return written === undefined ? [] : readings(written);
}

function readings(written: string): readonly string[] {
  const plain = written.replace(/[ '\u2019](?=\d{3}(?!\d))/g, '');
  const withPoint = plain.replace(/,(?=\d{3}(?!\d))/g, '');
  const withComma = plain.replace(/\.(?=\d{3}(?!\d))/g, '').replace(',', '.');
  const numbers = [withPoint, withComma].filter((text) => /^\d+(?:\.\d+)?$/.test(text));
  return [...new Set(numbers.map((text) => String(Number(text))))];
}
