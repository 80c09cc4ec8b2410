import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What each part may import of ours; `core/outcome` is types that the errors carry. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  internal: ['internal'],
  errors: ['core/outcome.ts'],
  core: ['core', 'internal', 'errors'],
  drivers: ['drivers', 'core', 'internal', 'errors'],
  gateways: ['gateways', 'policy', 'detection', 'approvals', 'core', 'internal', 'errors'],
  tools: ['tools', 'core', 'internal', 'errors'],
  detection: ['detection', 'internal'],
  policy: ['policy', 'detection', 'core', 'internal'],
  approvals: ['approvals', 'core', 'internal', 'errors'],
  server: ['server', 'gateways', 'policy', 'detection', 'approvals', 'core', 'internal', 'errors'],
  cli: ['cli', 'server', 'gateways', 'policy', 'detection', 'approvals', 'journal', 'core', 'internal', 'errors'],
  serve: ['serve', 'drivers', 'core', 'internal', 'errors', 'options', 'settings', 'results', 'client-checks'],
  journal: ['journal', 'core', 'internal'],
  telemetry: ['telemetry', 'core', 'internal'],
  testing: ['testing', 'core', 'internal', 'errors'],
};

const files = sources('src').map((path) => {
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)'/gms)].map(([, from = '']) => from);
  const own = imports.filter((from) => from.startsWith('.')).map((from) => normalize(join(dirname(path), from)));
  return { path: path.slice('src/'.length), text, imports, own: own.map((from) => from.slice('src/'.length)) };
});

function sources(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(folder, entry));
}

const part = (path: string): string => path.split('/')[0]?.replace('.ts', '') ?? '';

describe('the source', () => {
  test.each(files.filter(({ path }) => part(path) in MAY_IMPORT))(
    '$path imports only what its part may',
    ({ path, own }) => {
      const may = MAY_IMPORT[part(path)] ?? [];
      expect(own.filter((from) => !may.includes(part(from)) && !may.includes(from))).toEqual([]);
    },
  );

  test('never imports testing nor the command line, nor openai at run time', () => {
    for (const { path, own, imports } of files) {
      if (part(path) !== 'testing') expect(own.filter((from) => part(from) === 'testing')).toEqual([]);
      if (part(path) !== 'cli') expect(own.filter((from) => part(from) === 'cli')).toEqual([]);
      expect(imports.filter((from) => from.startsWith('openai'))).toEqual([]);
    }
  });

  test('loads policies, detection and what they need only through embedded.ts', () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      byPath.get(path)?.own.forEach(visit);
    };
    ['index.ts', 'testing/index.ts'].forEach(visit);
    expect([...reached].filter((path) => /^(?:policy|detection|approvals|embedded)\b/.test(path))).toEqual([]);
    const packages = [...reached].flatMap((path) => byPath.get(path)?.imports ?? []);
    expect(packages.filter((from) => /^(?:yaml|libphonenumber-js)\b/.test(from))).toEqual([]);
  });

  test('needs OpenTelemetry only in telemetry, which nothing else imports', () => {
    const others = files.filter(({ path }) => part(path) !== 'telemetry');
    const isTelemetry = (from: string): boolean => part(from) === 'telemetry' || from.startsWith('@opentelemetry/');
    expect(others.filter(({ imports, own }) => [...imports, ...own].some(isTelemetry))).toEqual([]);
    const packages = files.flatMap(({ imports }) => imports).filter((from) => from.startsWith('@opentelemetry/'));
    expect(new Set(packages)).toEqual(new Set(['@opentelemetry/api']));
  });

  test('asks whether a text is a URL in one place, where a fault of Node is known', () => {
    const asking = files.filter(({ text }) => text.includes('URL.canParse('));
    expect(asking.map(({ path }) => path)).toEqual(['internal/url.ts']);
  });

  test('has no import cycle', () => {
    const imports = new Map(files.map(({ path, own }) => [path, own]));
    const visit = (path: string, trail: readonly string[]): void => {
      expect(trail).not.toContain(path);
      if (done.has(path)) return;
      for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    const done = new Set<string>();
    for (const { path } of files) visit(path, []);
  });

  test.each(files)('$path is at most 250 lines and names its exports', ({ text }) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(251);
    expect(text).not.toMatch(/export \*|export default/);
  });

  test('prints, reads the command line and ends the process only in the program itself', () => {
    const touching = files.filter(({ text }) =>
      /console\.(log|info|warn|error|debug)\(|process\.(exit|argv|std(in|out|err))/.test(text),
    );
    expect(touching.map(({ path }) => path)).toEqual(['cli/main.ts']);
  });
});

test('at most five packages are needed at run time, beside the user’s own', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Record<string, object>;
  expect(Object.keys(dependencies ?? {}).length).toBeLessThanOrEqual(5);
  expect(peerDependencies).toEqual({ '@opentelemetry/api': '^1.9.0', openai: '^5 || ^6 || ^7', zod: '^4' });
  expect(peerDependenciesMeta).toEqual({ '@opentelemetry/api': { optional: true } });
  const imported = new Set(files.flatMap(({ imports }) => imports).filter((from) => !/^(\.|node:)/.test(from)));
  const known = [...Object.keys(dependencies ?? {}), 'zod', '@opentelemetry/api'];
  const isKnown = (from: string): boolean => known.some((name) => from === name || from.startsWith(`${name}/`));
  expect([...imported].filter((from) => !isKnown(from))).toEqual([]);
});
