import type { Detector, Place, Span } from '../span.ts';
import { assignmentFinders } from './assignments.ts';
import { Automaton } from './automaton.ts';
import { blockFinders } from './blocks.ts';
import { contextFinders } from './contexts.ts';
import { isPlaceholder } from './placeholder.ts';
import { Scan } from './scan.ts';
import type { Finder } from './scan.ts';
import { secretKeyKind } from './secret-key.ts';
import { shapeOf } from './shape.ts';
import { tokenFinders } from './tokens.ts';
import { isMessage } from './value.ts';

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

// In payments an authorization is a thing with a number.
const OBJECT_ID = /^[a-z]{2,8}_[A-Za-z0-9]{14,32}$/;
const WORDS_OF_PROSE = /^[A-Za-z]+$/;

function wholeValue(text: string, { key }: Place, found: Span[]): void {
  const kind = key === undefined ? undefined : secretKeyKind(key);
  if (kind === undefined || isPlaceholder(text)) return;
  const value = text.trim();
  if (kind === 'token' ? !isTokenValue(value, key ?? '') : isMessage(value)) return;
  found.push({ start: 0, end: text.length, dataClass: 'SECRETS', type: kind === 'password' ? 'PASSWORD' : 'TOKEN' });
}

/** A field called `token` holds much else in the APIs of this world: numbers, words, addresses, sentences. */
function isTokenValue(value: string, key: string): boolean {
  if (value.length < 6 || /^https?:\/\/[^@]*$/i.test(value)) return false;
  const { letters, digits, lower, upper } = shapeOf(value);
  if (/\s/.test(value))
    return /^(?:bearer|basic|token|ssws|apikey|digest|negotiate|aws4-hmac-sha256)\s/i.test(value) || digits > 3;
  if (WORDS_OF_PROSE.test(value)) return value.length >= 16 || (lower > 1 && upper > 1);
  return letters > 0 ? !OBJECT_ID.test(value) || !/^authorization$/i.test(key) : digits >= 12;
}
