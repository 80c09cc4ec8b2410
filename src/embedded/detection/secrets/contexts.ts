import { characters, runEnd } from '../characters.ts';
import { CONFIGURATIONS } from './data/configurations.ts';
import { COMMANDS_WITH_PASSWORD, CONNECTION_STRING_KEYS } from './data/secret-words.ts';
import { matchAt } from '../patterns.ts';
import type { Finder, TextScan } from './text-scan.ts';
import { isPlaceholder, isWordOfCode, looksGenerated, looksLikePassword } from './value.ts';

// RFC 3986, but a password may carry an unescaped `@`: the last one before the path counts.
const USER_AND_PASSWORD = /[^\s:/?#@"'`<>[\]{}\\]{0,128}:([^\s/"'`<>\\]{1,128})@(?=[\w[{$%])/y;

// `redis://user:pass@localhost`, `user:password@{host}`: manuals write it, and it leads nowhere.
const NO_HOST = /^@(?:(?:localhost|127\.0\.0\.1)(?![\w.-])|[{$%])/;

const urlPassword: Finder = (scan, start, end) => {
  if (!/[a-z0-9]/i.test(scan.text[start - 1] ?? '')) return;
  const match = matchAt(USER_AND_PASSWORD, scan.text, end);
  const password = match?.[1];
  if (password === undefined || isPlaceholder(password)) return;
  const stop = USER_AND_PASSWORD.lastIndex - 1;
  if (isWordOfCode(password) && NO_HOST.test(scan.text.slice(stop, stop + 12))) return;
  scan.add(stop - password.length, stop, 'PASSWORD');
};

const SCHEME_JOINT = /(?:\\?["']?\s{0,2}[:=]\s{0,2}|\s{1,3}|%20|\+)(?:\\?["'`<(])?/y;
const CREDENTIALS = /[A-Za-z0-9\-._~+/=%|:$!]{8,128}/y;
const IN_CREDENTIALS = characters(/[A-Za-z0-9\-._~+/=%|:$!]/);
const LAST_IN_PROSE = /[.:!]+$/;

function credentialsAt(scan: TextScan, at: number, isSecret: (value: string) => boolean, type: string): void {
  const match = matchAt(CREDENTIALS, scan.text, at);
  if (!match) return;
  const value = match[0].replace(LAST_IN_PROSE, '');
  if (isPlaceholder(value) || !isSecret(value)) return;
  scan.valueEnd = value.length === 128 ? runEnd(scan.text, at + 128, IN_CREDENTIALS) : at + value.length;
  scan.add(at, scan.valueEnd, type);
}

/** RFC 6750. */
const bearer: Finder = (scan, start, end) => {
  if (start < scan.valueEnd || !matchAt(SCHEME_JOINT, scan.text, end)) return;
  credentialsAt(scan, SCHEME_JOINT.lastIndex, looksGenerated, 'BEARER_TOKEN');
};

/** RFC 7617: base64 of `user:password`. */
const basic: Finder = (scan, start, end) => {
  if (start < scan.valueEnd || !matchAt(SCHEME_JOINT, scan.text, end)) return;
  credentialsAt(scan, SCHEME_JOINT.lastIndex, isUserAndPassword, 'BASIC_AUTHORIZATION');
};

export function isUserAndPassword(value: string): boolean {
  return /^[\x20-\x7e]{0,64}:[\x20-\x7e]+$/.test(Buffer.from(value, 'base64').toString('latin1'));
}

const HEADER_JOINT =
  /\\?["'\]]{0,2}\s{0,3}[:=,]{1,2}>?\s{0,3}\\?["'`]?(?:(?:Bearer|Basic|Token|SSWS|ApiKey|Api-Key|Key|Digest|OAuth|Negotiate|GenieKey|token)\s{1,3}(?:token=)?\\?["']?)?/y;

// Payment APIs call an authorization's id `authorization`: `iauth_1Pgc78B7WZ01zgkW9IPKCfII`.
const OBJECT_ID = /^[a-z]{2,8}_[A-Za-z0-9]{14,32}$/;

const authorization: Finder = (scan, start, end) => {
  if (start < scan.valueEnd || !matchAt(HEADER_JOINT, scan.text, end)) return;
  credentialsAt(
    scan,
    HEADER_JOINT.lastIndex,
    (value) => looksGenerated(value) && !OBJECT_ID.test(value),
    'AUTHORIZATION',
  );
};

// `AccountKey=X;`: only the semicolon ends a value.
const CONNECTION_VALUE = /\s{0,2}=\s{0,2}(?:[A-Za-z0-9+/_-]{20,100}={0,2})/y;

const connectionKey: Finder = (scan, start, end) => {
  if (start < scan.valueEnd) return;
  const match = matchAt(CONNECTION_VALUE, scan.text, end);
  if (!match) return;
  const value = match[0].replace(/^\s*=\s*/, '');
  if (!looksGenerated(value)) return;
  scan.valueEnd = CONNECTION_VALUE.lastIndex;
  scan.add(scan.valueEnd - value.length, scan.valueEnd, 'CONNECTION_STRING');
};

const COMMAND_REACH = 400;
const command: Finder = (scan, _start, end) => {
  scan.command = end;
};
// `curl -u user:X`, `smbclient -U user%X`, `lftp -u user,X`
const USER_OPTION = /[= ]?\s{0,3}["']?[^\s:"'[]{1,80}[:%,]([^\s"']{3,128})/y;
const PASSWORD_OPTION = /[= ]?["']?([^\s"'-][^\s"']{3,127})/y;

/** `curl -u user:password`. */
const userOption: Finder = (scan, start, end) => {
  if (start - scan.command > COMMAND_REACH) return;
  const password = matchAt(USER_OPTION, scan.text, end)?.[1];
  if (password === undefined || isPlaceholder(password)) return;
  scan.add(USER_OPTION.lastIndex - password.length, USER_OPTION.lastIndex, 'PASSWORD');
};

/** `docker login -p password`. */
const passwordOption: Finder = (scan, start, end) => {
  if (start - scan.command > COMMAND_REACH) return;
  const password = matchAt(PASSWORD_OPTION, scan.text, end)?.[1];
  if (password === undefined || !looksLikePassword(password, true)) return;
  scan.add(PASSWORD_OPTION.lastIndex - password.length, PASSWORD_OPTION.lastIndex, 'PASSWORD');
};

const ATTACHED = /[^\s"'-][^\s"']{3,127}/y;
/** `mysql -ppassword`. */
const attachedPassword: Finder = (scan, start, end) => {
  if (start - scan.command > COMMAND_REACH || !/\s/.test(scan.text[start - 1] ?? '')) return;
  const password = matchAt(ATTACHED, scan.text, end)?.[0];
  if (password === undefined || !looksLikePassword(password, false)) return;
  scan.add(end, end + password.length, 'PASSWORD');
};

const SECRET_KIND = /["']?\s{0,3}:\s{0,3}["']?secret["']?\s{0,20}(?:[\n\r,}\\]|$)/iy;
const ENTRY =
  /(?:\s|\\n|[{,"']|#[^\n]{0,200}\n){1,400}[\w.-]{1,80}["']?:\s{0,3}(?:[|>]-?\s{1,40})?["']?(?=[A-Za-z0-9+/]{10})/y;
const IN_BASE64 = characters(/[A-Za-z0-9+/=]/);
const BLOCK_JOINT = /["']?\s{0,3}:\s{0,20}/y;
const MANIFEST_REACH = 2_000;

/** The values under `data:` and `stringData:` in a Kubernetes manifest of kind Secret. */
const manifestKind: Finder = (scan, start, end) => {
  if (!matchAt(SECRET_KIND, scan.text, end)) return;
  scan.kind = start;
  if (start - scan.entries < MANIFEST_REACH) manifestEntries(scan);
};
const manifestBlock: Finder = (scan, start, end) => {
  if (
    /(?<!string)(?<=[a-z])$/i.test(scan.text.slice(Math.max(0, start - 6), start)) ||
    !matchAt(BLOCK_JOINT, scan.text, end)
  )
    return;
  scan.entries = BLOCK_JOINT.lastIndex - 1;
  if (start - scan.kind < MANIFEST_REACH) manifestEntries(scan);
};
function manifestEntries(scan: TextScan): void {
  let at = scan.entries;
  scan.entries = -Infinity;
  while (matchAt(ENTRY, scan.text, at)) {
    const from = ENTRY.lastIndex;
    at = runEnd(scan.text, from, IN_BASE64);
    if (!isPlaceholder(scan.text.slice(from, at))) scan.add(from, at, 'KUBERNETES_SECRET');
  }
}

const TELEGRAM = /:A[A-Za-z0-9_-]{34}(?![A-Za-z0-9_-])/y;
/** `123456789:AA…`, also right after `bot` in the API's paths. */
const telegramToken: Finder = (scan, start) => {
  const number = /(?:^|[^A-Za-z0-9]|bot)([0-9]{8,10})$/.exec(scan.text.slice(Math.max(0, start - 13), start))?.[1];
  if (number === undefined || !matchAt(TELEGRAM, scan.text, start)) return;
  scan.add(start - number.length, TELEGRAM.lastIndex, 'TELEGRAM_BOT_TOKEN');
};

function configured(after: RegExp): Finder {
  const pattern = new RegExp(after.source, 'dy');
  return (scan, start, end) => {
    const [from, to] = matchAt(pattern, scan.text, end)?.indices?.[1] ?? [0, 0];
    if (start >= scan.valueEnd && looksLikePassword(scan.text.slice(from, to), false)) scan.add(from, to, 'PASSWORD');
  };
}

/** Finders of secrets by their context, other than a name and an operator. */
export const contextFinders = (): [keyword: string, find: Finder][] => [
  ['://', urlPassword],
  ['bearer', bearer],
  ['basic', basic],
  ['authorization', authorization],
  ...CONNECTION_STRING_KEYS.map((key): [string, Finder] => [key, connectionKey]),
  ...COMMANDS_WITH_PASSWORD.map((name): [string, Finder] => [name, command]),
  ['-u ', userOption],
  ['--user ', userOption],
  ['--proxy-user ', userOption],
  ['-p ', passwordOption],
  ['-p', attachedPassword],
  ['-a ', passwordOption],
  ['kind', manifestKind],
  ['data', manifestBlock],
  [':a', telegramToken],
  ...CONFIGURATIONS.map(([word, after]): [string, Finder] => [word, configured(after)]),
];
