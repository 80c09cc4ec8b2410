import { CommandError } from './command.ts';

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

/** Formats a value as JSON in one line, truncated after `maxCharacters`. */
export function shownJson(value: unknown, maxCharacters: number = Infinity): string {
  const json = visible(JSON.stringify(value ?? null));
  if (json.length <= maxCharacters) return json;
  return `${visible(json.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, ''))}… (${json.length} characters)`;
}

function escaped(characters: string): string {
  const units = characters.split('');
  return units.map((unit) => (unit === '\n' ? unit : `\\u${codeOf(unit)}`)).join('');
}

function codeOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}

/** Formats milliseconds for people: `8 min 20 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (!Number.isFinite(seconds)) return 'unknown time';
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration such as `30d`. @throws CommandError that names the option */
export function millisecondsOf(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? [];
  if (count === undefined)
    throw new CommandError(2, `${option} is "${oneLine(text)}"; it must be a number and s, m, h or d, such as 30d.`);
  return Number(count) * (UNIT_MS[unit] ?? 1);
}
