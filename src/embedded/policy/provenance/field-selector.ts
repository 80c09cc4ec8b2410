import { keyWords } from '../../detection/key-words.ts';

/** A field, and those around it. The items of a list are in the field of the list. */
export class Place {
  readonly name: string;
  readonly around: Place | undefined;
  #words: readonly string[] | undefined;

  constructor(name: string, around?: Place) {
    this.name = name;
    this.around = around;
  }

  /** The words of its name, in the singular. */
  get words(): readonly string[] {
    return (this.#words ??= keyWords(this.name).map(singular));
  }
}

/** The words of the names in a path, the innermost name first. */
type Path = readonly (readonly string[])[];

/**
 * The fields that a condition selects. `to` selects fields with the word in their name (`toRecipients`, `email_to`),
 * `share_with` those with its words in a row, `customer.email` those whose path ends with it. Singular and plural are
 * equal. `*` selects all fields.
 */
export class FieldSelector {
  /** The kinds of values that are selected in any field, such as `@address`. */
  readonly kinds: ReadonlySet<string>;
  /** True for `*`. */
  readonly isAll: boolean;
  /** By the first word of their innermost name. */
  readonly #paths = new Map<string, Path[]>();

  constructor(names: readonly string[]) {
    this.kinds = new Set(names.filter((name) => name.startsWith('@')));
    this.isAll = names.includes('*');
    for (const name of names) {
      if (this.kinds.has(name)) continue;
      const path = name.split('.').map((step) => keyWords(step).map(singular));
      const [first] = path.at(-1) ?? [];
      if (first === undefined || path.some((words) => words.length === 0)) continue;
      this.#paths.set(first, [...(this.#paths.get(first) ?? []), path.toReversed()]);
    }
  }

  /** Returns false, quickly, if no field whose name has only these words is selected. */
  mayFit(words: ReadonlySet<string>): boolean {
    return [...this.#paths.keys()].some((word) => words.has(word));
  }

  /** Returns true if the field, or one around it, is selected. */
  has(place: Place): boolean {
    for (let at: Place | undefined = place; at; at = at.around) if (this.fits(at)) return true;
    return false;
  }

  /** Returns true if the field is selected by its own name. */
  fits(place: Place): boolean {
    if (this.isAll) return true;
    return place.words.some((word) => this.#paths.get(word)?.some((path) => endsWith(place, path)));
  }
}

const selectors = new WeakMap<readonly string[], FieldSelector>();

/** Returns the selector of a condition, parsed once. */
export function selectFields(names: readonly string[]): FieldSelector {
  const known = selectors.get(names) ?? new FieldSelector(names);
  selectors.set(names, known);
  return known;
}

function endsWith(place: Place, path: Path): boolean {
  let at: Place | undefined = place;
  for (const words of path) {
    if (!at || !isInRow(words, at.words)) return false;
    at = at.around;
  }
  return true;
}

function singular(word: string): string {
  if (!word.endsWith('s') || word.length < 4) return word;
  if (/(?:ss|x|ch)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('ss') ? word : word.slice(0, -1);
}

function isInRow(words: readonly string[], within: readonly string[]): boolean {
  return within.some((_, from) => words.every((word, index) => within[from + index] === word));
}
