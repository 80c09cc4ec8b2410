/**
 * Visits the matches of a global pattern in order. `matchAll` copies the pattern at each call, which costs more than
 * the search of a short string.
 */
export function eachMatch(pattern: RegExp, text: string, visit: (match: RegExpExecArray) => void): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { lastIndex } = pattern;
    visit(match);
    // `visit` may use the same pattern; an empty match must still advance.
    pattern.lastIndex = match[0] === '' ? lastIndex + 1 : lastIndex;
  }
}

/** Matches a sticky pattern at one place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Returns the first match of a global pattern that `isValid` accepts. */
export function firstMatch(
  pattern: RegExp,
  text: string,
  isValid: (match: string) => boolean,
): RegExpExecArray | undefined {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (isValid(match[0])) return match;
  }
  return undefined;
}
