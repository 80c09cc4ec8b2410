import { keyWords } from '../key-words.ts';
import {
  ABOUT_SECRETS,
  BEFORE_KEY,
  BEFORE_PHRASE,
  BEFORE_TOKENS,
  LEADING_PASSWORD,
  PASSWORD_ENDING,
  PASSWORD_FIELDS,
  PUBLIC,
  SWITCHES_AND_COUNTS,
  TOKEN_FIELDS,
} from './data/secret-words.ts';

/**
 * The evidence that a field's name gives: a `password` field makes any value a secret, a `token` field needs a value
 * like a token.
 */
export type SecretKeyKind = 'password' | 'token';

/** `accesstoken`, `dbpassword`: names written as one word. */
const IN_ONE_WORD =
  /(?:password|passwd|passphrase|(?:api|app|access|secret|private|auth|account|master|encryption|signing|shared|license)(?:key|token|secret)|(?:client|app|consumer|shared)secret|(?:session|bearer|id|refresh|bot)token)$/;
/** Suffixes that keep the meaning: `password_1`, `client_secret_old`. */
const ADDED =
  /^(?:[0-9]{1,3}|old|new|current|confirm|confirmation|again|value|prod|production|dev|test|live|staging|plaintext|plain|raw)$/;

/** The type in a placeholder names what was replaced, not the field's value. */
const PLACEHOLDERS = /\[REDACTED:[A-Z0-9_:#-]{1,40}\]/g;

function kindOf(words: readonly string[]): SecretKeyKind | undefined {
  const last = (words.at(-1) ?? '').replace(/[0-9]{1,3}$/, '');
  const before = words.at(-2) ?? '';
  if (PASSWORD_FIELDS.has(last) || PASSWORD_ENDING.test(words.join(' '))) return 'password';
  if (LEADING_PASSWORD.has(words[0] ?? '')) return 'password';
  if (TOKEN_FIELDS.has(last)) return 'token';
  if (last === 'key' || last === 'keys') return BEFORE_KEY.has(before) ? 'token' : undefined;
  if (last === 'tokens') return BEFORE_TOKENS.has(before) ? 'token' : undefined;
  if (/^(?:phrase|codes?)$/.test(last)) return BEFORE_PHRASE.has(before) ? 'password' : undefined;
  const glued = IN_ONE_WORD.exec(last)?.[0];
  if (glued === undefined) return undefined;
  return glued.startsWith('pass') ? 'password' : 'token';
}

/** Returns the evidence of a field's name (`password`, `apiKey`, `client_secret`); undefined for other names. */
export function secretKeyKind(key: string): SecretKeyKind | undefined {
  const words = keyWords(key.replace(PLACEHOLDERS, ' '));
  const kind = kindOf(words) ?? (ADDED.test(words.at(-1) ?? '') ? kindOf(words.slice(0, -1)) : undefined);
  return kind === undefined || isNoSecret(words, kind === 'password') ? undefined : kind;
}

/**
 * Returns true if a name with a secret's word means something else: a switch, a count, a public key, a token's type.
 */
export function isNoSecret(words: readonly string[], isPassword: boolean): boolean {
  if (ABOUT_SECRETS.has(words.at(-1) ?? '')) return true;
  return words.some((word) => SWITCHES_AND_COUNTS.has(word) || (!isPassword && PUBLIC.has(word)));
}
