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
