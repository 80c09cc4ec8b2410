/**
 * Phrases that mark a document as internal, as patterns in lower case. To detect another one, add it, and one of its
 * words to `MARKING_WORDS`. A space matches one or two spaces or dashes; case does not count.
 */
export const MARKINGS: readonly string[] = [
  '(?:document|memo|report|e-?mail|message|information|data|files?|deck|slides?|material|presentation|draft) (?:is|are) (?:strictly |solely )?for internal use(?! by\\b)',
  '(?:for )?internal use only',
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
  "(?:please )?(?:do not|don[’']t) (?:share externally|share outside|forward externally|disclose externally|(?:re)?distribute(?! (?!(?:this|or|and|without|outside|beyond|externally|further|to)\\b)\\w))",
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
  '(?:marked|classified|labell?ed|designated) (?:as )?(?:company |strictly |highly )?(?:confidential|internal|restricted)',
  '(?:treated|considered) (?:as )?(?:company |strictly |highly )?confidential',
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

const list = (words: string): readonly string[] => words.split(' ');

/** Every marking contains one of these, in each of its alternatives. */
export const MARKING_WORDS = list(
  'confiden intern restricted proprietary distribut extern outside disclos release company public circulation ' +
    'employees attorney privileged solicitor secret insider know embargo official unclassified eyes tlp vertraulich gebrauch',
);

/** Stamps: with these capitals a marking, otherwise ordinary words. */
export const STAMPS: readonly string[] = [
  'CONFIDENTIAL',
  '(?:FOR )?INTERNAL USE',
  '(?:For )?Internal Use',
  'PROPRIETARY',
  'MNPI',
  'NOFORN',
  'FOUO',
  'VERTRAULICH',
  'CONFIDENTIEL',
  'CONFIDENCIAL',
  'RISERVATO',
];

/** Every stamp contains one of these. */
export const STAMP_WORDS = list('confiden proprietary mnpi noforn fouo vertraulich riservato intern');

/** Words of the fields whose value may be a marking: `{ sensitivity: 'internal' }`. */
export const MARKING_FIELDS: ReadonlySet<string> = new Set([
  'classification',
  'sensitivity',
  'confidentiality',
  'marking',
  'tlp',
]);

/** Domains that exist only inside a network. */
export const INTERNAL_DOMAINS: readonly string[] = [
  'corp',
  'internal',
  'intranet',
  'local',
  'localdomain',
  'lan',
  'home.arpa',
];
