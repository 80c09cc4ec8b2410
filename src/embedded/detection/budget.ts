/**
 * Limits of one scan. They count work and not time, so that the same body always has the same result. Below 256 KB,
 * only a body built to be costly exceeds them.
 */
const LIMITS = {
  /** UTF-16 code units of names, strings and numbers in the body, plus those inside JSON strings. */
  bodyCharacters: 1_048_576,
  /** Code units of other readings: normalised, decoded, joined. Each also costs `DECODE_COST`. */
  readCharacters: 1_048_576,
  /** Members of objects and arrays. */
  nodes: 262_144,
  /** Nesting of objects and arrays, including those inside JSON strings. */
  depth: 500,
  findings: 32_768,
} as const;

/** Cost of decoding a string or parsing it as JSON, in characters, however short it is. */
export const DECODE_COST = 64;

type Cost = Exclude<keyof typeof LIMITS, 'depth'>;

/** Counts down the limits of one scan. Once a limit is exceeded, the scan is incomplete. */
export class Budget {
  readonly #left: Record<Cost, number> = { ...LIMITS };
  isExceeded = false;

  /** Spends `count`. Returns false if that exceeds the limit. */
  take(cost: Cost, count = 1): boolean {
    this.#left[cost] -= count;
    if (this.#left[cost] >= 0) return true;
    this.isExceeded = true;
    return false;
  }

  allowsDepth(depth: number): boolean {
    if (depth <= LIMITS.depth) return true;
    this.isExceeded = true;
    return false;
  }
}
