/**
 * What one scan may cost, counted in work and not in time, so that the same body always ends the same way. A body of
 * 256 KB stays below all of it unless it is made to be costly.
 */
const LIMITS = {
  /** UTF-16 code units of names, texts and numbers as the body has them, those in texts that are JSON again. */
  bodyCharacters: 1_048_576,
  /** Code units of other readings of them: normalised, decoded, joined; each costs `DECODE_COST` besides. */
  readCharacters: 1_048_576,
  /** Members of objects and lists. */
  nodes: 262_144,
  /** How deep objects and lists may nest, those inside of texts included. */
  depth: 500,
  findings: 32_768,
} as const;

/** What it costs to decode a text, or to parse one as JSON, however short: as much as to read so many characters. */
export const DECODE_COST = 64;

type Cost = Exclude<keyof typeof LIMITS, 'depth'>;

/** Counts down what a scan may still cost; once it said no, the scan is not complete. */
export class Budget {
  readonly #left: Record<Cost, number> = { ...LIMITS };
  isExceeded = false;

  /** Whether `count` more may be spent. */
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
