import { Automaton } from '../automaton.ts';
import type { Detector } from '../span.ts';
import { assignmentFinders } from './assignments.ts';
import { blockFinders } from './blocks.ts';
import { contextFinders } from './contexts.ts';
import { Scan } from './scan.ts';
import type { Finder } from './scan.ts';
import { tokenFinders } from './tokens.ts';
import { wholeValue } from './whole-value.ts';

export { isSecretKey } from './secret-key.ts';

interface Search {
  readonly automaton: Automaton;
  readonly keywords: readonly { readonly length: number; readonly finders: readonly Finder[] }[];
}

let built: Search | undefined;

function search(): Search {
  if (built) return built;
  const finders = new Map<string, Finder[]>();
  for (const [keyword, find] of [...tokenFinders(), ...blockFinders(), ...contextFinders(), ...assignmentFinders()]) {
    const known = finders.get(keyword);
    if (known) known.push(find);
    else finders.set(keyword, [find]);
  }
  built = {
    automaton: new Automaton([...finders.keys()]),
    keywords: [...finders].map(([keyword, list]) => ({ length: keyword.length, finders: list })),
  };
  return built;
}

/**
 * Finds what lets someone in: vendors' tokens, private keys, web tokens, passwords, credentials in URLs and headers, and
 * the whole value of a field whose name says that it is one. A span covers the secret without the name in front of it.
 */
export const findSecrets: Detector = (text, place, found) => {
  const { automaton, keywords } = search();
  const scan = new Scan(text, found);
  automaton.each(text, (word, end) => {
    const keyword = keywords[word];
    if (!keyword) return;
    for (const find of keyword.finders) find(scan, end - keyword.length, end);
  });
  wholeValue(text, place, found);
};
