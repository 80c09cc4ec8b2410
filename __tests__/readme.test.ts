import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { MODEL } from '../examples/model.ts';
import { STANDARD_MESSAGES } from '../src/runner/call/messages.ts';
import { INTERVEN_OPTIONS } from '../src/runner/gateway/interven.ts';
import { RUNNER_OPTIONS } from '../src/runner/settings.ts';
import { TOOL_SETTINGS } from '../src/runner/tools/tool.ts';

const read = (file: string): string => readFileSync(file, 'utf8');
const docs = readdirSync('docs')
  .filter((page) => page.endsWith('.md'))
  .map((page) => join('docs', page));
const pages = ['README.md', ...docs];

/** The text without comments. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(join('src', file)).replaceAll(/\/\*\*?[^]*?\*\//g, ''));

test('every code block of the README and docs is part of a file that CI runs, with the output that it prints', () => {
  expect(execFileSync('node', ['scripts/sync-readme.mjs', '--check'], { encoding: 'utf8' })).toBe('');
});

test('the README has at most 350 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(350);
});

test('the quickstart is plain JavaScript, so that it runs without a build', () => {
  expect(read('README.md')).toMatch(/^<!-- examples\/quickstart\.ts -->\n```js$/m);
  expect(() =>
    execFileSync('node', ['--check', '--input-type=module'], { input: read('examples/quickstart.ts') }),
  ).not.toThrow();
});

test('the index of docs names every page', () => {
  const index = read('docs/README.md');
  const missing = docs.filter(
    (page) => page !== 'docs/README.md' && !index.includes(`](${page.slice('docs/'.length)})`),
  );
  expect(missing).toEqual([]);
});

test.each(pages)('every script, file and heading that %s names exists', (page) => {
  const text = read(page);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
  for (const [, file = '', anchor] of text.matchAll(/\]\((?!http)([^)#]*)#?([^)]*)\)/g)) {
    const target = file === '' ? page : normalize(join(dirname(page), file));
    expect([target, existsSync(target)]).toEqual([target, true]);
    if (anchor) expect([target, anchorsOf(target)]).toEqual([target, expect.arrayContaining([anchor])]);
  }
});

test.each(pages)('no two headings of %s have one anchor', (page) => {
  const anchors = anchorsOf(page);
  expect(anchors.filter((anchor, index) => anchors.indexOf(anchor) !== index)).toEqual([]);
});

function anchorsOf(page: string): string[] {
  const text = read(page).replaceAll(/^```[^]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('docs/errors.md has a row for every outcome', () => {
  const outcomes = ['allowed', ...Object.keys(STANDARD_MESSAGES)].filter((key) => key !== 'output_cut');
  expect(outcomes.filter((outcome) => !rowsOf('docs/errors.md').includes(outcome))).toEqual([]);
});

test.each(['Outcome', 'RunErrorCode', 'GatewayFault'])('docs/errors.md has a row for every %s', (type) => {
  const members = unionOf(type);
  expect(members.length).toBeGreaterThan(5);
  expect(members.filter((member) => !rowsOf('docs/errors.md').includes(member))).toEqual([]);
});

/** The names in the first column of a page's tables. */
function rowsOf(page: string): string[] {
  return [...read(page).matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
}

/** The strings of an exported union type. */
function unionOf(type: string): string[] {
  const [body = ''] = declarationsOf(new RegExp(`export type ${type} =([^;]+);`));
  return [...body.matchAll(/\| '(\w+)'/g)].map(([, member = '']) => member);
}

test.each([
  ['GuardedRunner', ['GuardOptions', 'GuardedRunnerOptions'], ''],
  ['one run', ['CommonRunOptions'], ''],
  ['tool()', ['ToolSettings', 'ToolOptions', 'TextToolOptions'], 'tool: '],
  ['IntervenGateway', ['IntervenGatewayOptions'], 'IntervenGateway: '],
  ['EmbeddedGateway', ['EmbeddedGatewayOptions', 'PolicyOptions'], 'EmbeddedGateway: '],
])('docs/options.md has a heading for every option of %s', (_owner, interfaces, prefix) => {
  const options = interfaces.flatMap(membersOf);
  const headings = [...read('docs/options.md').matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  expect(options.filter((option) => !headings.includes(`${prefix}\`${option}\``))).toEqual([]);
});

/** Options whose default depends on the API, the method or the request, or is no value. */
const DEFAULT_IN_WORDS = ['timeoutMs', 'maxTurns', 'transport', 'onInDoubt'];

test.each([
  ['GuardedRunner', RUNNER_OPTIONS, '', 'src/runner/options.ts'],
  ['tool()', TOOL_SETTINGS, 'tool: ', 'src/runner/tools/tool.ts'],
  ['IntervenGateway', INTERVEN_OPTIONS, 'IntervenGateway: ', 'src/runner/gateway/interven.ts'],
])('docs/options.md and the doc comments state the defaults of the options of %s', (_owner, table, prefix, source) => {
  const page = read('docs/options.md');
  const code = read(source);
  const rows = Object.entries<{ readonly check: unknown; readonly default?: unknown }>(table).filter(
    ([key]) => !DEFAULT_IN_WORDS.includes(key),
  );
  for (const [key, row] of rows) {
    const section = page.split(`### ${prefix}\`${key}\``)[1]?.split('\n#')[0] ?? '';
    const [before = ''] = code.split(new RegExp(`^ +readonly ${key}\\??:.*`, 'm'));
    const docComment = /\/\*\*(?:(?!\*\/)[^])*\*\/\s*$/.exec(before)?.[0] ?? '';
    const inWords = ['undefined', 'object', 'function'].includes(typeof row.default);
    const expected = inWords ? undefined : String(row.default);
    expect([key, statedDefault(section), statedDefault(docComment)]).toEqual([key, expected, expected]);
  }
});

/** The default that a doc comment or page states as a value, such as `Default 900 000`; undefined for a default in words. */
function statedDefault(text: string): string | undefined {
  const line = text.replaceAll(/\s+(?:\* )?/g, ' ');
  if (/no default limit|default: no limit/i.test(line)) return 'Infinity';
  const [, marked, number, word] = /`'?(\w+)'?` \(default\)|\bDefault (\d[\d ]*)|\bDefault `?'?(\w+)/.exec(line) ?? [];
  return marked ?? number?.replaceAll(' ', '') ?? word;
}

test.each([
  ['docs/policies.md', ['PolicyInput', 'RuleInput', 'MatchInput', 'ConditionInput']],
  ['docs/gateway-server.md', ['GatewayServerOptions']],
  ['docs/testing.md', ['FakeOpenAIOptions', 'Misbehaviour', 'StreamMisbehaviour']],
  ['docs/responses.md', ['ResponsesResult', 'ContinueFrom']],
  ['docs/tools.md', ['CallContext', 'CallRecord', 'CommonResult']],
])('%s names every field of %j', (page, interfaces) => {
  const text = read(page);
  expect(interfaces.flatMap(membersOf).filter((member) => !new RegExp(`\\b${member}\\b`).test(text))).toEqual([]);
});

test('docs/streaming-and-events.md has a row for every event', () => {
  const [events = ''] = sources.filter((text) => text.includes('export type RunEvent ='));
  const types = [...events.matchAll(/readonly type: '([\w-]+)'/g)].map(([, type = '']) => type);
  expect(types.length).toBeGreaterThan(5);
  const page = read('docs/streaming-and-events.md');
  expect(types.filter((type) => !page.includes(`\n| \`${type}\``))).toEqual([]);
});

test('docs/cli.md names every option of every command', () => {
  const page = read('docs/cli.md');
  const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const commands = files.map((file) => read(join('src/cli', file)));
  const options = commands.flatMap((text) =>
    [...text.matchAll(/^ +'?([\w-]+)'?: {\s*type: '(?:string|boolean)'/gm)].map(([, option = '']) => option),
  );
  expect(options.length).toBeGreaterThan(10);
  expect(options.filter((option) => !page.includes(`--${option}`))).toEqual([]);
});

/** The properties that an exported interface declares itself. */
function membersOf(name: string): string[] {
  const [body = ''] = declarationsOf(new RegExp(`^export interface ${name}\\b[^{]*{\n([^]*?)\n}`, 'm'));
  const members = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member);
  expect([name, members.length]).not.toEqual([name, 0]);
  return members;
}

function declarationsOf(declaration: RegExp): string[] {
  return sources.flatMap((text) => declaration.exec(text)?.[1] ?? []);
}

test('every model named in the README, docs and examples is that of examples/model.ts, but for its predecessor', () => {
  const examples = readdirSync('examples').filter((file) => file.endsWith('.ts'));
  const files = [...pages, ...examples.map((file) => join('examples', file))];
  const models = files.flatMap((file) =>
    [...read(file).matchAll(/\bgpt-[\w-]+(?:\.\d[\w-]*)*/g)].map(([model]) => `${file}: ${model}`),
  );
  const others = models.filter((model) => !model.endsWith(`: ${MODEL}`));
  expect(others).toEqual(['docs/migrating.md: gpt-5']);
});
