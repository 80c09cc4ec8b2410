/**
 * The matches of a global pattern, one after the other. `matchAll` copies the pattern at each call, which costs more than
 * the search of a short text.
 */
export function eachMatch(pattern: RegExp, text: string, visit: (match: RegExpExecArray) => void): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { lastIndex } = pattern;
    visit(match);
    // Someone who uses the same pattern meanwhile does not lead this search astray; an empty match does not stop it.
    pattern.lastIndex = match[0] === '' ? lastIndex + 1 : lastIndex;
  }
}

/** The first match of a global pattern that is right. */
export function firstMatch(
  pattern: RegExp,
  text: string,
  isRight: (match: string) => boolean,
): RegExpExecArray | undefined {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (isRight(match[0])) return match;
  }
  return undefined;
}
