import type { Place, Span } from '../span.ts';
import { isPlaceholder } from './placeholder.ts';
import { secretKeyKind } from './secret-key.ts';
import { shapeOf } from './shape.ts';
import { isMessage } from './value.ts';

// In payments an authorization is a thing with a number: `iauth_1Pgc78B7WZ01zgkW9IPKCfII`.
const OBJECT_ID = /^[a-z]{2,8}_[A-Za-z0-9]{14,32}$/;
const SCHEME = /^(?:bearer|basic|token|ssws|apikey|digest|negotiate|aws4-hmac-sha256)\s/i;
const WORD = /^[A-Za-z]+$/;

/** A field called `token` holds much else in the APIs of this world: numbers, words, addresses, sentences. */
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

/** Adds the whole text when the field it is the value of is called a secret, unless it only stands for one. */
export function wholeValue(text: string, { key }: Place, found: Span[]): void {
  const kind = key === undefined ? undefined : secretKeyKind(key);
  if (key === undefined || kind === undefined || isPlaceholder(text)) return;
  const value = text.trim();
  if (kind === 'token' ? !isTokenValue(value, key) : isMessage(value)) return;
  const { length } = text;
  // A type that says whose token it is says more.
  if (found.some(({ start, end, dataClass }) => start === 0 && end === length && dataClass === 'SECRETS')) return;
  found.push({ start: 0, end: length, dataClass: 'SECRETS', type: typeOf(key) });
}
