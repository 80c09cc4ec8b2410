import { keyWords } from '../key-words.ts';
import { namesNoSecret } from './other-names.ts';

/** A password or a secret is one whatever it looks like; a token or a key has to look a little like one. */
export type SecretKeyKind = 'password' | 'token';

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const PASSWORDS = list('password passwd passphrase passcode pwd pass secret mnemonic');
const TOKENS = list('token apikey authorization credential credentials secrets jwt bearer pat');
/** `accesstoken`, `dbpassword`: names written as one word. */
const IN_ONE_WORD =
  /(?:password|passwd|passphrase|(?:api|app|access|secret|private|auth|account|master|encryption|signing|shared|license)(?:key|token|secret)|(?:client|app|consumer|shared)secret|(?:session|bearer|id|refresh|bot)token)$/;
/** What makes a key a secret one when it stands in front of `key`. */
const BEFORE_KEY = list(
  'api access secret private auth account master encryption signing shared app application service admin root ssh rsa ' +
    'deploy license subscription hmac webhook jwt session consumer storage integration ingestion bot write',
);
const BEFORE_TOKENS = list('access auth refresh api');
const BEFORE_PHRASE = list('seed recovery backup mnemonic secret');
/** `password_1`, `client_secret_old` */
const ADDED =
  /^(?:[0-9]{1,3}|old|new|current|confirm|confirmation|again|value|prod|production|dev|test|live|staging|plaintext|plain|raw)$/;

/** The names in placeholders name what was there, not what follows. */
const PLACEHOLDERS = /\[REDACTED:[A-Z0-9_:#-]{1,40}\]/g;

function kindOf(words: readonly string[]): SecretKeyKind | undefined {
  const last = (words.at(-1) ?? '').replace(/[0-9]{1,3}$/, '');
  const before = words.at(-2) ?? '';
  if (PASSWORDS.has(last)) return 'password';
  if (TOKENS.has(last)) return 'token';
  if (last === 'key' || last === 'keys') return BEFORE_KEY.has(before) ? 'token' : undefined;
  if (last === 'tokens') return BEFORE_TOKENS.has(before) ? 'token' : undefined;
  if (/^(?:phrase|codes?)$/.test(last)) return BEFORE_PHRASE.has(before) ? 'password' : undefined;
  const glued = IN_ONE_WORD.exec(last)?.[0];
  if (glued === undefined) return undefined;
  return glued.startsWith('pass') ? 'password' : 'token';
}

/** How a field's name makes its value a secret, if it does. */
export function secretKeyKind(key: string): SecretKeyKind | undefined {
  const words = keyWords(key.replace(PLACEHOLDERS, ' '));
  const kind = kindOf(words) ?? (ADDED.test(words.at(-1) ?? '') ? kindOf(words.slice(0, -1)) : undefined);
  return kind === undefined || namesNoSecret(words, kind === 'password') ? undefined : kind;
}

/** Whether a field's name makes its value a secret by structure: `password`, `apiKey`, `client_secret`, `access_token`. */
export function isSecretKey(key: string): boolean {
  return secretKeyKind(key) !== undefined;
}
