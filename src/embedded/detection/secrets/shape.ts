const ASCII = 128;
const LONGEST = 128;
const counts = new Uint16Array(ASCII);
/** By how much `count * log2(count)` grows with one more. */
const growth = Float64Array.from({ length: LONGEST }, (_, count) =>
  count === 0 ? 0 : (count + 1) * Math.log2(count + 1) - count * Math.log2(count),
);

/** What a value is made of. Only the first 128 characters count. */
export interface Shape {
  readonly letters: number;
  readonly lower: number;
  readonly upper: number;
  readonly digits: number;
  /** Shannon's, in bits for each character. */
  readonly entropy: number;
}

/** Counts a value's letters and digits, and how evenly its characters are spread. */
export function shapeOf(value: string): Shape {
  const length = Math.min(value.length, LONGEST);
  let lower = 0;
  let upper = 0;
  let digits = 0;
  let sum = 0;
  counts.fill(0);
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 97 && code <= 122) lower++;
    else if (code >= 65 && code <= 90) upper++;
    else if (code >= 48 && code <= 57) digits++;
    const slot = code % ASCII;
    const count = counts[slot] ?? 0;
    sum += growth[count] ?? 0;
    counts[slot] = count + 1;
  }
  const entropy = length === 0 ? 0 : Math.log2(length) - sum / length;
  return { letters: lower + upper, lower, upper, digits, entropy };
}
