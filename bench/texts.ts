/** Texts as honest calls have them, made from the files of this repository: the same at each run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

export const MAIL = `Hi Ann, the minutes of Tuesday's meeting (2026-03-14, 10:30) are attached; order 48213-A ships to Unit 7, 12 Harbour
Street. Total: EUR 1,249.50 for 3 items. Call +49 30 901820 or write to ops@example.com, see https://example.com/t/4711?a=1.\n`;

/** Mails as programs write them: curly quotes, a dash, a line break that stayed an escape, a link with an escape. */
const WRITTEN_MAIL = `Dear Bob,\n\nI’ve read the report – thanks! “Section 2” is fine as it is, and so are the figures of the third quarter. I would add one
sentence on the delays in Rotterdam, because the board will ask about them, and move the table to the appendix.\n
Notes: see https://example.com/report?q=third%20quarter&page=2 and my comments, written as "ok\\nsee below" by the export.\n
${MAIL}${MAIL}${MAIL}${MAIL}Best wishes\nCarol\n\n`;

const LOG = `2026-11-30T10:12:13.456Z INFO  [worker-3] net.Receiver: block 3895816357550909673 of 67108864 bytes in 12 ms from 10.2.3.4
2026-11-30T10:12:13.481Z WARN  [worker-1] http.Server: GET /api/v1/items/48213?page=2 500 0.123 c1f0a2d4-0171-4823-9b1e-7f3a0d5c2e11\n`;

const RUSSIAN = `Здравствуйте, коллеги! Завтра в 10:30 мы встречаемся в переговорной, чтобы обсудить отчёт за третий квартал 2025 года. `;
const CHINESE = `大家好，明天上午10:30我们在会议室讨论第三季度的报告。请带上文件，并在今晚之前回复：谢谢！\n`;

function files(folder: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

/** Repeats parts up to a length. */
export function textOf(parts: string | readonly string[], length: number): string {
  const all = typeof parts === 'string' ? parts : parts.join('\n');
  return all.repeat(Math.ceil(length / all.length)).slice(0, length);
}

/** Makes a text of each kind. */
export function naturalTexts(length: number): Readonly<Record<string, string>> {
  const sources = files('src', '.ts');
  const minified = sources.map((code) => transformSync(code, { loader: 'ts', minify: true }).code);
  return {
    mail: textOf(WRITTEN_MAIL, length),
    Markdown: textOf(files('docs', '.md'), length),
    TypeScript: textOf(sources, length),
    'minified JavaScript': textOf(minified, length),
    logs: textOf(LOG, length),
    Russian: textOf(RUSSIAN, length),
    Chinese: textOf(CHINESE, length),
  };
}
