/**
 * Phrases that mark a document as internal, as patterns in lower case. To detect another one, add it. A space matches
 * one or two spaces or dashes; case does not count.
 */
export const MARKINGS: readonly string[] = [
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

/** Stamps: in capitals a marking, otherwise an ordinary word. */
export const STAMPS: readonly string[] = [
  'CONFIDENTIAL',
  'PROPRIETARY',
  'MNPI',
  'NOFORN',
  'FOUO',
  'VERTRAULICH',
  'CONFIDENTIEL',
  'CONFIDENCIAL',
  'RISERVATO',
];

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
