/** The least that merging needs of a span. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * Overlapping stretches made one that covers them all and is otherwise as the longest of them, the first of equals; in
 * the order of the text.
 */
export function merged<S extends Stretch>(stretches: readonly S[]): readonly S[] {
  if (stretches.length < 2) return stretches;
  const inOrder = [...stretches].sort((one, other) => one.start - other.start);
  const result: S[] = [];
  let longest = 0;
  for (const next of inOrder) {
    const last = result.at(-1);
    const length = next.end - next.start;
    if (last && next.start < last.end) {
      const kind = length > longest ? next : last;
      result[result.length - 1] = { ...kind, start: last.start, end: Math.max(last.end, next.end) };
      longest = Math.max(longest, length);
    } else {
      result.push(next);
      longest = length;
    }
  }
  return result;
}
