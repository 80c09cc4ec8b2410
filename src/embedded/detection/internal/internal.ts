import { characters, runStart } from '../characters.ts';
import { keyWords } from '../key-words.ts';
import { NearWords, type WordPattern } from '../near-words.ts';
import { eachMatch } from '../patterns.ts';
import type { Detector, Span } from '../span.ts';
import { INTERNAL_DOMAINS, MARKING_FIELDS, MARKING_WORDS, MARKINGS, STAMP_WORDS, STAMPS } from './data/markings.ts';

const wholeWords = (words: readonly string[], flags: string): RegExp =>
  new RegExp(String.raw`(?<!\w)(?:${words.join('|')})(?!\w)`, flags);

const MARKING = wholeWords(
  MARKINGS.map((words) => words.replaceAll(' ', '[ \\u00a0-]{1,2}')),
  'gi',
);

const STAMP = wholeWords(STAMPS, 'g');
// `[internal] Plans`, `Re: [internal] Plans`: a subject. Elsewhere, small letters in brackets are code or an aside.
const SUBJECT =
  /^(?:(?:Subject|Re|Fwd?|Aw|Wg): ?){0,3}\[(?:confidential|internal|restricted|proprietary|private)\](?= \w)/gim;
// `(Confidential)`, `[Company Internal]`, `Restricted use only` in brackets.
const BRACKETED =
  /[[({<]{1,2} ?(?:(?:[Cc]ompany |[Ss]trictly )(?:[Cc]onfidential|[Ii]nternal|[Pp]rivate)|[Cc]onfidential|Restricted|Proprietary|Classified|RESTRICTED|CLASSIFIED)(?: (?:[Uu]se )?[Oo]nly| USE ONLY| ONLY)? ?[\])}>]{1,2}(?! ?[;(=?])/g;
// `[Internal]`, `[Internal] Plans` and `Plans (Internal)`: a title. Elsewhere these words are about code.
const TITLED = /[[(](?:Internal|Private|INTERNAL|PRIVATE)[\])]/g;
const TITLE_AROUND = /^[#>* \t]{0,3}(?:.\0 ?$|\[\0 [A-Z\d])|^[A-Z][^.]{2,80} .\0$/;
// Comments of code, and indented lines, as of documentation in code: there, a function is for internal use only.
const INTERNAL_USE = /internal.{1,2}(?:use|only)/i;
const IN_CODE = /(?:^|\s)(?:\/\/|\/\*).*\0|^[ \t]+(?:\*|#|--)[ \t].*\0|^(?: {4}|\t)[ \t]*\S.*\0/;
const MAX_LINE = 200;
const CLASSIFIED =
  /(?<![a-z\d])(?:classification|sensitivity|confidentiality|security (?:level|class|label)|distribution|handling)(?: level)? ?[:=] ?(?:company |strictly |highly )?(?:confidential|internal|restricted|secret|proprietary|private|sensitive)(?![a-z\d])/gi;
const HEADING =
  /^(?![ \t]+\*[ \t]| {4}|\t)[ \t*#>_]{0,8}(?:Confidential[ \t*_]{0,4}$|(?:Confidential|Internal|Restricted|Proprietary)(?: (?:[Dd]raft|[Mm]emo|[Mm]emorandum|[Dd]ocument|[Rr]eport|[Ii]nformation|[Nn]otice))?[ \t*_]{0,4}(?::| [-–—|] ))/gm;

const MARKING_VALUE =
  /^\s*(?:tlp ?: ?)?(?:company |strictly |highly )?(?:confidential|internal(?: (?:use )?only)?|restricted|secret|top secret|proprietary|red|amber(?:\+strict)?)\s*$/i;

const INTERNAL_DOMAIN = new RegExp(
  String.raw`\.(?:${INTERNAL_DOMAINS.map((domain) => domain.replace('.', '\\.')).join('|')})(?![\w-]|\.\w)`,
  'gi',
);
const domains = new NearWords(
  [{ words: INTERNAL_DOMAINS.map((domain) => `.${domain}`), pattern: INTERNAL_DOMAIN }],
  100,
);
const MAX_HOST_LENGTH = 128;
const IN_HOST = characters(/[A-Za-z0-9.-]/);
const URL_HOST = /:\/\/(?:[^\s/@?#]{0,64}@)?([A-Za-z0-9.-]{1,253})/g;
const PRIVATE_NETWORK = /^(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.\d{1,3}\.\d{1,3}$/;
// `wiki.corp.acme.com`, but not `internal.example`, which may be anyone's.
const INTERNAL_LABEL = /^[a-z0-9-]{1,63}\.(?:[a-z0-9-]{1,63}\.){0,6}(?:corp|internal|intranet)\.[a-z0-9-]{1,63}\./i;

interface Marking extends WordPattern {
  /** How the line around a match has to look. */
  readonly line?: RegExp;
}

const words = (list: string): readonly string[] => list.split(', ');
const markings = new NearWords<Marking>(
  [
    { words: MARKING_WORDS, pattern: MARKING },
    { words: STAMP_WORDS, pattern: STAMP },
    { words: words('confidential], internal], restricted], proprietary], private]'), pattern: SUBJECT },
    {
      words: words('confidential, y internal, y private, restricted, proprietary, classified'),
      pattern: BRACKETED,
    },
    { words: words('internal], internal), private], private)'), pattern: TITLED, line: TITLE_AROUND },
    {
      words: words('classification, sensitivity, confidentiality, security , distribution, handling'),
      pattern: CLASSIFIED,
    },
    { words: words('confidential, internal, restricted, proprietary'), pattern: HEADING },
  ],
  100,
);

function findMarkings(text: string, found: Span[]): void {
  markings.each(text, (match, start, { line }) => {
    const end = start + match.trimEnd().length;
    if (line && !line.test(lineAround(text, start, end))) return;
    if (INTERNAL_USE.test(match) && IN_CODE.test(lineAround(text, start, end))) return;
    found.push({ start, end, dataClass: 'INTERNAL', type: 'MARKING' });
  });
}

/** Returns the line around a match, with its first and a zero character in its place. */
function lineAround(text: string, start: number, end: number): string {
  const before = text.slice(Math.max(0, start - MAX_LINE), start);
  const after = text.slice(end, end + MAX_LINE);
  return `${before.slice(before.lastIndexOf('\n') + 1)}${text.charAt(start)}\0${/^.*/.exec(after)?.[0] ?? ''}`;
}

/** Finds hosts under an internal domain, but not `this.internal` in code and `.env.local`. */
function findHosts(text: string, found: Span[]): void {
  domains.each(text, (domain, index) => {
    const start = runStart(text, index, IN_HOST, MAX_HOST_LENGTH);
    const host = text.slice(start, index);
    if (!/^[A-Za-z0-9]/.test(host) || host.includes('..')) return;
    const end = index + domain.length;
    // The name that a system without one has.
    if (host === 'localhost') return;
    const addressed =
      /(?::\/\/|@|\\\\)$/.test(text.slice(Math.max(0, start - 3), start)) ||
      /^:\d{2,5}(?!\d)/.test(text.slice(end, end + 7));
    const unmistakable = host.includes('.') || /corp|intranet/i.test(domain);
    if (addressed || (unmistakable && host === host.toLowerCase()))
      found.push({ start, end, dataClass: 'INTERNAL', type: 'INTERNAL_HOST' });
  });
}

function findUrls(text: string, found: Span[]): void {
  eachMatch(URL_HOST, text, ({ 0: url, 1: host = '', index }) => {
    const end = index + url.length;
    const start = end - host.length;
    const type = PRIVATE_NETWORK.test(host)
      ? 'PRIVATE_ADDRESS'
      : INTERNAL_LABEL.test(host) || /^intranet$/i.test(host)
        ? 'INTERNAL_HOST'
        : undefined;
    if (type) found.push({ start, end, dataClass: 'INTERNAL', type });
  });
}

/**
 * Finds internal data (class `INTERNAL`): markings such as "internal use only" or TLP:RED, hosts of internal domains,
 * and URLs in private networks (RFC 1918) or on the local link.
 */
export const findInternal: Detector = (text, { key, isJoined }, found) => {
  if (isJoined === true) return;
  findMarkings(text, found);
  findHosts(text, found);
  findUrls(text, found);
  if (key === undefined || text.length > 64 || !MARKING_VALUE.test(text)) return;
  const words = keyWords(key);
  if (words.some((word) => MARKING_FIELDS.has(word)))
    found.push({ start: 0, end: text.length, dataClass: 'INTERNAL', type: 'MARKING' });
};
