import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The types that a gateway implements, and their error. */
const GATEWAY_SEAM = ['runner/gateway/gateway.ts', 'runner/gateway/gateway-error.ts'];

/**
 * The rooms and single files that each room may import. The longest entry that fits a file's path applies. A file
 * directly in `src` is the public entry point of a room.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'index.ts': ['runner'],
  'embedded.ts': ['embedded'],
  'server.ts': ['server', 'embedded', 'internal'],
  'postgres.ts': ['postgres'],
  'telemetry.ts': ['runner/telemetry'],
  'testing.ts': ['testing'],
  runner: ['runner', 'internal'],
  'runner/gateway': ['runner/gateway', 'runner/limits.ts', 'internal'],
  'runner/call': [
    'runner/call',
    'runner/journal',
    'runner/gateway',
    'runner/events.ts',
    'runner/trace.ts',
    'runner/errors.ts',
    'runner/limits.ts',
    'runner/settings.ts',
    'internal',
  ],
  'runner/journal': [
    'runner/journal',
    'runner/call',
    'runner/gateway',
    'runner/errors.ts',
    'runner/limits.ts',
    'internal',
  ],
  'runner/telemetry': ['runner/telemetry', 'runner/events.ts', 'runner/trace.ts', 'internal'],
  embedded: ['embedded', ...GATEWAY_SEAM, 'internal'],
  'embedded/policy': ['embedded/policy', 'embedded/catalog', 'embedded/detection', ...GATEWAY_SEAM, 'internal'],
  'embedded/catalog': ['embedded/catalog', 'embedded/detection', 'internal'],
  'embedded/detection': ['embedded/detection', 'internal'],
  'embedded/approvals': ['embedded/approvals', 'embedded/detection', ...GATEWAY_SEAM, 'internal'],
  server: ['server', 'embedded', 'runner/gateway', 'runner/call/describe.ts', 'runner/journal/runs.ts', 'internal'],
  postgres: [
    'postgres',
    'runner/journal',
    'runner/budgets.ts',
    'embedded/approvals',
    'embedded/audit',
    'server/server-state.ts',
    'server/notices/outbox.ts',
    ...GATEWAY_SEAM,
    'internal',
  ],
  cli: ['cli', 'server', 'embedded', 'runner', 'postgres', 'internal'],
  'cli/demo': ['testing', 'cli', 'server', 'embedded', 'runner', 'postgres', 'internal'],
  testing: ['testing', 'runner/gateway', 'internal'],
  internal: ['internal'],
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

const isIn = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);

/** The rooms and files that a file may import. */
function allowedFor(path: string): readonly string[] {
  const rooms = Object.keys(MAY_IMPORT).filter((room) => isIn(path, room));
  const [closest = ''] = rooms.sort((one, other) => other.length - one.length);
  return MAY_IMPORT[closest] ?? [];
}

describe('the source', () => {
  test.each(files)('$path imports only what its room may', ({ path, own }) => {
    const allowed = allowedFor(path);
    expect(own.filter((from) => !allowed.some((room) => isIn(from, room)))).toEqual([]);
  });

  test('never imports openai; the demo loads it when it runs', () => {
    const users = files.filter(({ text }) => /(?:from |import\()'openai/.test(text));
    expect(users.map(({ path }) => path)).toEqual(['cli/demo/demo.ts', 'cli/demo/run-demo.ts']);
    expect(users.flatMap(({ text }) => [...text.matchAll(/^import (?!type ).*'openai.*/gm)])).toEqual([]);
  });

  test('loads the fake API only for the demo', () => {
    const run = files.find(({ path }) => path === 'cli/demo/demo.ts');
    expect(run?.own.filter((from) => isIn(from, 'testing') || isIn(from, 'cli/demo'))).toEqual([]);
  });

  test('loads policies, detection and what they need only through embedded.ts', () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      byPath.get(path)?.own.forEach(visit);
    };
    ['index.ts', 'testing.ts'].forEach(visit);
    expect([...reached].filter((path) => path.startsWith('embedded'))).toEqual([]);
    const packages = [...reached].flatMap((path) => byPath.get(path)?.imports ?? []);
    expect(packages.filter((from) => /^(?:yaml|libphonenumber-js)\b/.test(from))).toEqual([]);
  });

  test('needs OpenTelemetry only in telemetry, which nothing else imports', () => {
    const others = files.filter(({ path }) => path !== 'telemetry.ts' && !isIn(path, 'runner/telemetry'));
    const isTelemetry = (from: string): boolean => isIn(from, 'runner/telemetry') || from.startsWith('@opentelemetry/');
    expect(others.filter(({ imports, own }) => [...imports, ...own].some(isTelemetry))).toEqual([]);
    const packages = files.flatMap(({ imports }) => imports).filter((from) => from.startsWith('@opentelemetry/'));
    expect(new Set(packages)).toEqual(new Set(['@opentelemetry/api']));
  });

  test('parses URLs in one place, which works around a bug of Node', () => {
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

  test.each(files)('$path is at most 400 lines and names its exports', ({ text }) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(401);
    expect(text).not.toMatch(/export \*|export default/);
  });

  test('prints, reads the command line and ends the process only in the program itself', () => {
    const touching = files.filter(({ text }) =>
      /console\.(log|info|warn|error|debug)\(|process\.(exit|argv|std(in|out|err))/.test(
        text.replaceAll(/\/\*\*[^]*?\*\//g, ''),
      ),
    );
    expect(touching.map(({ path }) => path)).toEqual(['cli/main.ts']);
  });
});

test('has at most five runtime dependencies, and imports no other package', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Record<string, object>;
  expect(Object.keys(dependencies ?? {}).length).toBeLessThanOrEqual(5);
  expect(peerDependencies).toEqual({
    '@opentelemetry/api': '^1.9.0',
    openai: '^5 || ^6 || ^7',
    pg: '^8.11',
    zod: '^4.3',
  });
  expect(peerDependenciesMeta).toEqual({ '@opentelemetry/api': { optional: true }, pg: { optional: true } });
  const imported = new Set(files.flatMap(({ imports }) => imports).filter((from) => !/^(\.|node:)/.test(from)));
  const known = [...Object.keys(dependencies ?? {}), 'openai', 'zod', '@opentelemetry/api'];
  const isKnown = (from: string): boolean => known.some((name) => from === name || from.startsWith(`${name}/`));
  expect([...imported].filter((from) => !isKnown(from))).toEqual([]);
});
