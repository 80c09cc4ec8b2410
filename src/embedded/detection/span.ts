/** What a text can carry. The classes are Interven's own. */
export const DATA_CLASSES = ['SECRETS', 'PII', 'PHI', 'INTERNAL'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** Something found in one text, from `start` up to but not including `end`, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly dataClass: DataClass;
  /** In capitals, as the placeholder says it: `EMAIL` becomes `[REDACTED:EMAIL]`. */
  readonly type: string;
}

/** Where a text stands, for what the text alone does not tell. */
export interface Place {
  /** The name of the field that the text is the value of; items of a list have their list's. */
  readonly key: string | undefined;
  /** The countries whose telephone numbers are known without their prefix, as ISO 3166 codes (`US`). */
  readonly regions: readonly string[];
  /** What the texts of one body may cost together; absent for a text on its own. */
  readonly allowance?: Allowance;
}

/** Counts down what is dear and asked for by short texts, of which a body may have very many. */
export interface Allowance {
  /** How many times something may be parsed as a telephone number; beyond, what looks like one counts as one. */
  parses: number;
}

/**
 * Looks for one kind of thing and adds what it finds, in any order, overlaps included. It takes time in proportion to the
 * text, whatever the text; one that throws counts as a find.
 */
export type Detector = (text: string, place: Place, found: Span[]) => void;
