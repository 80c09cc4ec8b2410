import { oneLine, visible } from '../internal/visible.ts';
import { CommandError } from './command.ts';

export { INVISIBLE, oneLine, visible } from '../internal/visible.ts';

/** Formats a value as JSON in one line, truncated after `maxCharacters`. */
export function shownJson(value: unknown, maxCharacters: number = Infinity): string {
  const json = visible(JSON.stringify(value ?? null));
  if (json.length <= maxCharacters) return json;
  return `${visible(json.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, ''))}… (${json.length} characters)`;
}

/** Formats facts as lines of a name and its value, without those whose value is empty. */
export function factLines(facts: readonly (readonly [name: string, text: string])[]): string {
  const present = facts.filter(([, text]) => text !== '');
  return present.map(([name, text]) => `  ${name.padEnd(9)}  ${oneLine(text)}\n`).join('');
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

/** Quotes text as one shell word. Unprintable characters stay escaped. */
export function shellWord(text: string): string {
  const shown = oneLine(text);
  return /^[\w@%+=:,./-]+$/.test(shown) && !shown.startsWith('-')
    ? shown
    : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
