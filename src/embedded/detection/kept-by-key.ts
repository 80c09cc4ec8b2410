const MOST_KEPT = 2_000;
const LONGEST_KEPT = 200;

/** What a name says, of a field or a function, worked out once for each of the names last seen. */
export function keptByKey<T>(workOut: (key: string) => T, mostKept: number = MOST_KEPT): (key: string) => T {
  const kept = new Map<string, { readonly said: T }>();
  return (key) => {
    const known = kept.get(key);
    if (known) return known.said;
    const said = workOut(key);
    // The names of an application are few; names made up by the thousand must not stay.
    if (kept.size >= mostKept) kept.clear();
    if (key.length <= LONGEST_KEPT) kept.set(key, { said });
    return said;
  };
}
