import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../../setup/wait-for.ts';
import { createPolicySource } from '../../../src/embedded/policy-files/policy-source.ts';
import { PolicyError } from '../../../src/embedded/policy/policy-error.ts';
import { parsePolicies } from '../../../src/embedded/policy/parse-policies.ts';
import { program } from '../../setup/program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policies-'));
});
afterEach(async () => rm(folder, { recursive: true }));

test('an empty array of policies is rejected, with a remedy', () => {
  const made = (): unknown => createPolicySource({ policies: [] });
  expect(made).toThrow(PolicyError);
  expect(made).toThrow(/policies is \[\]: would allow every call; .*starterPolicies, agentSafety\].*a folder/);
});

const rules = [{ action: 'DENY' as const }];
const write = async (file: string, name: string) => writeFile(join(folder, file), JSON.stringify({ name, rules }));

test('policies from files and objects are combined', async () => {
  await write('a.json', 'a');
  const source = createPolicySource({ policies: [{ name: 'own', rules }, folder] });
  expect((await source.current()).map(({ name }) => name)).toEqual(['a', 'own']);
});

test.each([
  ['name', { name: 'a', rules }],
  ['policy_id', { name: 'other', policy_id: '1', rules }],
])('a file with the %s of an object is rejected', async (key, own) => {
  await writeFile(join(folder, 'a.json'), JSON.stringify({ name: 'a', policy_id: '1', rules }));
  const source = createPolicySource({ policies: [folder, own] });
  await expect(source.current()).rejects.toThrow(`a.json:1: ${key} is `);
  await expect(source.current()).rejects.toThrow(`is the ${key} of a policy that was passed as an object`);
});

test('an applied policy replaces a file’s policy until the next reload', async () => {
  await write('a.json', 'a');
  const received: string[] = [];
  const source = createPolicySource({
    policies: [folder, { name: 'own', rules }],
    watch: true,
    onPolicyChange: (names) => void received.push(names.join(' ')),
  });
  const next = async (): Promise<string | undefined> => {
    await waitFor(() => received.length > 0);
    return received.shift();
  };
  try {
    expect(await next()).toBe('a own');
    for (const name of ['own', 'a', 'sent']) {
      for (const policy of parsePolicies({ name, rules: [{ action: 'ALLOW' }] })) source.apply(policy);
    }
    expect((await source.current()).map(({ rules: [rule] }) => rule?.action)).toEqual(['ALLOW', 'ALLOW', 'ALLOW']);
    // In one step: without a file, the source would emit a warning.
    await write('b.draft', 'b');
    await rename(join(folder, 'b.draft'), join(folder, 'a.json'));
    expect(await next()).toBe('b own sent');
    expect((await source.current()).map(({ rules: [rule] }) => rule?.action)).toEqual(['DENY', 'DENY', 'ALLOW']);
  } finally {
    source.close();
  }
});

// In a separate process, because this one must not print.
test('an invalid file emits a process warning by default, and the previous policies stay in effect', async () => {
  const file = join(folder, 'a.yaml');
  await writeFile(file, 'name: a\nrules:\n  - action: DENY\n');
  const script = `
    import { once } from 'node:events';
    import { writeFileSync } from 'node:fs';
    import { createPolicySource } from './src/embedded/policy-files/policy-source.ts';
    let begun;
    const isBegun = new Promise((resolve) => (begun = resolve));
    const source = createPolicySource({ policies: process.argv[2], watch: true, onPolicyChange: () => begun() });
    const isAlive = setInterval(() => undefined, 1000);
    await isBegun;
    writeFileSync(process.argv[3], 'name: a\\nrules: []\\n');
    const [warning] = await once(process, 'warning');
    const names = (await source.current()).map(({ name }) => name);
    clearInterval(isAlive);
    process.stdout.write(JSON.stringify({ warning: String(warning), names }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', program(script), folder, file], {
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual({
    warning: `PolicyError: The policies cannot be used. ${file}:2: rules is []: must contain at least one rule`,
    names: ['a'],
  });
}, 40_000);
