import { canBegin, characters, matchAt, runEnd } from './scan.ts';
import type { Finder, Scan } from './scan.ts';
import { shapeOf } from './shape.ts';

const PRIVATE_KEY_HEADER = / ?[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-{5}/y;
const CLOSING = '-----END';
const LONGEST_KEY = 32_768;
const IN_KEY = characters(/[A-Za-z0-9+/=\s\\]/);
// The shortest real key, of Ed25519, has 64 characters; masks and dots in its place are no key.
const KEY_BODY =
  /(?:[\s\\"'+]|[A-Z][A-Za-z0-9-]{1,20}: [^\n\\]{0,80}(?:\n|\\n)){0,200}(?:[A-Za-z0-9+/=](?:[\s"',]|\\[nr"]){0,12}){60}/y;

/** A PEM block (RFC 7468), from its header to its footer, or, where that is cut off, as far as the key's characters go. */
const privateKey: Finder = (scan, start, end) => {
  const { text } = scan;
  if (start < scan.blockEnd || !matchAt(PRIVATE_KEY_HEADER, text, end)) return;
  const body = PRIVATE_KEY_HEADER.lastIndex;
  if (!matchAt(KEY_BODY, text, body)) return;
  const cut = runEnd(text, KEY_BODY.lastIndex, IN_KEY);
  const closing = closingAfter(scan, body);
  const footer = closing - body < LONGEST_KEY ? text.indexOf('-----', closing + CLOSING.length) : -1;
  scan.blockEnd = footer < 0 || footer - closing > 60 ? cut : footer + 5;
  scan.add(start, scan.blockEnd, 'PRIVATE_KEY');
};

function closingAfter(scan: Scan, at: number): number {
  if (scan.closing < at) {
    const next = scan.text.indexOf(CLOSING, at);
    scan.closing = next < 0 ? Infinity : next;
  }
  return scan.closing;
}

const IN_WEB_TOKEN = characters(/[\w-]/);
const IN_WEB_TOKEN_END = characters(/[\w.=-]/);

/** A JSON Web Token (RFC 7519): two or more base64url parts, the first two of which are JSON objects (`{"` is `eyJ`). */
const webToken: Finder = (scan, start) => {
  const { text } = scan;
  if (start < scan.webTokenEnd || start < scan.tokenEnd || !canBegin(text, start) || !text.startsWith('eyJ', start))
    return;
  const header = runEnd(text, start, IN_WEB_TOKEN);
  scan.webTokenEnd = header;
  if (header - start < 12 || text[header] !== '.' || text[header + 1] !== 'e' || text[header + 2] !== 'y') return;
  const stop = runEnd(text, header, IN_WEB_TOKEN_END);
  scan.webTokenEnd = stop;
  if (stop - header < 12 || shapeOf(text.slice(start, start + 128)).entropy < 2.5) return;
  scan.tokenEnd = stop;
  scan.add(start, text.endsWith('.', stop) && text[stop - 2] !== '.' ? stop - 1 : stop, 'JWT');
};

const IN_BASE64 = characters(/[\w+/=-]/);

/** The same in base64 once more (`eyJ` is `ZXlK`). */
const encodedWebToken: Finder = (scan, start) => {
  const { text } = scan;
  if (start < scan.webTokenEnd || !canBegin(text, start) || !text.startsWith('ZXlK', start)) return;
  const stop = runEnd(text, start, IN_BASE64);
  scan.webTokenEnd = stop;
  const decoded = Buffer.from(text.slice(start, Math.min(stop, start + 1200)), 'base64').toString('latin1');
  if (/^eyJ[\w-]{8,800}\.ey/.test(decoded)) scan.add(start, stop, 'JWT');
};

// crypt(5), bcrypt, argon2 and scrypt strings; Kerberos tickets as they are attacked; LDAP's salted SHA-1.
const HASHES: readonly (readonly [string, RegExp])[] = [
  ['$2a$', /[0-9]{2}\$[A-Za-z0-9./]{53}/y],
  ['$2b$', /[0-9]{2}\$[A-Za-z0-9./]{53}/y],
  ['$2x$', /[0-9]{2}\$[A-Za-z0-9./]{53}/y],
  ['$2y$', /[0-9]{2}\$[A-Za-z0-9./]{53}/y],
  ['$1$', /[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}/y],
  ['$apr1$', /[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}/y],
  ['$5$', /(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43}/y],
  ['$6$', /(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{86}/y],
  ['$y$', /[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{1,86}\$[A-Za-z0-9./]{43}/y],
  ['$7$', /[A-Za-z0-9./]{11,97}\$[A-Za-z0-9./]{43}/y],
  [
    '$argon2',
    /(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?[a-z]=[0-9]{1,10},[a-z]=[0-9]{1,10},[a-z]=[0-9]{1,5}\$[A-Za-z0-9+/]{8,88}\$[A-Za-z0-9+/]{16,172}/y,
  ],
  ['$scrypt$', /ln=[0-9]{1,3},r=[0-9]{1,3},p=[0-9]{1,3}\$[A-Za-z0-9+/=]{8,88}\$[A-Za-z0-9+/=]{20,172}/y],
  ['$pbkdf2-', /[a-z0-9]{3,10}\$[0-9]{1,9}\$[A-Za-z0-9+/.=]{8,88}\$[A-Za-z0-9+/.=]{20,172}/y],
  ['pbkdf2_sha256$', /[0-9]{1,9}\$[A-Za-z0-9]{8,32}\$[A-Za-z0-9+/=]{40,50}/y],
  ['$krb5asrep$', /[^\s"'`]{60}/y],
  ['$krb5tgs$', /[^\s"'`]{60}/y],
  ['$krb5pa$', /[^\s"'`]{60}/y],
  ['{ssha}', /[A-Za-z0-9+/]{32}={0,2}/y],
  ['{ssha512}', /[A-Za-z0-9+/]{80,120}={0,2}/y],
];
const IN_TICKET = characters(/[\w$:@./*-]/);

const passwordHash = (pattern: RegExp): Finder => {
  return (scan, start, end) => {
    if (start < scan.blockEnd || !matchAt(pattern, scan.text, end)) return;
    scan.blockEnd = runEnd(scan.text, pattern.lastIndex, IN_TICKET);
    scan.add(start, scan.blockEnd, 'PASSWORD_HASH');
  };
};

/** What begins a key, a web token or a password's hash. */
export const blockFinders = (): [keyword: string, find: Finder][] => [
  ['-----begin', privateKey],
  ['eyj', webToken],
  ['zxlk', encodedWebToken],
  ...HASHES.map(([keyword, pattern]): [string, Finder] => [keyword, passwordHash(pattern)]),
];
