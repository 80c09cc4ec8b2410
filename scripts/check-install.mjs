/**
 * Installs the packed package from the registry as users do, with each supported major of openai and the oldest zod, and
 * uses it. Needs the package registry; `npm run check:package` does the rest without one.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'install-check-'));
// The commands of the README and of docs/troubleshooting.md. openai 5 asks for zod 3 unless zod 4 is named.
const installs = [
  ['openai@6', 'zod'],
  ['openai@7', 'zod'],
  ['openai@5', 'zod@4'],
  ['openai@6', 'zod@4.3.0'],
];

try {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', work], { cwd: root });
  const tarball = join(work, readdirSync(work)[0]);
  for (const peers of installs) {
    const folder = join(work, peers.join(' '));
    mkdirSync(folder);
    cpSync(join(root, '__tests__/fixtures/consumer/use.mjs'), join(folder, 'use.mjs'));
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    try {
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball, ...peers], { cwd: folder });
      execFileSync('node', ['use.mjs'], { cwd: folder });
      console.log(`ok   npm install with ${peers.join(' ')}`);
    } catch (error) {
      console.error(`FAIL npm install with ${peers.join(' ')}\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
