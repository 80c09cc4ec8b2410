import { characters, runEnd, runStart } from '../characters.ts';
import { isInBadge } from '../badges.ts';
import { keyWords } from '../key-words.ts';
import { ABOUT_SECRETS, ASSIGNED_WORDS, PASSWORD_FIELDS, type Evidence } from './data/secret-words.ts';
import { isNoSecret } from './secret-names.ts';
import { matchAt } from '../patterns.ts';
import type { Finder, TextScan } from './text-scan.ts';
import { isMessage, looksGenerated, looksGeneratedAlone, looksLikePassword, looksStrong } from './value.ts';

const IS = '(?:is|was|are|ist|lautet|est|es|é|è|to|jest|är|er|это|—|–|هي|هو|היא|הוא|है)';

/**
 * Operators between a name and its value. The only capturing group matches where there is no operator: `--token X`,
 * `token-X`.
 */
const OPERATORS = [
  // {"name": "API_KEY", "value": "X"}
  /\s{0,4},?\s{0,4}\\?["']?value\\?["']?\s{0,2}[:=]\s{0,2}/,
  // Programs, YAML, make, Terraform, tables, and calls: `setProperty("TOKEN", "X")`; no unions: `'token' | 'key'`.
  /\s{0,20}(?:=>|->|:{0,3}=(?!=)|={2,3}(?=\s{0,4}["'`])|[?.+|]=|:(?!\/\/)(?:\s{0,2}(?:string|String)\s{0,2}=)?|,(?=\s{0,4}\\?["'`])|(?!(?<=["']\s{0,20})\|\s{0,4}["'])\|(?![ \t]{0,20}\n)|\{\s{0,9}default\s{0,9}=)\s{0,20}/,
  /\s(?:string|str)\s{0,3}:?=\s{0,3}/,
  // <token>X</token>
  /(?: [\w:.-]{1,40}=["'][^"'<>]{0,80}["']){0,2}>(?=[^<>]{1,200}<\/)\s{0,20}/,
  new RegExp(String.raw`\s{1,3}${IS}\s{0,2}[:=]?\s{1,3}|\s{0,3}(?:は|(?:是|为|為|如下)?：|是|为|為|은|는)\s{0,3}`),
  /((?:[\s-]|\.(?!\s)){1,4})/,
];
// What a key is for may stand behind it: `clé API`, `clave de acceso`, `токен доступа`, `password for the wifi`.
const FOR = '(?:for|to|für|zum|zur|pour|du|de|des|para|del|do|da|per|della|voor|van|av|od|от|для)';
const WORD = String.raw`[^\s:=,;.]{1,20}`;
const CLOSING_NAME = new RegExp(
  String.raw`[а-яё]{0,3}(?: ${FOR}(?: ${WORD}){1,3}?(?= ?[:=]| ${IS} | [^\s:=,;.]{0,40}\d)| [^\s\d:=,;.]{2,20}(?= ?[:：]))?` +
    String.raw`(?: (?:(?:de|di|do|da|del) |d['’])?(?:API|acc[eè]so?|accesso|acesso|accès|secr[eè]t[aeo]|segret[ao]|privad[ao]|доступа|dostępu))?(?:\\?["'${'`'}\])]){0,3}`,
);
const SCHEME = /(?:(?:Bearer|Basic|Token|SSWS|base64)[ :]|![A-Za-z]{2,20} )?/;
const OPENING_VALUE = /((?:\\?["'`(<[*?「『“„«]){0,3})/;
const sources = OPERATORS.map(({ source }) => source).join('|');
const JOINT = new RegExp(`${CLOSING_NAME.source}(?:${sources})${SCHEME.source}${OPENING_VALUE.source}`, 'y');
const PURPOSE = /^ ([^\s\d:=,;.]{2,20}) ?[:：]/;
const PHRASE = /[^"'`\\<>\n]{1,80}(?=["'`])/y;
const IN_VALUE = characters(/[\w+/=.~%:@!$^*#?&-]/);
const IN_QUOTED_VALUE = characters(/[^\s"'`\\<>]/);
const IN_NAME = characters(/[\w.-]/);
const MAX_READ = 64;
const MAX_NAME = 40;
const QUOTE = new Set('"\'`');
/** Characters where a name may end and its value begin: `token-X`, `secret.X`. */
const VALUE_FOLLOWS = new Set('-.');
const STOPS = new Set('.,:;');
const STOPS_OF_PROSE = new Set('.,:;!?');

function nameEnd(text: string, end: number): number {
  let at = end;
  while (at - end < MAX_NAME && IN_NAME[text.charCodeAt(at)] === 1) at++;
  while (at > end && (text[at - 1] === '-' || text[at - 1] === '.')) at--;
  return at;
}

/** `keyboard`, `tokens` and `SECRETARY` continue the word; `keyId`, `key_id` and `tokenKEY` do not. */
function continuesWord(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  const isLower = code >= 97 && code <= 122;
  if (!isLower && !(code >= 65 && code <= 90)) return false;
  const last = text.charCodeAt(end - 1);
  return isLower === (last >= 97 && last <= 122);
}

interface Reading {
  /** True without an operator between the name and the value. */
  readonly bare: boolean;
  /** True if the operator is only a comma, as between arguments and in lists of names. */
  readonly listed: boolean;
  readonly quoted: boolean;
  readonly name: string;
  /** The text before the name. */
  readonly lead: string;
}
type ValueRule = (value: string, reading: Reading) => boolean;

function assignment(type: string, rule: ValueRule): Finder {
  return (scan, start, end) => {
    if (start < scan.valueEnd || continuesWord(scan.text, end)) return;
    const behind = nameEnd(scan.text, end);
    if (behind - end < MAX_NAME && readValue(scan, start, behind, type, rule)) return;
    if (behind > end && VALUE_FOLLOWS.has(scan.text[end] ?? '')) readValue(scan, start, end, type, rule);
  };
}

function readValue(scan: TextScan, start: number, end: number, type: string, rule: ValueRule): boolean {
  const { text } = scan;
  const joint = matchAt(JOINT, text, end);
  if (!joint) return false;
  const at = JOINT.lastIndex;
  const quoted = QUOTE.has(text[at - 1] ?? '') && joint[2] !== '';
  const taken = quoted ? IN_QUOTED_VALUE : IN_VALUE;
  const cut = runEnd(text, at, taken, at + MAX_READ);
  let value = text.slice(at, cut);
  if (!quoted && cut < at + MAX_READ) value = bareValue(value, type === 'PASSWORD' ? STOPS : STOPS_OF_PROSE);
  const isCall = !quoted && text[at + value.length] === '(' && (type !== 'PASSWORD' || NAME_IN_CODE.test(value));
  if (isCall) return false;
  if (type === 'PASSWORD') {
    if (quoted && text[cut] === ' ') value = matchAt(PHRASE, text, at)?.[0] ?? value;
  } else if (!looksGenerated(value)) return false;
  const from = runStart(text, start, IN_NAME, MAX_NAME);
  const name = text.slice(from, end);
  const lead = text.slice(Math.max(0, from - MAX_LEAD), from);
  const listed = joint[0].includes(',');
  // The type in a placeholder names what was replaced.
  if (lead.endsWith('[REDACTED:')) return false;
  if (!rule(value, { bare: joint[1] !== undefined, listed, quoted, name, lead })) return false;
  if (isNoSecret(keyWords(name), type === 'PASSWORD') || PUBLIC_BEFORE.test(lead)) return false;
  // `password policy: X` describes one, `contraseña temporal: X` does not.
  if (ABOUT_SECRETS.has(PURPOSE.exec(joint[0])?.[1]?.toLowerCase() ?? '')) return false;
  if (
    IN_SIGNATURE.test(joint[0]) ||
    (quoted && /[^\w.-]/.test(value) && closesString(lead, joint[0])) ||
    isNameOf(keyWords(value), keyWords(name))
  )
    return false;
  if (isInBadge(text, from) || (joint[1] !== undefined && IN_URL.test(lead))) return false;
  const stop = at + value.length;
  scan.valueEnd = value.length < MAX_READ ? stop : runEnd(text, stop, taken);
  scan.add(at, scan.valueEnd, type);
  return true;
}

const IN_URL = /:\/\/\S*$/;
/** `utils.getPassword`, `readPasswordR2`: in code, such a name before a bracket is a function's. */
const NAME_IN_CODE = /^[A-Za-z_$][\w$.]*[a-z\d][A-Z._$][\w$.]*$/;
const MAX_LEAD = 120;
const OPEN_STRING = /(?:^|[\s([{=,:+!?])(["'`])[^"'`\n]{0,110}$/;

/** Returns true if the quote before a value closes a string: an empty one, or the name's, as in `'Password: ' + read()`. */
function closesString(lead: string, joint: string): boolean {
  const quote = joint.at(-1) ?? '';
  const empty = quote + quote;
  if (joint.endsWith(empty) && !joint.endsWith(empty + quote) && !lead.endsWith(empty)) return true;
  return joint.indexOf(quote) === joint.length - 1 && OPEN_STRING.exec(lead)?.[1] === quote;
}

/** The end of a function's parameters, before its documentation. */
const IN_SIGNATURE = /^\):\s*\n/;
/** Returns true for words that repeat the name, or of which one is for a secret: `INVALID_PASSWORD: 'auth/wrong-password'`. */
const isNameOf = (value: readonly string[], name: readonly string[]): boolean =>
  value.length > 1 &&
  (value.join(' ') === name.slice(-value.length).join(' ') ||
    (value.some((word) => PASSWORD_FIELDS.has(word) || word === name.at(-1)) &&
      value.every((word) => /^\p{L}+$/u.test(word))));

const NEXT_PARAMETER = /&[\w.%[\]-]{1,40}=/;

/** Returns the value without the next query parameter and the punctuation of a sentence. */
function bareValue(value: string, stops: ReadonlySet<string>): string {
  let length = value.includes('&') ? (NEXT_PARAMETER.exec(value)?.index ?? value.length) : value.length;
  while (stops.has(value[length - 1] ?? '')) length--;
  return value.slice(0, length);
}

/** The end of a name with a hash: `access-5d4f7c9b8d-x2v4p`. */
const SLUG = /^[a-z\d]{1,10}-[a-z\d]{1,6}$/;

// The caller has checked that the value looks generated.
const token: ValueRule = (value, { bare, listed }) =>
  bare ? looksGeneratedAlone(value) && !SLUG.test(value) : !listed || value.length >= 16;

const PUBLIC_BEFORE = /(?:public|cache|primary|foreign|sort|object|partition) $/i;
const SECRET_BEFORE =
  /(?:api|secret|private|access|auth|encryption|signing|account|service|licen[cs]e|shared|master|token|client|app|application|integration|activation) $/i;

/** A bare `key` may name anything: its value must be long and full of digits. */
const key: ValueRule = (value, reading) => {
  if (!token(value, reading)) return false;
  if (!/^key$/i.test(reading.name) || SECRET_BEFORE.test(reading.lead)) return true;
  if (value.length < 24 || /[./]/.test(value) || !looksGeneratedAlone(value)) return false;
  return /[g-z]/i.test(value) || (value.length >= 32 && /[A-Za-z] $/.test(reading.lead));
};

const password: ValueRule = (value, { bare, listed, quoted, name }) => {
  if (((bare && !name.startsWith('-')) || listed) && !looksStrong(value)) return false;
  if (!value.includes(' ')) return looksLikePassword(value, quoted);
  return value.split(' ').length <= 5 && looksLikePassword(value, true) && !isMessage(value);
};

const RULES: Readonly<Record<Evidence, ValueRule>> = {
  password,
  token,
  key,
  strict: (value) => looksGeneratedAlone(value) && !SLUG.test(value),
};

/** Finders of values that are assigned to a name in `data/secret-words.ts`. */
export const assignmentFinders = (): [keyword: string, find: Finder][] =>
  ASSIGNED_WORDS.map(([word, type, evidence]): [string, Finder] => [word, assignment(type, RULES[evidence])]);
