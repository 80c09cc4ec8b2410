import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { STANDARD_MESSAGES } from '../src/core/messages.ts';

const readme = readFileSync('README.md', 'utf8');

test('every code block of the README is a part of a file that is compiled and run', () => {
  expect(execFileSync('node', ['scripts/sync-readme.mjs', '--check'], { encoding: 'utf8' })).toBe('');
});

test('every script and file that the README names exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  for (const [, script = ''] of readme.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  for (const [, file = ''] of readme.matchAll(/\]\((?!http|#)([^)]+)\)/g)) expect(existsSync(file)).toBe(true);
});

test('the table of outcomes names every outcome', () => {
  const outcomes = ['allowed', ...Object.keys(STANDARD_MESSAGES)];
  expect(outcomes.filter((outcome) => !readme.includes(`\`${outcome}\``))).toEqual([]);
});
