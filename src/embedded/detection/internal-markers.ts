import { eachMatch } from './each-match.ts';
import { keyWords } from './key-words.ts';
import type { Detector, Span } from './span.ts';

const standing = (words: string, flags: string): RegExp => new RegExp(String.raw`(?<!\w)(?:${words})(?!\w)`, flags);

/** Phrases that are a marking wherever they stand. A blank also stands for a dash. */
const PHRASES = [
  '(?:for )?internal use(?: only)?',
  'internal only',
  'internal distribution only',
  'internal eyes only',
  'company internal',
  'company confidential',
  'company private',
  'company proprietary',
  'business confidential',
  'strictly confidential',
  'highly confidential',
  'private (?:and|&) confidential',
  'proprietary (?:and|&) confidential',
  'confidential (?:and|&) proprietary',
  'privileged (?:and|&) confidential',
  'confidential (?:and|&) privileged',
  'commercial in confidence',
  'confidential - (?:internal|do not)',
  "(?:please )?(?:do not|don[’']t) (?:distribute|redistribute|share externally|share outside|forward externally|disclose externally)",
  'not (?:for|intended for|to be shared for) (?:external |public |further )?(?:distribution|release|disclosure)',
  'not for external (?:use|sharing|audiences?)',
  'not for public (?:use|consumption)',
  'not for circulation',
  'employees only',
  'attorney client privileged?',
  'attorney work product',
  'legally privileged',
  'solicitor client privileged?',
  'material non ?public information',
  'trade secrets?',
  'insider information',
  'need to know (?:basis|only)',
  'embargoed until',
  'under embargo',
  'for official use only',
  'official sensitive',
  'controlled unclassified information',
  'top secret',
  'eyes only',
  'restricted distribution',
  'limited distribution only',
  'tlp:\\s{0,2}(?:red|amber(?:\\+strict)?)',
  '(?:marked|classified|treated|labell?ed|designated|considered) (?:as )?(?:company |strictly |highly )?(?:confidential|internal|restricted)',
  'keep (?:this|it|these|that) (?:strictly )?(?:confidential|internal)',
  'this (?:document|e-?mail|message|information|file|memo|report|page|slide|material) is (?:strictly |highly )?(?:confidential|internal|proprietary)',
  'streng vertraulich',
  'nur für den internen gebrauch',
  'nur für den dienstgebrauch',
  'strictement confidentiel',
  'à usage interne',
  'uso interno',
  'estrictamente confidencial',
];
const PHRASE = standing(PHRASES.map((words) => words.replaceAll(' ', '[ \\u00a0-]{1,2}')).join('|'), 'gi');

// In capitals these are stamps; in a sentence ("confidential" as an adjective) they are words.
const STAMP = standing(
  'CONFIDENTIAL|PROPRIETARY|MNPI|NOFORN|FOUO|VERTRAULICH|CONFIDENTIEL|CONFIDENCIAL|RISERVATO',
  'g',
);
// `[Internal]`, `(Confidential)`, `Classification: Restricted`, `Confidential:` at the head of a line.
const BRACKETED =
  /[[({<]{1,2} ?(?:company |strictly )?(?:confidential|internal|restricted|proprietary|classified|private)(?: (?:use )?only)? ?[\])}>]{1,2}/gi;
const CLASSIFIED =
  /(?<![a-z\d])(?:classification|sensitivity|confidentiality|security (?:level|class|label)|distribution|handling)(?: level)? ?[:=] ?(?:company |strictly |highly )?(?:confidential|internal|restricted|secret|proprietary|private|sensitive)(?![a-z\d])/gi;
const HEADING =
  /^[ \t*#>_]{0,8}(?:Confidential[ \t*_]{0,4}$|(?:Confidential|Internal|Restricted|Proprietary)(?: (?:[Dd]raft|[Mm]emo|[Mm]emorandum|[Dd]ocument|[Rr]eport|[Ii]nformation|[Nn]otice))?[ \t*_]{0,4}(?::| [-–—|] ))/gm;

const MARKING_KEY = new Set(['classification', 'sensitivity', 'confidentiality', 'marking', 'tlp']);
const MARKED =
  /^\s*(?:tlp ?: ?)?(?:company |strictly |highly )?(?:confidential|internal(?: (?:use )?only)?|restricted|secret|top secret|proprietary|red|amber(?:\+strict)?)\s*$/i;

const INNER_DOMAIN = /\.(?:corp|internal|intranet|local|localdomain|lan|home\.arpa)(?![\w-]|\.\w)/gi;
const LONGEST_HOST = 128;
const HOST_CHARACTER = /[A-Za-z0-9.-]/;
const URL_HOST = /:\/\/(?:[^\s/@?#]{0,64}@)?([A-Za-z0-9.-]{1,253})/g;
const PRIVATE_NETWORK = /^(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.\d{1,3}\.\d{1,3}$/;
// `wiki.corp.acme.com`; the first label alone says nothing (`internal.example` may be anybody's).
const INNER_LABEL = /^[a-z0-9-]{1,63}\.(?:[a-z0-9-]{1,63}\.){0,6}(?:corp|internal|intranet)\.[a-z0-9-]{1,63}\./i;

function addAll(text: string, pattern: RegExp, type: string, found: Span[]): void {
  eachMatch(pattern, text, ({ 0: match, index }) => {
    found.push({ start: index, end: index + match.trimEnd().length, dataClass: 'INTERNAL', type });
  });
}

/** Hosts under a domain that exists only inside; `this.internal` in code and `.env.local` are none. */
function findHosts(text: string, found: Span[]): void {
  eachMatch(INNER_DOMAIN, text, ({ 0: domain, index }) => {
    let start = index;
    while (start > 0 && index - start < LONGEST_HOST && HOST_CHARACTER.test(text.charAt(start - 1))) start -= 1;
    const host = text.slice(start, index);
    if (!/^[A-Za-z0-9]/.test(host) || host.includes('..')) return;
    const end = index + domain.length;
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
      : INNER_LABEL.test(host) || /^intranet$/i.test(host)
        ? 'INTERNAL_HOST'
        : undefined;
    if (type) found.push({ start, end, dataClass: 'INTERNAL', type });
  });
}

/**
 * What is meant to stay inside (class `INTERNAL`): markings such as "internal use only" or TLP:RED, hosts of inner domains
 * and URLs in private networks (RFC 1918) or on the local link.
 */
export const findInternal: Detector = (text, { key }, found) => {
  addAll(text, PHRASE, 'MARKING', found);
  addAll(text, STAMP, 'MARKING', found);
  addAll(text, BRACKETED, 'MARKING', found);
  addAll(text, CLASSIFIED, 'MARKING', found);
  addAll(text, HEADING, 'MARKING', found);
  findHosts(text, found);
  findUrls(text, found);
  if (key === undefined || text.length > 64 || !MARKED.test(text)) return;
  const words = keyWords(key);
  if (words.some((word) => MARKING_KEY.has(word)))
    found.push({ start: 0, end: text.length, dataClass: 'INTERNAL', type: 'MARKING' });
};
