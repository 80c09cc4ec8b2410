/**
 * Characters that are invisible, or that reorder other characters: control and format characters (bidi, zero width,
 * tags), lone surrogates, ignorable characters without a glyph (Unicode's Default_Ignorable_Code_Point), the Braille
 * blank, line breaks, tabs, and all blanks except the space. Joiners within emoji do not count. The approvals page has
 * the same expression (`src/server/page/values.js`), so that approvers see the same text in both places.
 */
export const INVISIBLE: RegExp =
  /\r\n|[\n\t]|(?:(?!\r\n|[\n\t ]|(?<=[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}])\uFE0F|(?<=[\p{Extended_Pictographic}\p{Emoji_Presentation}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])+/gu;

/**
 * Escapes invisible characters as `\u001b`, so that untrusted text cannot move the cursor, or colour, hide or reorder
 * the text that an approver reads. In JSON, the escapes keep their meaning.
 *
 * Keeps line breaks; see {@link oneLine}.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, escaped);
}

/** Escapes invisible characters and line breaks, so that no value can imitate our lines. See {@link visible}. */
export function oneLine(text: string): string {
  return visible(text.replaceAll('\n', '\\n'));
}

function escaped(characters: string): string {
  const units = characters.split('');
  return units.map((unit) => (unit === '\n' ? unit : `\\u${codeOf(unit)}`)).join('');
}

function codeOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}
