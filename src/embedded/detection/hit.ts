import type { DataClass } from './span.ts';

/** One name or value of the tree that is scanned. */
export interface Leaf {
  readonly container: object;
  readonly name: string | number;
  readonly where: 'value' | 'key';
  readonly path: string;
  /** The field's name, of an item its list's; undefined for a name itself. */
  readonly key: string | undefined;
  /** The name of the field around it. */
  readonly around: string | undefined;
  /** The class and text of what was found in it, so that another reading of it does not find it again. */
  known: Set<string> | undefined;
}

/** Something found in a leaf; unlike a finding it holds the value. */
export interface Hit {
  readonly leaf: Leaf;
  readonly dataClass: DataClass;
  readonly type: string;
  readonly value: string;
  /** Where it stands in the leaf's text. */
  readonly start: number;
  readonly end: number;
  /** It cannot be cut out of the leaf's text, which goes as a whole. */
  readonly isWhole: boolean;
  readonly isAddress: boolean;
  readonly encoding: string | undefined;
}

/** What was found in a body, with what it takes to write the body again. */
export interface Scan {
  /** The body, as the only item of a list. */
  readonly root: readonly [unknown];
  readonly hits: readonly Hit[];
  /** For texts that are JSON, by the object or list that they stand in and their name: their own root. */
  readonly nested: ReadonlyMap<object, ReadonlyMap<string | number, readonly [unknown]>>;
  readonly isComplete: boolean;
}
