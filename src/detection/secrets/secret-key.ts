import { keyWords } from '../key-words.ts';
import { namesNoSecret } from './other-names.ts';

export type SecretKeyKind = 'password' | 'token';

const PASSWORDS = new Set(['password', 'passwd', 'passphrase', 'passcode', 'pwd', 'pass', 'secret', 'mnemonic']);
const TOKENS = new Set([
  'secrets',
  'token',
  'apikey',
  'authorization',
  'credential',
  'credentials',
  'jwt',
  'bearer',
  'pat',
]);
const GLUED =
  /(?:password|passwd|passphrase|(?:api|app|access|secret|private|auth|account|master|encryption|signing|shared|license)(?:key|token|secret)|clientsecret|appsecret|sessiontoken|authtoken|bearertoken|idtoken|refreshtoken)$/;
/** What makes a key a secret one, when it stands in front of `key`. */
const KINDS_OF_KEY = new Set(
  'api access secret private auth account master encryption signing shared app application service admin root ssh rsa deploy license subscription hmac webhook jwt session consumer storage integration ingestion bot write'.split(
    ' ',
  ),
);
const KINDS_OF_PHRASE = new Set(['seed', 'recovery', 'backup', 'mnemonic', 'secret']);
function kindOf(words: readonly string[]): SecretKeyKind | undefined {
  const last = words.at(-1);
  if (last === undefined || namesNoSecret(words)) return undefined;
  const before = words.at(-2) ?? '';
  if (PASSWORDS.has(last)) return 'password';
  if (last === 'phrase' || last === 'code' || last === 'codes')
    return KINDS_OF_PHRASE.has(before) ? 'password' : undefined;
  if (last === 'key' || last === 'keys') return KINDS_OF_KEY.has(before) ? 'token' : undefined;
  // `password1`, `token_2`, `client_secret_new`
  if (TOKENS.has(last) || (last === 'tokens' && ['access', 'auth', 'refresh', 'api'].includes(before))) return 'token';
  const glued = GLUED.exec(last)?.[0];
  if (glued === undefined) return undefined;
  return glued.startsWith('pass') ? 'password' : 'token';
}

/** How a field's name makes its value a secret: by structure, or when the value looks like one. */
export function secretKeyKind(key: string): SecretKeyKind | undefined {
  const words = keyWords(key);
  const kind = kindOf(words);
  if (kind !== undefined || words.length < 2) return kind;
  // `password_1`, `client_secret_old`
  const last = words.at(-1) ?? '';
  return /^(?:[0-9]{1,3}|old|new|current|confirm|confirmation|again|value|prod|production|dev|test|live|staging|plaintext|plain|raw)$/.test(
    last,
  )
    ? kindOf(words.slice(0, -1))
    : undefined;
}

/** Whether a field's name makes its value a secret, whatever the value looks like: `password`, `apiKey`, `client_secret`. */
export function isSecretKey(key: string): boolean {
  return secretKeyKind(key) !== undefined;
}
