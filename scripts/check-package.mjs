/**
 * Packs the package as npm would publish it and uses it as its users do: publint, are-the-types-wrong, `import` and
 * `require`, types under `node16` and `bundler`, openai 5, 6 and 7, and Jest in CommonJS mode by the README's recipe.
 * Needs no network: the packed files are laid beside links to the packages that are installed here.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';

const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'package-check-'));
const modules = join(root, 'node_modules');
const name = 'interven-openai-assistants';

const atOnce = pLimit(2);
const checks = [];

function run(what, command, args, cwd = work) {
  checks.push(
    atOnce(async () => {
      try {
        // Without the options of the npm script that called us.
        const { NODE_OPTIONS: _options, ...env } = process.env;
        await promisify(execFile)(command, args, { cwd, env });
        console.log(`ok   ${what}`);
      } catch (error) {
        console.error(`FAIL ${what}\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
        process.exitCode = 1;
      }
    }),
  );
}

/** Node's own resolution from the consumer's folder: nothing but the package, its dependencies and its peers. */
function consumer(folder, openai) {
  const target = join(folder, 'node_modules');
  mkdirSync(target, { recursive: true });
  cpSync(join(work, 'package'), join(target, name), { recursive: true });
  for (const dependency of [
    'p-limit',
    'yocto-queue',
    'safe-stable-stringify',
    'hono',
    'yaml',
    'libphonenumber-js',
    'zod',
    '@types',
    'undici-types',
  ]) {
    symlinkSync(join(modules, dependency), join(target, dependency));
  }
  symlinkSync(join(modules, openai), join(target, 'openai'));
  return folder;
}

const MAX_FILES = 900;
const MAX_BYTES = 2_500_000;

function checkSize(folder) {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
  const isFit = files.length <= MAX_FILES && bytes <= MAX_BYTES;
  console.log(`${isFit ? 'ok  ' : 'FAIL'} ${files.length} files, ${bytes} bytes unpacked`);
  if (!isFit) process.exitCode = 1;
}

try {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', work], {
    cwd: root,
    stdio: 'pipe',
  });
  const tarball = readdirSync(work).find((file) => file.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', join(work, tarball), '-C', work]);
  checkSize(join(work, 'package'));

  const bin = (tool) => join(modules, '.bin', tool);
  run('publint', bin('publint'), ['--strict', join(work, 'package')]);
  run('are the types wrong', bin('attw'), ['--profile', 'esm-only', join(work, tarball)]);

  const fixtures = join(root, '__tests__/fixtures/consumer');
  for (const openai of ['openai5', 'openai', 'openai7']) {
    const folder = consumer(join(work, openai), openai);
    cpSync(fixtures, folder, { recursive: true });
    run(`import with ${openai}`, 'node', ['use.mjs'], folder);
    run(`require with ${openai}`, 'node', ['use.cjs'], folder);
    // Everything before has done without it.
    if (openai === 'openai') run('telemetry without OpenTelemetry', 'node', ['telemetry.mjs', 'absent'], folder);
    const cli = join(folder, 'node_modules', name, 'dist/cli/main.js');
    if (openai === 'openai') run('the command line', 'node', [cli, '--help'], folder);
    if (openai === 'openai7') run('the demo', 'node', [cli, 'demo', '--api', 'agents'], folder);
    for (const [module, resolution] of [
      ['node16', 'node16'],
      ['esnext', 'bundler'],
    ]) {
      // Our own declarations are the same for all: they are checked in full once. TypeScript 6 takes four times as long.
      const isUsual = openai === 'openai' && resolution === 'node16';
      const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2023', '--types', 'node'];
      const settings = ['--module', module, '--moduleResolution', resolution, 'types.mts'];
      for (const compiler of isUsual ? ['typescript7', 'typescript'] : ['typescript7']) {
        const skip = ['--skipLibCheck', String(!isUsual || compiler === 'typescript')];
        const tsc = join(modules, compiler, 'bin/tsc');
        run(
          `${compiler}: types with ${openai} under ${resolution}`,
          'node',
          [tsc, ...flags, ...skip, ...settings],
          folder,
        );
      }
    }
  }

  const traced = consumer(join(work, 'traced'), 'openai');
  cpSync(fixtures, traced, { recursive: true });
  mkdirSync(join(traced, 'node_modules/@opentelemetry'));
  symlinkSync(join(modules, '@opentelemetry/api'), join(traced, 'node_modules/@opentelemetry/api'));
  run('telemetry with OpenTelemetry', 'node', ['telemetry.mjs'], traced);

  const jestFolder = consumer(join(work, 'jest-cjs'), 'openai');
  cpSync(join(root, '__tests__/fixtures/jest-cjs'), jestFolder, { recursive: true });
  for (const dependency of ['ts-jest', 'typescript', 'jest']) {
    symlinkSync(join(modules, dependency), join(jestFolder, 'node_modules', dependency));
  }
  writeFileSync(join(jestFolder, 'package.json'), '{ "private": true }');
  run('Jest in CommonJS mode', 'node', [join(modules, 'jest/bin/jest.js'), '--rootDir', jestFolder], jestFolder);
  await Promise.all(checks);
} finally {
  rmSync(work, { recursive: true, force: true });
}
