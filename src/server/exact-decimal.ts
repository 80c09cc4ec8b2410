/** The value is the digits, as a whole number, times ten to the power. */
interface Decimal {
  /** Without zeros at either end; empty for nought, which has no sign either. */
  readonly digits: string;
  readonly power: number;
}

const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Whether a number's text has exactly the value of what is written back for it: the shortest decimal that is read as the same
 * double. `1.10` and `0.1` have (they come back as 1.1 and 0.1), `9007199254740993.0` and `0.12345678901234567890123` have not.
 *
 * @param written a number as JSON writes it
 */
export function isExactDecimal(written: string): boolean {
  const back = String(Number(written));
  if (back === written) return true;
  const [one, other] = [decimalOf(written), decimalOf(back)];
  return one !== undefined && one.digits === other?.digits && one.power === other.power;
}

/** Undefined for what is no number, such as Infinity. A power with too many digits to count is one that no double has. */
function decimalOf(text: string): Decimal | undefined {
  const [match, whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? [];
  if (match === undefined) return undefined;
  const all = whole + fraction;
  let [start, end] = [0, all.length];
  while (all[start] === '0') start += 1;
  while (end > start && all[end - 1] === '0') end -= 1;
  if (start === end) return { digits: '', power: 0 };
  return { digits: all.slice(start, end), power: Number(exponent) - fraction.length + all.length - end };
}
