import { keyWords } from '../key-words.ts';
import { namesNoSecret } from './other-names.ts';
import { characters, type Finder, matchAt, runEnd, type Scan } from './scan.ts';
import { isMessage, looksGenerated, looksGeneratedAlone, looksLikePassword } from './value.ts';

/** What can stand between a name and its value. The only group is no operator at all: `--token X`, `token-X`. */
const OPERATORS = [
  // {"name": "API_KEY", "value": "X"}
  /\s{0,4},?\s{0,4}\\?["']?value\\?["']?\s{0,2}[:=]\s{0,2}/,
  // Of programs, YAML, make, Terraform, tables, and calls: `setProperty("TOKEN", "X")`.
  /\s{0,20}(?:=>|->|:{0,3}=|[?.+|]=|:(?!\/\/)(?:\s{0,2}(?:string|String)\s{0,2}=)?|,(?=\s{0,4}\\?["'`])|\||\{\s{0,9}default\s{0,9}=)\s{0,20}/,
  /\s(?:string|str)\s{0,3}:?=\s{0,3}/,
  // <token>X</token>
  />\s{0,20}/,
  /\s{1,3}(?:is|was|are)\s{0,2}[:=]?\s{1,3}/,
  /([\s.-]{1,4})/,
];
const CLOSING_NAME = /(?:\\?["'`\])]){0,3}/;
const SCHEME = /(?:(?:Bearer|Basic|Token|SSWS|base64)[ :])?/;
const OPENING_VALUE = /((?:\\?["'`(<[*?]){0,3})/;
const sources = OPERATORS.map(({ source }) => source).join('|');
const JOINT = new RegExp(`${CLOSING_NAME.source}(?:${sources})${SCHEME.source}${OPENING_VALUE.source}`, 'y');
const PHRASE = /[^"'`\\<>\n]{1,80}(?=["'`])/y;
const IN_VALUE = characters(/[\w+/=.~%:@!$^*#?&-]/);
const IN_QUOTED_VALUE = characters(/[^\s"'`\\<>]/);
const IN_NAME = characters(/[\w.-]/);
const LONGEST_READ = 64;
const LONGEST_NAME = 40;
const QUOTE = new Set('"\'`');
/** Where a name can end in its middle: `token-X`, `secret.X`. */
const VALUE_FOLLOWS = new Set('-.');
const STOPS = new Set('.,:;');
const STOPS_OF_PROSE = new Set('.,:;!?');

function nameStart(text: string, start: number): number {
  let at = start;
  while (at > 0 && start - at < LONGEST_NAME && IN_NAME[text.charCodeAt(at - 1)] === 1) at--;
  return at;
}

function nameEnd(text: string, end: number): number {
  let at = end;
  while (at - end < LONGEST_NAME && IN_NAME[text.charCodeAt(at)] === 1) at++;
  while (at > end && (text[at - 1] === '-' || text[at - 1] === '.')) at--;
  return at;
}

/** `keyboard`, `tokens` and `SECRETARY` go on in the same word; `keyId`, `key_id` and `tokenKEY` do not. */
function goesOn(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  const isLower = code >= 97 && code <= 122;
  if (!isLower && !(code >= 65 && code <= 90)) return false;
  const last = text.charCodeAt(end - 1);
  return isLower === (last >= 97 && last <= 122);
}

interface Reading {
  /** No operator stands between the name and the value. */
  readonly bare: boolean;
  /** Nothing but a comma does, as between arguments and in lists of names. */
  readonly listed: boolean;
  readonly quoted: boolean;
  readonly name: string;
  /** What stands in front of the name. */
  readonly lead: string;
}
type Judge = (value: string, reading: Reading) => boolean;

function assignment(type: string, judge: Judge): Finder {
  return (scan, start, end) => {
    if (start < scan.valueEnd || goesOn(scan.text, end)) return;
    const behind = nameEnd(scan.text, end);
    if (behind - end < LONGEST_NAME && readValue(scan, start, behind, type, judge)) return;
    if (behind > end && VALUE_FOLLOWS.has(scan.text[end] ?? '')) readValue(scan, start, end, type, judge);
  };
}

function readValue(scan: Scan, start: number, end: number, type: string, judge: Judge): boolean {
  const { text } = scan;
  const joint = matchAt(JOINT, text, end);
  if (!joint) return false;
  const at = JOINT.lastIndex;
  const quoted = QUOTE.has(text[at - 1] ?? '') && joint[2] !== '';
  const taken = quoted ? IN_QUOTED_VALUE : IN_VALUE;
  const cut = runEnd(text, at, taken, at + LONGEST_READ);
  let value = text.slice(at, cut);
  if (!quoted && cut < at + LONGEST_READ) value = bareValue(value, type === 'PASSWORD' ? STOPS : STOPS_OF_PROSE);
  if (type === 'PASSWORD') {
    if (quoted && text[cut] === ' ') value = matchAt(PHRASE, text, at)?.[0] ?? value;
  } else if (!looksGenerated(value)) return false;
  const from = nameStart(text, start);
  const name = text.slice(from, end);
  const lead = text.slice(Math.max(0, from - 17), from);
  const listed = joint[0].includes(',');
  // The name in a placeholder names what was there.
  if ((listed && lead.endsWith('/')) || lead.endsWith('[REDACTED:')) return false;
  if (!judge(value, { bare: joint[1] !== undefined, listed, quoted, name, lead })) return false;
  if (namesNoSecret(keyWords(name), type === 'PASSWORD') || PUBLIC_BEFORE.test(lead)) return false;
  const stop = at + value.length;
  scan.valueEnd = value.length < LONGEST_READ ? stop : runEnd(text, stop, taken);
  scan.add(at, scan.valueEnd, type);
  return true;
}

const NEXT_PARAMETER = /&[\w.%[\]-]{1,40}=/;

/** Without the next parameter of a query, and without the stop of a sentence. */
function bareValue(value: string, stops: ReadonlySet<string>): string {
  let length = value.includes('&') ? (NEXT_PARAMETER.exec(value)?.index ?? value.length) : value.length;
  while (stops.has(value[length - 1] ?? '')) length--;
  return value.slice(0, length);
}

/** That it looks made by a machine is known by then. */
const token: Judge = (value, { bare }) => !bare || looksGeneratedAlone(value);

const PUBLIC_BEFORE = /(?:public|cache|primary|foreign|sort|object|partition) $/i;
const SECRET_BEFORE =
  /(?:api|secret|private|access|auth|encryption|signing|account|service|licen[cs]e|shared|master|token|client|app|application|integration|activation) $/i;

/** A bare `key` names anything: only what is long and has digits all over is taken for a secret. */
const key: Judge = (value, reading) => {
  if (!token(value, reading)) return false;
  if (!/^key$/i.test(reading.name) || SECRET_BEFORE.test(reading.lead)) return true;
  if (value.length < 24 || /[./]/.test(value) || !looksGeneratedAlone(value)) return false;
  return /[g-z]/i.test(value) || (value.length >= 32 && /[A-Za-z] $/.test(reading.lead));
};

const password: Judge = (value, { bare, listed, quoted, name }) => {
  if (bare && !name.startsWith('-')) return false;
  if (!value.includes(' ')) return looksLikePassword(value, quoted && !listed);
  return value.split(' ').length <= 5 && looksLikePassword(value, true) && !isMessage(value);
};

const weak: Judge = (value) => looksGeneratedAlone(value);

const WORDS: readonly (readonly [word: string, type: string, judge: Judge])[] = [
  ['password', 'PASSWORD', password],
  ['passwd', 'PASSWORD', password],
  ['passphrase', 'PASSWORD', password],
  ['passcode', 'PASSWORD', password],
  ['pwd', 'PASSWORD', password],
  ['_pass', 'PASSWORD', password],
  ['-pass', 'PASSWORD', password],
  ['token', 'TOKEN', token],
  ['secret', 'SECRET', token],
  ['key', 'API_KEY', key],
  ['credential', 'SECRET', token],
  ['credentials', 'SECRET', token],
  ['_auth', 'TOKEN', weak],
  ['login', 'SECRET', weak],
  ['private', 'SECRET', weak],
  ['access', 'SECRET', weak],
  ['_pat', 'TOKEN', weak],
];

/** The words that make what is assigned to them a secret. */
export const assignmentFinders = (): [keyword: string, find: Finder][] =>
  WORDS.map(([word, type, judge]): [string, Finder] => [word, assignment(type, judge)]);
