import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { STANDARD_MESSAGES } from '../src/runner/call/messages.ts';

const readme = readFileSync('README.md', 'utf8');
const pages = [
  'README.md',
  ...readdirSync('docs')
    .filter((page) => page.endsWith('.md'))
    .map((page) => join('docs', page)),
];

test('every code block of the README and of docs is a part of a file that is compiled and run', () => {
  expect(execFileSync('node', ['scripts/sync-readme.mjs', '--check'], { encoding: 'utf8' })).toBe('');
});

test.each(pages)('every script, file and heading that %s names exists', (page) => {
  const text = readFileSync(page, 'utf8');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  for (const [, file = '', anchor] of text.matchAll(/\]\((?!http)([^)#]*)#?([^)]*)\)/g)) {
    const target = file === '' ? page : join(dirname(page), file);
    expect([target, existsSync(target)]).toEqual([target, true]);
    if (anchor) expect(anchorsOf(target)).toContain(anchor);
  }
});

function anchorsOf(page: string): string[] {
  const headings = [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('the table of outcomes names every outcome', () => {
  const outcomes = ['allowed', ...Object.keys(STANDARD_MESSAGES)];
  expect(outcomes.filter((outcome) => !readme.includes(`\`${outcome}\``))).toEqual([]);
});
