import { keyWords } from '../../detection/key-words.ts';

/** The fields that a condition selects. */
export interface FieldSelector {
  /** The kinds of values that are selected in any field, such as `@address`. */
  readonly kinds: ReadonlySet<string>;
  /**
   * Returns true if the field is selected.
   *
   * @param keys the names of the enclosing fields and of the field, outermost first
   */
  readonly has: (keys: readonly string[]) => boolean;
}

/**
 * Parses field selectors. `to` selects fields with the word in their name (`toRecipients`, `email_to`), `share_with`
 * those with its words in a row, `customer.email` those whose path ends with it. Singular and plural are equal. `*`
 * selects all fields.
 */
export function selectFields(names: readonly string[]): FieldSelector {
  const paths = names.filter((name) => !name.startsWith('@')).map((name) => name.split('.').map(wordsOfName));
  const all = names.includes('*');
  const known = new Map<string, boolean>();
  const fits = (keys: readonly string[], last: number): boolean =>
    paths.some((path) =>
      path.every((words, index) => isInRow(words, wordsOfName(keys[last - path.length + 1 + index] ?? ''))),
    );
  return {
    kinds: new Set(names.filter((name) => name.startsWith('@'))),
    has: (keys) =>
      all ||
      (paths.length > 0 &&
        keys.some((_, index) => {
          const nearest = keys.slice(Math.max(0, index - MAX_STEPS), index + 1);
          const path = nearest.join('\0');
          const isSelected = known.get(path) ?? fits(nearest, nearest.length - 1);
          known.set(path, isSelected);
          return isSelected;
        })),
  };
}

const MAX_STEPS = 5;

function wordsOfName(name: string): readonly string[] {
  return keyWords(name).map(singular);
}

function singular(word: string): string {
  if (!word.endsWith('s') || word.length < 4) return word;
  if (/(?:ss|x|ch)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('ss') ? word : word.slice(0, -1);
}

function isInRow(words: readonly string[], within: readonly string[]): boolean {
  if (words.length === 0) return false;
  return within.some((_, from) => words.every((word, index) => within[from + index] === word));
}
