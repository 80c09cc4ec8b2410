import { FIELD_NAMES, SQL_WORDS } from './data/field-names.ts';
import { CATEGORY_WORDS, ERASING_WORDS, NAME_WORDS } from './data/name-words.ts';

type WordSets<Lists> = { readonly [Name in keyof Lists]: ReadonlySet<string> };

export const WORDS: WordSets<typeof NAME_WORDS> = setsOf(NAME_WORDS);
export const FIELDS: WordSets<typeof FIELD_NAMES> = setsOf(FIELD_NAMES);
export const SQL: WordSets<typeof SQL_WORDS> = setsOf(SQL_WORDS);

export const ERASING: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  ERASING_WORDS.map(([first, others]) => [first, new Set(others.split(' '))]),
);

/** A category with the words, or pairs of words, that identify it. */
export interface Category {
  readonly category: string;
  readonly words: ReadonlySet<string>;
  readonly pairs: readonly (readonly string[])[];
}

export const CATEGORIES: readonly Category[] = CATEGORY_WORDS.map(([category, terms]) => {
  const all = terms.split(',').map((term) => term.split(' '));
  return {
    category,
    words: new Set(all.flatMap(([word = '', other]) => (other === undefined ? [word] : []))),
    pairs: all.filter(({ length }) => length > 1),
  };
});

function setsOf<Lists extends Readonly<Record<string, string>>>(lists: Lists): WordSets<Lists> {
  const entries = Object.entries(lists).map(([name, words]) => [name, new Set(words.trim().split(/\s+/))] as const);
  return Object.fromEntries(entries) as unknown as WordSets<Lists>;
}
