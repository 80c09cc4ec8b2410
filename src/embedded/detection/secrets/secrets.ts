import type { Detector, Place, Span } from '../span.ts';
import { WordFinder } from '../words.ts';
import { assignmentFinders } from './assignments.ts';
import { blockFinders } from './blocks.ts';
import { contextFinders, isUserAndPassword } from './contexts.ts';
import { secretKeyKind } from './secret-names.ts';
import { TextScan, type Finder } from './text-scan.ts';
import { tokenFinders } from './token-finders.ts';
import { isMessage, isPlaceholder, isVersion, shapeOf } from './value.ts';

interface Search {
  readonly words: WordFinder;
  readonly keywords: readonly { readonly length: number; readonly finders: readonly Finder[] }[];
}

let built: Search | undefined;

/** Builds the search on first use, because most processes never scan. */
function search(): Search {
  if (built) return built;
  const finders = new Map<string, Finder[]>();
  for (const [keyword, find] of [...tokenFinders(), ...blockFinders(), ...contextFinders(), ...assignmentFinders()]) {
    const known = finders.get(keyword);
    if (known) known.push(find);
    else finders.set(keyword, [find]);
  }
  built = {
    words: new WordFinder([...finders.keys()]),
    keywords: [...finders].map(([keyword, list]) => ({ length: keyword.length, finders: list })),
  };
  return built;
}

/**
 * Finds secrets (class `SECRETS`): vendors' tokens, private keys, JWTs, passwords, credentials in URLs and headers, and
 * the whole value of a field that is named for a secret. A span covers the secret without the name before it.
 */
export const findSecrets: Detector = (text, place, found) => {
  const { words, keywords } = search();
  const scan = new TextScan(text, found);
  words.each(text, (word, end) => {
    const keyword = keywords[word];
    if (!keyword) return;
    for (const find of keyword.finders) find(scan, end - keyword.length, end);
  });
  addWholeValue(text, place, found);
};

// Payment APIs call an authorization's id `authorization`: `iauth_1Pgc78B7WZ01zgkW9IPKCfII`.
const OBJECT_ID = /^[a-z]{2,8}_[A-Za-z0-9]{14,32}$/;
const SCHEME = /^(?:bearer|basic|token|ssws|apikey|digest|negotiate|aws4-hmac-sha256)\s/i;
const WORD = /^[A-Za-z]+$/;

/** Checks that a value looks like a token: APIs also use `token` for numbers, words, addresses and sentences. */
function isTokenValue(value: string, key: string): boolean {
  if (value.length < 6 || /^https?:\/\/[^@]*$/i.test(value)) return false;
  const { letters, digits, lower, upper } = shapeOf(value);
  if (/\s/.test(value)) return SCHEME.test(value) || digits > 5;
  if (WORD.test(value)) return value.length >= 16 || (lower > 1 && upper > 1);
  if (letters === 0) return digits >= 12;
  return !(OBJECT_ID.test(value) && /^authorization$/i.test(key));
}

function typeOf(key: string): string {
  if (/secret/i.test(key)) return 'SECRET';
  if (/token|jwt|bearer|auth/i.test(key)) return 'TOKEN';
  return /key/i.test(key) ? 'API_KEY' : 'PASSWORD';
}

/** Adds the whole string when its field is named for a secret, unless it is a placeholder. */
function addWholeValue(text: string, { key }: Place, found: Span[]): void {
  // Docker's `config.json`, `.npmrc`: base64 of `user:password`.
  if (key !== undefined && /^_?auth$/i.test(key) && isUserAndPassword(text))
    found.push({ start: 0, end: text.length, dataClass: 'SECRETS', type: 'BASIC_AUTHORIZATION' });
  const kind = key === undefined ? undefined : secretKeyKind(key);
  if (key === undefined || kind === undefined || isPlaceholder(text)) return;
  const value = text.trim();
  if (kind === 'token' ? !isTokenValue(value, key) : isMessage(value) || isVersion(value)) return;
  const { length } = text;
  // A vendor's type is more specific.
  if (found.some(({ start, end, dataClass }) => start === 0 && end === length && dataClass === 'SECRETS')) return;
  found.push({ start: 0, end: length, dataClass: 'SECRETS', type: typeOf(key) });
}
