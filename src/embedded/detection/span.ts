/** Interven's classes of sensitive data. */
export const DATA_CLASSES = ['SECRETS', 'PII', 'PHI', 'INTERNAL'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** A finding in one string, from `start` up to but not including `end`, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly dataClass: DataClass;
  /** The type in upper case, as in the placeholder: `EMAIL` becomes `[REDACTED:EMAIL]`. */
  readonly type: string;
}

/** The context of a string. */
export interface Place {
  /** The name of the string's field; for the items of an array, that of the array. */
  readonly key: string | undefined;
  /** The countries whose telephone numbers are detected without their prefix, as ISO 3166 codes (`US`). */
  readonly regions: readonly string[];
  /**
   * True for parts of values that were joined: neighbours are no context, and only secrets and cards are found there.
   */
  readonly isJoined?: boolean;
  /** The allowance that all strings of a body share; absent for a single string. */
  readonly allowance?: Allowance;
}

/** Counts down slow operations that short strings trigger, because a body may have very many of them. */
export interface Allowance {
  /** Telephone numbers that may be parsed. Beyond that, candidates count as numbers unparsed. */
  parses: number;
}

/**
 * Finds one kind of data and adds its spans to `found`, in any order; spans may overlap. Takes time in proportion to
 * the string, whatever it contains. If a detector throws, the detection is incomplete.
 */
export type Detector = (text: string, place: Place, found: Span[]) => void;

/**
 * Merges overlapping spans, in text order. A merged span covers all of them. Its other fields come from the longest
 * span, or from the first of equals.
 */
export function mergeOverlaps<S extends Pick<Span, 'start' | 'end'>>(spans: readonly S[]): readonly S[] {
  if (spans.length < 2) return spans;
  const inOrder = [...spans].sort((one, other) => one.start - other.start);
  const result: S[] = [];
  let longest = 0;
  for (const next of inOrder) {
    const last = result.at(-1);
    const length = next.end - next.start;
    if (last && next.start < last.end) {
      const kind = length > longest ? next : last;
      result[result.length - 1] = { ...kind, start: last.start, end: Math.max(last.end, next.end) };
      longest = Math.max(longest, length);
    } else {
      result.push(next);
      longest = length;
    }
  }
  return result;
}
