/**
 * Suggests a known word for a misspelt one: `tool_name` for `tool_names` and `toolName`, `sanitize_fields` for `field`.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = letters(word);
  if (wanted.length > 60) return undefined;
  const maxDistance = Math.max(1, Math.floor(wanted.length / 3));
  const byDistance = known
    .map((candidate) => ({ candidate, distance: distance(wanted, letters(candidate)) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = byDistance;
  if (best && best.distance <= maxDistance) return best.candidate;
  return wanted.length < 2 ? undefined : known.find((candidate) => letters(candidate).includes(wanted));
}

function letters(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{Nd}]/gu, '');
}

/** Levenshtein distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(one).entries()) {
    const above = row;
    row = [index + 1];
    for (let at = 0; at < other.length; at += 1) {
      const changed = (above[at] ?? 0) + (letter === other[at] ? 0 : 1);
      row.push(Math.min(changed, (above[at + 1] ?? 0) + 1, (row[at] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
