import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { policySaver } from '../../src/cli/applied-policies.ts';
import { loadPolicies } from '../../src/embedded/policy-files/load-policies.ts';
import type { PolicyInput } from '../../src/embedded/policy/policy-input.ts';
import { folder, type Folder } from './world.ts';

let files: Folder;

beforeEach(async () => {
  files = await folder();
});
afterEach(async () => files.remove());

const policyOf = (name: string): PolicyInput => ({ name, rules: [{ action: 'DENY' }] });
const keep = async (policy: PolicyInput): Promise<string> => (await policySaver(files.path)(policy)) ?? '';

test('a saved policy file names its sender and time, and can be loaded again', async () => {
  const sent = { ...policyOf('No mail'), applied_by: 'ann', applied_at: '2030-01-01T00:00:00.000Z' };
  const file = await keep(sent);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(sent);
  expect(await loadPolicies(files.path)).toMatchObject([{ name: 'No mail' }]);
});

test.each([
  ['a surrogate pair at the limit', `${'a'.repeat(59)}\u{20000}b`, 'a'.repeat(59)],
  ['a surrogate pair after a space', `${'a'.repeat(58)} \u{20000}b`, 'a'.repeat(58)],
  ['a surrogate pair before the limit', `${'a'.repeat(58)}\u{20000}b`, `${'a'.repeat(58)}\u{20000}`],
  ['the longest letters in UTF-8', '\u{20000}'.repeat(100), '\u{20000}'.repeat(30)],
  ['punctuation only', '/../', 'policy'],
])('the name of a saved policy file is valid for %s', async (_, name, expected) => {
  expect(basename(await keep(policyOf(name)))).toBe(`${expected}.applied.json`);
  expect(await readdir(files.path)).toEqual([`${expected}.applied.json`]);
});
