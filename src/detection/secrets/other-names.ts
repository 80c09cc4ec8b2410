const list = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** With one of these words in a field's name, its value is a number, a place in a list, a switch, something public. */
const ANYWHERE = list(
  'public publishable publish max min next previous prev page paging pagination cursor continuation continue sync delta ' +
    'skip resume start end change idempotency cache partition primary foreign sort object has is should show hide use uses ' +
    'no allow allows allowed require requires required enable enabled disable disabled forgot forgotten reset count total ' +
    'usage input output prompt completion sha sha1 sha256 sha512 hash digest checksum fingerprint etag commit integrity keyword',
);

/** With one of these at the end, its value says something about a secret. */
const AT_THE_END = list(
  'id ids name names type types kind url urls uri href link path file count length size limit expires expiry expiration ' +
    'expiring ttl at date time age updated created changed policy hint label description version status strength rotation ' +
    'algorithm alg scope scopes format prefix suffix env var ref reference arn provider source field index endpoint manager ' +
    'managers error errors message title placeholder permission permissions level visible visibility',
);

/** Whether the words of a name say that its value is not the secret which another of them speaks of. */
export function namesNoSecret(words: readonly string[]): boolean {
  return AT_THE_END.has(words.at(-1) ?? '') || words.some((word) => ANYWHERE.has(word));
}
