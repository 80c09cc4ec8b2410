import type { DataClass } from './span.ts';

/** One field name or value of a scanned body. */
export interface Leaf {
  readonly container: object;
  readonly name: string | number;
  readonly where: 'value' | 'key';
  readonly path: string;
  /** The name of the field, or of the array's field for an item; undefined for a name. */
  readonly key: string | undefined;
  /** The name of the field of the enclosing object. */
  readonly around: string | undefined;
  /** True for a field of the body itself, and for an item of its array. */
  readonly isOuter: boolean;
  /** True within a field that says which people the call is for, such as `attendees`. */
  readonly isInRole: boolean;
  /** Classes and values of its hits, so that another reading does not add them again. */
  known: Set<string> | undefined;
}

/** A finding in a leaf, with its value. */
export interface Hit {
  readonly leaf: Leaf;
  readonly dataClass: DataClass;
  readonly type: string;
  readonly value: string;
  /** The position in the leaf's text. */
  readonly start: number;
  readonly end: number;
  /** True if the hit has no position in the leaf's text, so that the text is replaced as a whole. */
  readonly isWhole: boolean;
  readonly isAddress: boolean;
  readonly encoding: string | undefined;
}

/** The hits in a body, and the data needed to rewrite it. */
export interface BodyScan {
  /** The body, as the only item of an array. */
  readonly root: readonly [unknown];
  readonly hits: readonly Hit[];
  /** The roots of strings that are JSON, by their container and name. */
  readonly nested: ReadonlyMap<object, ReadonlyMap<string | number, readonly [unknown]>>;
  readonly isComplete: boolean;
}
