import { characters, runEnd } from '../characters.ts';
import { PASSWORD_HASHES } from './data/password-hashes.ts';
import { matchAt } from '../patterns.ts';
import { canBegin, type Finder, type TextScan } from './text-scan.ts';
import { shapeOf } from './value.ts';

const PRIVATE_KEY_HEADER = / ?[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-{5}/y;
const CLOSING = '-----END';
const MAX_KEY_LENGTH = 32_768;
const IN_KEY = characters(/[A-Za-z0-9+/=\s\\]/);
// The shortest real key, of Ed25519, has 64 characters. Masks and dots do not match.
const KEY_BODY =
  /(?:[\s\\"'+]|[A-Z][A-Za-z0-9-]{1,20}: [^\n\\]{0,80}(?:\n|\\n)){0,200}(?:[A-Za-z0-9+/=](?:[\s"',]|\\[nr"]){0,12}){60}/y;

/** A PEM block (RFC 7468) from its header to its footer, or to the last key character if the footer is missing. */
const privateKey: Finder = (scan, start, end) => {
  const { text } = scan;
  if (start < scan.blockEnd || !matchAt(PRIVATE_KEY_HEADER, text, end)) return;
  const body = PRIVATE_KEY_HEADER.lastIndex;
  if (!matchAt(KEY_BODY, text, body)) return;
  const cut = runEnd(text, KEY_BODY.lastIndex, IN_KEY);
  const closing = closingAfter(scan, body);
  const footer = closing - body < MAX_KEY_LENGTH ? text.indexOf('-----', closing + CLOSING.length) : -1;
  scan.blockEnd = footer < 0 || footer - closing > 60 ? cut : footer + 5;
  scan.add(start, scan.blockEnd, 'PRIVATE_KEY');
};

function closingAfter(scan: TextScan, at: number): number {
  if (scan.closing < at) {
    const next = scan.text.indexOf(CLOSING, at);
    scan.closing = next < 0 ? Infinity : next;
  }
  return scan.closing;
}

const IN_WEB_TOKEN = characters(/[\w-]/);
const IN_WEB_TOKEN_END = characters(/[\w.=-]/);

/** A JSON Web Token (RFC 7519): base64url parts, of which the first two are JSON objects (`{"` is `eyJ`). */
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

/** A JSON Web Token that is base64-encoded once more (`eyJ` is `ZXlK`). */
const encodedWebToken: Finder = (scan, start) => {
  const { text } = scan;
  if (start < scan.webTokenEnd || !canBegin(text, start) || !text.startsWith('ZXlK', start)) return;
  const stop = runEnd(text, start, IN_BASE64);
  scan.webTokenEnd = stop;
  const decoded = Buffer.from(text.slice(start, Math.min(stop, start + 1200)), 'base64').toString('latin1');
  if (/^eyJ[\w-]{8,800}\.ey/.test(decoded)) scan.add(start, stop, 'JWT');
};

const IN_TICKET = characters(/[\w$:@./*-]/);

function passwordHash(body: RegExp): Finder {
  const pattern = new RegExp(body.source, 'y');
  return (scan, start, end) => {
    if (start < scan.blockEnd || !matchAt(pattern, scan.text, end)) return;
    scan.blockEnd = runEnd(scan.text, pattern.lastIndex, IN_TICKET);
    scan.add(start, scan.blockEnd, 'PASSWORD_HASH');
  };
}

/** Finders of private keys, JSON Web Tokens and password hashes. */
export const blockFinders = (): [keyword: string, find: Finder][] => [
  ['-----begin', privateKey],
  ['eyj', webToken],
  ['zxlk', encodedWebToken],
  ...PASSWORD_HASHES.map(([prefix, body]): [string, Finder] => [prefix, passwordHash(body)]),
];
