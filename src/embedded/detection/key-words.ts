// As many names as a body of 256 KB can have; each name is looked up several times.
const MAX_MEMOIZED = 20_000;
const MAX_KEY_LENGTH = 200;
const PLAIN = /^[a-z\d]+(?:_[a-z\d]+)*$/;

/** Memoizes a function of a name, such as a field's or a function's, for the names used last. */
export function memoizeByKey<T>(compute: (key: string) => T): (key: string) => T {
  const memo = new Map<string, { readonly value: T }>();
  return (key) => {
    const known = memo.get(key);
    if (known) return known.value;
    const value = compute(key);
    // An application uses few names; generated names must not fill the memory.
    if (memo.size >= MAX_MEMOIZED) memo.clear();
    if (key.length <= MAX_KEY_LENGTH) memo.set(key, { value });
    return value;
  };
}

/**
 * Splits a field's name into lower-case words: `clientSecret`, `client-secret` and `CLIENT_SECRET` are the same two.
 */
export const keyWords: (key: string) => readonly string[] = memoizeByKey((key): readonly string[] => {
  // Fast path: most names are written like this.
  if (key.length <= MAX_KEY_LENGTH && PLAIN.test(key)) return key.split('_');
  return key
    .slice(0, MAX_KEY_LENGTH)
    .normalize('NFKC')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{Nd}]+/u)
    .filter((word) => word !== '');
});
