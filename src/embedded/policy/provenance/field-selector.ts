import { keyWords } from '../../detection/key-words.ts';

/** The fields that a condition asks about. */
export interface AskedFields {
  /** Every value that is an address by itself: `@address`. */
  readonly addresses: boolean;
  /** Every address of the web that was put together: `@composed_url`. */
  readonly composedUrls: boolean;
  /** Whether it asks about the field with these names around it, the outermost first. */
  readonly has: (keys: readonly string[]) => boolean;
}

/**
 * `to` asks about every field with the word in its name (`toRecipients`, `email_to`), `share_with` with its words in a row,
 * `customer.email` about the fields of a path's ending; singular and plural are the same, `*` is any field.
 */
export function askedFields(names: readonly string[]): AskedFields {
  const paths = names.filter((name) => !name.startsWith('@')).map((name) => name.split('.').map(wordsOfName));
  const all = names.includes('*');
  const known = new Map<string, boolean>();
  const fits = (keys: readonly string[], last: number): boolean =>
    paths.some((path) =>
      path.every((words, index) => isInRow(words, wordsOfName(keys[last - path.length + 1 + index] ?? ''))),
    );
  return {
    addresses: names.includes('@address'),
    composedUrls: names.includes('@composed_url'),
    has: (keys) =>
      all ||
      (paths.length > 0 &&
        keys.some((_, index) => {
          const nearest = keys.slice(Math.max(0, index - MOST_STEPS), index + 1);
          const place = nearest.join('\0');
          const answer = known.get(place) ?? fits(nearest, nearest.length - 1);
          known.set(place, answer);
          return answer;
        })),
  };
}

const MOST_STEPS = 5;

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
