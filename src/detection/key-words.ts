const MOST_KEPT = 2_000;
const kept = new Map<string, readonly string[]>();

/** The words of a field's name, in lower case: `clientSecret`, `client-secret` and `CLIENT_SECRET` are the same two. */
export function keyWords(key: string): readonly string[] {
  const known = kept.get(key);
  if (known) return known;
  const words = key
    .slice(0, 200)
    .normalize('NFKC')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{Nd}]+/u)
    .filter((word) => word !== '');
  // The names of an application are few; names made up by the thousand must not stay.
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, words);
  return words;
}
