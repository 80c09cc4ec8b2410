const MOST_KEPT = 2_000;

/** What a field's name says, worked out once for each of the names last seen. */
export function keptByKey<T>(workOut: (key: string) => T): (key: string) => T {
  const kept = new Map<string, { readonly said: T }>();
  return (key) => {
    const known = kept.get(key);
    if (known) return known.said;
    const said = workOut(key);
    // The names of an application are few; names made up by the thousand must not stay.
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { said });
    return said;
  };
}
