const list = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** A name with one of these words asks something, or counts. */
const SWITCHES_AND_NUMBERS = list(
  'max min has is should show hide use uses no allow allows allowed require requires required enable enabled disable ' +
    'disabled forgot forgotten count total usage',
);

/** A token or a key with one of these words is public, or a place in a list, or the print of something. */
const PUBLIC = list(
  'public publishable publish next previous prev page paging pagination cursor continuation continue sync delta skip ' +
    'resume start end change idempotency cache partition primary foreign sort object input output prompt completion sha ' +
    'sha1 sha256 sha512 hash digest checksum fingerprint etag commit integrity keyword',
);

/** A name that ends in one of these says something about a secret. */
const ABOUT = list(
  'id ids name names type types kind url urls uri href link path file count length size limit expires expiry expiration ' +
    'expiring ttl at date time age updated created changed reset policy hint label description version status strength ' +
    'rotation algorithm alg scope scopes format prefix suffix env var ref reference arn provider source field index ' +
    'endpoint manager managers error errors message title placeholder permission permissions level visible visibility',
);

/** Whether the words of a name say that its value is not the secret which another of them speaks of. */
export function namesNoSecret(words: readonly string[], isPassword: boolean): boolean {
  if (ABOUT.has(words.at(-1) ?? '')) return true;
  return words.some((word) => SWITCHES_AND_NUMBERS.has(word) || (!isPassword && PUBLIC.has(word)));
}
