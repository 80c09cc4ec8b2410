import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPolicySource } from '../../src/gateways/policy-source.ts';
import { PolicyError } from '../../src/policy/policy-error.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policies-'));
});
afterEach(async () => rm(folder, { recursive: true }));

test('no policies at all are refused, with what to pass', () => {
  const made = (): unknown => createPolicySource({ policies: [] });
  expect(made).toThrow(PolicyError);
  expect(made).toThrow(/policies is \[\]: would let every call through; .*starterPolicies, agentSafety\].*a folder/);
});

// In a process of its own, so that nothing is printed here.
test('the process warns of a file that breaks where nobody else is told, and the policies of before stay in force', async () => {
  const file = join(folder, 'a.yaml');
  await writeFile(file, 'name: a\nrules:\n  - action: DENY\n');
  const module = new URL('../../src/gateways/policy-source.ts', import.meta.url).href;
  const script = `
    import { once } from 'node:events';
    import { writeFileSync } from 'node:fs';
    import { createPolicySource } from ${JSON.stringify(module)};
    let begun;
    const isBegun = new Promise((resolve) => (begun = resolve));
    const source = createPolicySource({ policies: ${JSON.stringify(folder)}, watch: true, onPolicyChange: () => begun() });
    const isAlive = setInterval(() => undefined, 1000);
    await isBegun;
    writeFileSync(${JSON.stringify(file)}, 'name: a\\nrules: []\\n');
    const [warning] = await once(process, 'warning');
    const names = (await source.current()).map(({ name }) => name);
    clearInterval(isAlive);
    process.stdout.write(JSON.stringify({ warning: String(warning), names }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--import', 'tsx', '--input-type=module', '-e', script],
    { timeout: 30_000 },
  );
  expect(JSON.parse(stdout)).toEqual({
    warning: `PolicyError: The policies cannot be used. ${file}:2: rules is []: must have a rule`,
    names: ['a'],
  });
}, 40_000);
