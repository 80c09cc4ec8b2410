import { keyWords, memoizeByKey } from '../detection/key-words.ts';
import {
  ABOUT_ONESELF,
  ADMIN_BY_ITSELF,
  ADMIN_THINGS,
  BEFORE_THINGS,
  CATEGORIES,
  CHANGING,
  CHANGING_AT_LAST,
  CHANGING_OR_THING,
  CONTAINERS,
  DESTRUCTIVE,
  KEYS,
  KINDS_OF_KEY,
  MANAGING,
  PEOPLE,
  PROGRAMS,
  READING,
  READING_OR_THING,
  RUNNING,
} from './name-words.ts';

/** What a function's name says, or a path that is written like one. */
export interface NameReading {
  readonly words: readonly string[];
  /** `send_email` for `SendEmail`. */
  readonly snakeCase: string;
  readonly does: 'reads' | 'changes' | 'unknown';
  /** Whether it changes who may do what. */
  readonly isAdmin: boolean;
  readonly isDestructive: boolean;
  readonly category: string | undefined;
}

const JOINING: ReadonlySet<string> = new Set(['and', 'then', 'or']);

/** As nouns are formed, and hardly a verb. */
const PLURAL_OR_ABSTRACT = /(?:[^s]s|ity|ness|ance|ence)$/;
const THINGS: ReadonlySet<string> = new Set([
  ...CATEGORIES.flatMap((row) => [...row.words]),
  ...ADMIN_THINGS,
  ...PEOPLE,
  ...ABOUT_ONESELF,
  ...KEYS,
  ...CONTAINERS,
  ...['date', 'time', 'name', 'id', 'price', 'size', 'type', 'number', 'weather', 'location', 'description', 'title'],
]);

const NO_WORDS: readonly string[] = [];
const readers = new WeakMap<readonly string[], (name: string) => NameReading>();

/**
 * Reads a name by its words, whatever its spelling (`sendEmail`, `send-email`).
 *
 * @param serviceWords what stands for the service and is left out, unless nothing else is left
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
  const isDestructive = words.some((word) => DESTRUCTIVE.has(word));
  const does = doing(words, isDestructive);
  const category = categoryOf(words);
  const isAdmin = does !== 'reads' && changesRights(words, category);
  return { words, snakeCase: words.join('_'), does, isAdmin, isDestructive, category };
}

/** `GitHub` is two words by its capitals and one by its meaning. */
function withoutService(words: readonly string[], serviceWords: readonly string[]): readonly string[] {
  return words.filter(
    (word, index) =>
      !serviceWords.includes(word) &&
      !serviceWords.includes(`${word}${words[index + 1] ?? ''}`) &&
      !serviceWords.includes(`${words[index - 1] ?? ''}${word}`),
  );
}

function doing(words: readonly string[], isDestructive: boolean): NameReading['does'] {
  if (isDestructive || words.some((word) => CHANGING.has(word))) return 'changes';
  if (words.some((word, index) => joinsChange(word, words[index - 1], words[index + 1]))) return 'changes';
  if (words.some((word, index) => RUNNING.has(word) && PROGRAMS.has(words[index + 1] ?? ''))) return 'changes';
  const first = words.findIndex((word) => READING.has(word) || CHANGING_OR_THING.has(word));
  if (first < 0) return 'unknown';
  if (CHANGING_OR_THING.has(words[first] ?? '')) return 'changes';
  // Who checks in or out does not look something up.
  if (words[first] === 'check' && /^(?:in|out)$/.test(words[first + 1] ?? '')) return 'changes';
  return READING_OR_THING.has(words[first] ?? '') && endsInChange(words) ? 'changes' : 'reads';
}

/** `check_and_ship`: what is joined to something to do is that too; what is joined to a thing may be one more of them. */
function joinsChange(word: string, before: string | undefined, after: string | undefined): boolean {
  if (!JOINING.has(word) || before === undefined || after === undefined || READING.has(after)) return false;
  const isThing =
    (THINGS.has(after) && !/^(?:lock|rebook|remit|checkout)$/.test(after)) || PLURAL_OR_ABSTRACT.test(after);
  return CHANGING_OR_THING.has(after) || word === 'then' || READING.has(before) || !isThing;
}

function endsInChange(words: readonly string[]): boolean {
  return CHANGING_AT_LAST.has(words.at(-1) ?? '') && !BEFORE_THINGS.has(words.at(-2) ?? '');
}

function changesRights(words: readonly string[], category: string | undefined): boolean {
  const has = (set: ReadonlySet<string>): boolean => words.some((word) => set.has(word));
  // Guests of a meeting are given no rights.
  const isMeeting = category === 'calendar';
  if (has(ADMIN_BY_ITSELF)) return !isMeeting;
  if (!has(MANAGING)) return false;
  return (
    (has(ADMIN_THINGS) && !isMeeting) ||
    (has(PEOPLE) && !has(ABOUT_ONESELF)) ||
    (has(KEYS) && has(KINDS_OF_KEY)) ||
    (has(DESTRUCTIVE) && CONTAINERS.has(words.at(-1) ?? ''))
  );
}

function categoryOf(words: readonly string[]): string | undefined {
  return CATEGORIES.find(
    (row) =>
      words.some((word) => row.words.has(word)) || row.pairs.some((pair) => pair.every((word) => words.includes(word))),
  )?.category;
}
