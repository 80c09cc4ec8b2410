/**
 * Control and format characters, written as `\u001b`: what comes from outside must not move the cursor, colour, hide or turn round what a
 * person reads and decides by. In JSON they mean what they meant.
 *
 * Line breaks stay; see {@link oneLine}.
 */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/gu, escaped);
}

/** The same, and in one line, so that no value can look like a line of ours. */
export function oneLine(text: string): string {
  return visible(text.replaceAll('\n', '\\n'));
}

/** A value as JSON in one line, cut after so many characters. */
export function shownJson(value: unknown, mostCharacters: number = Infinity): string {
  const json = visible(JSON.stringify(value ?? null));
  if (json.length <= mostCharacters) return json;
  return `${visible(json.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, ''))}… (${json.length} characters)`;
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
