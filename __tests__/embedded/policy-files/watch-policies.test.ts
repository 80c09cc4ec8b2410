import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { waitFor } from '../../setup/wait-for.ts';
import { watchPolicies, type PolicyWatch } from '../../../src/embedded/policy-files/watch-policies.ts';
import { program } from '../../setup/program.ts';

let folder: string;
let watch: PolicyWatch | undefined;
let received: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policies-'));
  received = [];
});
afterEach(async () => {
  watch?.close();
  await rm(folder, { recursive: true });
});

const yaml = (name: string) => `name: ${name}\nrules:\n  - action: DENY\n`;
/** Replaces the file in one step, so that a check of a slow machine does not find half of it. */
async function write(path: string, text: string): Promise<void> {
  await writeFile(join(folder, `${path}.new`), text);
  await rename(join(folder, `${path}.new`), join(folder, path));
}

function start(path = folder): void {
  watch = watchPolicies(path, {
    everyMs: 10,
    debounceMs: 5,
    onChange: (policies) => void received.push(policies.map(({ name }) => name).join(' ')),
    onError: (error) => void received.push(`broken: ${String(error)}`),
  });
}

/** Waits for the next report, and returns it. */
async function next(): Promise<string> {
  await waitFor(() => received.length > 0);
  return received.shift() ?? '';
}

describe('watched policies', () => {
  test('are reported initially, so that no change between loading and watching is lost', async () => {
    await write('a.yaml', yaml('a'));
    start();
    expect(await next()).toBe('a');
  });

  test('are reported when a file is written, added, replaced or removed', async () => {
    await write('a.yaml', yaml('a'));
    start();
    await next();
    await writeFile(join(folder, 'a.yaml'), yaml('A'));
    let word = await next();
    // A check may find the file while it is empty.
    while (word.startsWith('broken: ')) word = await next();
    expect(word).toBe('A');
    await write('b.yaml', yaml('b'));
    expect(await next()).toBe('A b');
    await write('b.tmp', yaml('B'));
    await rename(join(folder, 'b.tmp'), join(folder, 'b.yaml'));
    expect(await next()).toBe('A B');
    await rm(join(folder, 'a.yaml'));
    expect(await next()).toBe('B');
  });

  test('are reported when a file of a glob or path appears', async () => {
    await mkdir(join(folder, 'x'));
    start(join(folder, '**/*.yaml'));
    expect(await next()).toMatch(/^broken: .* matches no file/);
    await write('x/a.yaml', yaml('a'));
    expect(await next()).toBe('a');
  });

  test('are reported when a link points to another folder, as in Kubernetes', async () => {
    for (const version of ['..1', '..2']) {
      await mkdir(join(folder, version));
      await write(`${version}/a.yaml`, yaml(`a${version}`));
    }
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    start();
    expect(await next()).toBe('a..1');
    await symlink('..2', join(folder, '..tmp'));
    await rename(join(folder, '..tmp'), join(folder, '..data'));
    expect(await next()).toBe('a..2');
  });

  test('stay in effect if a file becomes invalid, and each error is reported once', async () => {
    await write('a.yaml', yaml('a'));
    start();
    await next();
    await write('a.yaml', 'name: a\nrules: []\n');
    expect(await next()).toMatch(/^broken: PolicyError: .*a\.yaml:2: rules is \[\]/);
    await sleep(100);
    expect(received).toEqual([]);
    await write('a.yaml', 'name: [');
    expect(await next()).toMatch(/^broken: PolicyError/);
    await write('a.yaml', yaml('a'));
    expect(await next()).toBe('a');
  });

  test('are not reported while nothing changes, or after close', async () => {
    await write('a.yaml', yaml('a'));
    start();
    await next();
    await sleep(100);
    watch?.close();
    await write('a.yaml', yaml('b'));
    await sleep(100);
    expect(received).toEqual([]);
  });

  test('are still watched if a listener throws', async () => {
    await write('a.yaml', yaml('a'));
    watch = watchPolicies(folder, {
      everyMs: 10,
      debounceMs: 5,
      onChange: ([policy]) => {
        received.push(policy?.name ?? '');
        throw new Error('not now');
      },
      onError: (error) => {
        received.push(String(error));
        throw new Error('never');
      },
    });
    expect([await next(), await next()]).toEqual(['a', 'Error: not now']);
    await write('a.yaml', yaml('b'));
    expect([await next(), await next()]).toEqual(['b', 'Error: not now']);
  });

  test('do not keep a process alive', async () => {
    await write('a.yaml', yaml('a'));
    const script = `import { watchPolicies } from './src/embedded/policy-files/watch-policies.ts';
      watchPolicies(process.argv[2], { onChange: () => {}, onError: () => {} });
      setTimeout(() => process.stdout.write('done'), 300);`;
    const { stdout } = await promisify(execFile)(process.execPath, [program(script), folder], { timeout: 30_000 });
    expect(stdout).toBe('done');
  }, 40_000);

  test.each([0, -1, Number.NaN])('cannot be checked every %d ms', (everyMs) => {
    const none = (): void => undefined;
    expect(() => watchPolicies(folder, { everyMs, onChange: none, onError: none })).toThrow(TypeError);
  });
});
