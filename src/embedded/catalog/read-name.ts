import { keyWords, memoizeByKey } from '../detection/key-words.ts';
import { CATEGORIES, ERASING, WORDS } from './name-words.ts';

/** The meaning of a function's name, or of a path segment read as one. */
export interface NameReading {
  readonly words: readonly string[];
  /** The name in snake case: `send_email` for `SendEmail`. */
  readonly snakeCase: string;
  readonly does: 'reads' | 'changes' | 'unknown';
  /** True if the function changes access rights. */
  readonly isAdmin: boolean;
  readonly isDestructive: boolean;
  readonly category: string | undefined;
}

/** Endings of nouns, rare in verbs. */
const PLURAL_OR_ABSTRACT = /(?:[^s]s|ity|ness|ance|ence)$/;
const THINGS: ReadonlySet<string> = new Set([
  ...CATEGORIES.flatMap((row) => [...row.words]),
  ...WORDS.adminThings,
  ...WORDS.people,
  ...WORDS.profileThings,
  ...WORDS.keys,
  ...WORDS.containers,
  ...WORDS.otherThings,
]);

const NO_WORDS: readonly string[] = [];
const readers = new WeakMap<readonly string[], (name: string) => NameReading>();

/**
 * Reads a name word by word, in any spelling (`sendEmail`, `send-email`).
 *
 * @param serviceWords words of the service, which are ignored unless the name has no others
 */
export function readName(name: string, serviceWords: readonly string[] = NO_WORDS): NameReading {
  let reader = readers.get(serviceWords);
  if (!reader) {
    reader = memoizeByKey((each) => reading(each, serviceWords));
    readers.set(serviceWords, reader);
  }
  return reader(name);
}

function reading(name: string, serviceWords: readonly string[]): NameReading {
  const all = keyWords(name);
  const others = withoutService(all, serviceWords);
  const words = others.length > 0 ? others : all;
  const isDestructive =
    words.some((word) => WORDS.destructive.has(word)) ||
    (!WORDS.reading.has(words[0] ?? '') &&
      words.some((word, index) => words.slice(index + 1).some((next) => ERASING.get(word)?.has(next))));
  const does = doing(words, isDestructive);
  const category = categoryOf(words);
  const isAdmin = does !== 'reads' && changesRights(words, category);
  return { words, snakeCase: words.join('_'), does, isAdmin, isDestructive, category };
}

/** Removes service words, also across a word boundary: `GitHub` splits into two words. */
function withoutService(words: readonly string[], serviceWords: readonly string[]): readonly string[] {
  return words.filter(
    (word, index) =>
      !serviceWords.includes(word) &&
      !serviceWords.includes(`${word}${words[index + 1] ?? ''}`) &&
      !serviceWords.includes(`${words[index - 1] ?? ''}${word}`),
  );
}

function doing(words: readonly string[], isDestructive: boolean): NameReading['does'] {
  if (isDestructive || words.some((word) => WORDS.changing.has(word))) return 'changes';
  if (words.some((word, index) => joinsChange(word, words[index - 1], words[index + 1]))) return 'changes';
  if (words.some((word, index) => WORDS.running.has(word) && WORDS.programs.has(words[index + 1] ?? '')))
    return 'changes';
  const [start = '', ...rest] = words;
  if (WORDS.readingFirst.has(start)) return 'reads';
  if (WORDS.viewing.has(start) && rest.some((word) => WORDS.viewed.has(word))) return 'reads';
  const first = words.findIndex((word) => WORDS.reading.has(word) || WORDS.changingOrThing.has(word));
  if (first < 0) return 'unknown';
  if (WORDS.changingOrThing.has(words[first] ?? '')) return 'changes';
  // `check_in` and `check_out` change something.
  if (words[first] === 'check' && /^(?:in|out)$/.test(words[first + 1] ?? '')) return 'changes';
  return WORDS.readingOrThing.has(words[first] ?? '') && endsInChange(words) ? 'changes' : 'reads';
}

/** Returns true if a joined word is a second action (`check_and_ship`) and not a second noun (`get_name_and_title`). */
function joinsChange(word: string, before: string | undefined, after: string | undefined): boolean {
  if (!WORDS.joining.has(word) || before === undefined || after === undefined || WORDS.reading.has(after)) return false;
  const isThing =
    (THINGS.has(after) && !/^(?:lock|rebook|remit|checkout)$/.test(after)) || PLURAL_OR_ABSTRACT.test(after);
  return WORDS.changingOrThing.has(after) || word === 'then' || WORDS.reading.has(before) || !isThing;
}

function endsInChange(words: readonly string[]): boolean {
  return WORDS.changingAtEnd.has(words.at(-1) ?? '') && !WORDS.beforeThings.has(words.at(-2) ?? '');
}

function changesRights(words: readonly string[], category: string | undefined): boolean {
  const has = (set: ReadonlySet<string>): boolean => words.some((word) => set.has(word));
  // Inviting guests to a meeting grants no rights.
  const isMeeting = category === 'calendar';
  if (has(WORDS.adminAlone)) return !isMeeting;
  if (!has(WORDS.managing)) return false;
  return (
    (has(WORDS.adminThings) && !isMeeting) ||
    (has(WORDS.people) && !has(WORDS.profileThings)) ||
    (has(WORDS.keys) && has(WORDS.kindsOfKey)) ||
    (has(WORDS.destructive) && WORDS.containers.has(words.at(-1) ?? ''))
  );
}

function categoryOf(words: readonly string[]): string | undefined {
  return CATEGORIES.find(
    (row) =>
      words.some((word) => row.words.has(word)) || row.pairs.some((pair) => pair.every((word) => words.includes(word))),
  )?.category;
}
