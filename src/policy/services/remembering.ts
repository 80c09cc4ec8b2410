const MOST_KEPT = 2_000;
const LONGEST_KEPT = 200;

/** The same function, keeping what it made of short texts: an application's names are few, and come with every call. */
export function remembering<T>(make: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    // Names made up by the thousand must not stay.
    if (kept.size >= MOST_KEPT) kept.clear();
    if (text.length <= LONGEST_KEPT) kept.set(text, made);
    return made;
  };
}
