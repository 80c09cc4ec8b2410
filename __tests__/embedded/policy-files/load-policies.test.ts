import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jsonFault } from '../../../src/embedded/policy-files/json-fault.ts';
import { loadPolicies } from '../../../src/embedded/policy-files/load-policies.ts';
import { PolicyError } from '../../../src/embedded/policy/policy-error.ts';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'policies-')));
});
afterEach(async () => rm(folder, { recursive: true }));

async function write(path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
  return join(folder, path);
}

const yaml = (name: string) => `name: ${name}\nrules:\n  - action: DENY\n`;
const names = async (path: string | string[]) => (await loadPolicies(path)).map(({ name }) => name);
const problemsOf = async (path: string | string[]) => {
  const error = await loadPolicies(path).catch((thrown: unknown) => thrown);
  if (!(error instanceof PolicyError)) throw new Error('The policies were accepted.', { cause: error });
  return error.problems;
};

describe('policies are loaded', () => {
  test('equally from YAML and JSON', async () => {
    const policy = {
      name: 'p',
      rules: [{ action: 'DENY', match: { channel_patterns: ['#sec-*'], verbs: ['WRITE'] } }],
    };
    const written = await write(
      'a.yaml',
      '# ours\nname: p\nrules:\n- action: DENY\n  match:\n    channel_patterns: ["#sec-*"]\n    verbs: [WRITE]\n',
    );
    const expected = await loadPolicies(written);
    expect(expected).toMatchObject([
      { name: 'p', rules: [{ match: { channelPatterns: ['#sec-*'], verbs: ['WRITE'] } }] },
    ]);
    for (const text of [
      JSON.stringify(policy),
      JSON.stringify(policy, null, '\t'),
      `\ufeff${JSON.stringify(policy, null, 2)}\r\n`,
    ]) {
      expect(await loadPolicies(await write('a.json', text))).toEqual(expected);
    }
  });

  test('from several documents in a file, ignoring empty ones', async () => {
    expect(await names(await write('a.yaml', `---\n${yaml('a')}---\n---\n${yaml('b')}---\n# end\n`))).toEqual([
      'a',
      'b',
    ]);
  });

  test('with aliases', async () => {
    const path = await write(
      'a.yaml',
      'name: a\nrules:\n- {action: DENY, verbs: &v [READ]}\n- {action: DENY, verbs: *v}\n',
    );
    expect((await loadPolicies(path))[0]?.rules.map(({ match }) => match.verbs)).toEqual([['READ'], ['READ']]);
  });

  test('from rules without a policy, named after the file', async () => {
    expect(await names(await write('slack.yml', '- action: DENY\n'))).toEqual(['slack']);
  });

  test('from the JSON and YAML files of a folder in order, without hidden files and subfolders', async () => {
    for (const path of ['b.yaml', 'a.yml', 'C.yaml']) await write(path, yaml(path));
    await write('c.json', JSON.stringify({ name: 'c.json', rules: [{ action: 'DENY' }] }));
    for (const path of ['deep/d.yaml', '.hidden.yaml', 'notes.txt', 'a.yaml~']) await write(path, ': no policy');
    await mkdir(join(folder, 'folder.yaml'));
    expect(await names(folder)).toEqual(['C.yaml', 'a.yml', 'b.yaml', 'c.json']);
  });

  test.each([
    ['*.yaml', ['a.yaml']],
    ['?.y{a,}ml', ['a.yaml', 'b.yml']],
    ['x/*.yaml', ['x/c.yaml']],
    ['*/*.yaml', ['x/c.yaml', 'y/c.yaml']],
    ['*/c.yaml', ['x/c.yaml', 'y/c.yaml']],
    ['x/**', ['x/c.yaml', 'x/z/z/d.yaml']],
    ['**/*.yaml', ['a.yaml', 'x/c.yaml', 'x/z/z/d.yaml', 'y/c.yaml']],
    ['**/**/z/*.yaml', ['x/z/z/d.yaml']],
    ['x/../[ab].*', ['a.yaml', 'b.yml']],
    ['.git/*.yaml', ['.git/h.yaml']],
  ])('from a glob: %s', async (glob, expected) => {
    for (const path of ['a.yaml', 'b.yml', 'x/c.yaml', 'x/z/z/d.yaml', 'y/c.yaml', '.git/h.yaml'])
      await write(path, yaml(path));
    expect(await names(`${folder}/${glob}`)).toEqual(expected);
  });

  test('from a path that contains wildcard characters', async () => {
    expect(await names(await write('[a]{b,c}*.yaml', yaml('p')))).toEqual(['p']);
  });

  test('from several paths, each file once', async () => {
    const path = await write('b.yaml', yaml('b'));
    await write('a.yaml', yaml('a'));
    expect(await names([path, folder, join(folder, '*.yaml')])).toEqual(['a', 'b']);
  });

  test('through links to files, as Kubernetes mounts them', async () => {
    await write('..2026/slack.yaml', yaml('slack'));
    await symlink('..2026', join(folder, '..data'));
    await symlink('..data/slack.yaml', join(folder, 'slack.yaml'));
    expect(await names(folder)).toEqual(['slack']);
    expect(await names(join(folder, '**/*.yaml'))).toEqual(['slack']);
  });
});

describe('policies are rejected', () => {
  test.each([
    [
      'an unknown value',
      'name: a\nrules:\n  - action: DENY\n    match:\n      verbs:\n        - READ\n        - REED\n',
      7,
      'rules[0].match.verbs[1]',
    ],
    [
      'an unknown key',
      'name: a\nrules:\n  - action: DENY\n    match:\n      verbs: [READ]\n      tool: x\n',
      6,
      'rules[0].match.tool',
    ],
    ['a missing key', 'name: a\nrules:\n  - action: DENY\n  - priority: 1\n', 4, 'rules[1].action'],
    ['rules without a policy', '- action: DENY\n- priority: 1\n', 2, '[1].action'],
    [
      'a value behind an alias',
      'name: a\nrules:\n- action: DENY\n  match: &m\n    verb: READ\n- {action: DENY, match: *m}\n',
      5,
      'rules[0].match.verb',
    ],
    ['JSON', '{\n\t"name": "a",\n\t"rules": [\n\t\t{ "action": "DENI" }\n\t]\n}', 4, 'rules[0].action'],
    ['the second document', `${yaml('a')}---\nname: b\nrules: 1\n`, 6, 'rules'],
  ])('with file, line and path: %s', async (_, text, line, path) => {
    const source = await write('a.yaml', text);
    expect((await problemsOf(source))[0]).toMatchObject({ source, line, path });
    await expect(loadPolicies(source)).rejects.toThrow(`${source}:${line}: ${path} `);
  });

  test.each([
    ['a key twice', 'name: a\nname: b\n', 2, /duplicate key "name"/],
    ['a key twice, in JSON', '{"name": "a",\n"name": "b"}', 2, /duplicate key "name"/],
    [
      'a star without quotes',
      'name: a\nrules:\n- action: DENY\n  operations: [*_repo]\n',
      4,
      /\*_repo is an unknown alias; quote/,
    ],
    ['a tag', 'name: a\nrules:\n- action: !secret DENY\n', 3, /tag/i],
    ['a cut file', '{"name": "a", "rules": [', 1, /./],
    ['nothing', '', undefined, /is empty/],
    ['only a comment', '# later\n', undefined, /is empty/],
    ['aliases of aliases', bomb(), undefined, /alias/i],
    ['brackets without end', '['.repeat(100_000), undefined, /nested deeper than 100 levels/],
    ['lists without end', '- '.repeat(100_000), undefined, /nested deeper than 100 levels/],
    ['keys without end', 'a: '.repeat(100_000), undefined, /nested deeper than 100 levels/],
    [
      'a channel without quotes',
      'name: a\nrules:\n- action: DENY\n  channel_patterns: [#sec-*]\n',
      4,
      /quote a string that begins with #/,
    ],
  ])('for %s', async (_, text, line, message) => {
    const source = await write('a.yaml', text);
    const problem = (await problemsOf(source)).find((one) => message.test(one.message));
    expect(problem).toMatchObject({ source, ...(line !== undefined && { line }) });
  });

  test('with a JSON syntax error, line and column, if the file is called .json', async () => {
    const source = await write('a.json', '{\n  "name": "a"\n  "rules": []\n}');
    expect(await problemsOf(source)).toEqual([
      { source, line: 3, path: '', message: 'is not JSON at column 3: expected a comma or }' },
    ]);
    // YAML reads this as a key.
    await write('a.json', '{\n  // all of it\n  "name": "a", "rules": []}');
    expect(await problemsOf(source)).toMatchObject([
      { line: 2, message: 'is not JSON at column 3: JSON has no comments' },
    ]);
    // YAML reads this as a string that no name matches.
    await write('a.json', '{"name": "a", "rules": [{ "tool_name": send*", "action": "DENY" }]}');
    expect(await problemsOf(source)).toMatchObject([{ message: 'is not JSON at column 40: expected a value' }]);
    await write('a.json', '{"name": "a", "name": "a"}');
    expect(await problemsOf(source)).toMatchObject([{ message: expect.stringContaining('duplicate key "name"') }]);
    await write('a.json', ' \n');
    expect(await problemsOf(source)).toMatchObject([{ message: expect.stringContaining('is empty') }]);
  });

  test('with all problems of all files', async () => {
    const [one, other] = [await write('a.yaml', 'name: a\nrules: []\n'), await write('b.json', '{}')];
    expect(await problemsOf([folder, join(folder, 'none.yaml')])).toMatchObject([
      { source: join(folder, 'none.yaml'), message: expect.stringContaining('does not exist') },
      { source: one, line: 2, path: 'rules' },
      { source: other, line: 1, path: 'name' },
      { source: other, line: 1, path: 'rules' },
    ]);
  });

  test('if two files have the same policy name', async () => {
    const one = await write('a.yaml', yaml('p'));
    const source = await write('b.yaml', yaml('p'));
    const message = `is also the name of a policy in ${one}:1; each policy needs its own`;
    expect(await problemsOf(folder)).toMatchObject([{ source, path: 'name', value: '"p"', message }]);
  });

  test('if a path finds nothing, with the working directory', async () => {
    for (const path of ['none.yaml', '*.yaml', '**/*.json', 'none/*.yaml']) {
      expect(await problemsOf(join(folder, path))).toMatchObject([
        { source: join(folder, path), message: expect.stringContaining(`working directory: ${process.cwd()}`) },
      ]);
    }
    expect(await problemsOf(folder)).toMatchObject([{ source: folder, message: 'has no *.{json,yaml,yml}' }]);
    expect(await problemsOf([])).toMatchObject([{ message: 'no file, folder or glob was given' }]);
    expect(await problemsOf(join(folder, '{a,b}'.repeat(9)))).toMatchObject([
      { message: expect.stringContaining('alternatives') },
    ]);
  });

  test('for a dangling link', async () => {
    await write('a.yaml', yaml('a'));
    await symlink('gone', join(folder, 'b.yaml'));
    expect(await problemsOf(folder)).toMatchObject([{ source: join(folder, 'b.yaml') }]);
  });

  test('for files that are larger than 1 MB, not regular, or not UTF-8', async () => {
    const large = await write('large.yaml', `${yaml('a')}#${'x'.repeat(1_000_000)}`);
    expect(await problemsOf(large)).toMatchObject([{ message: expect.stringContaining('larger than 1 MB') }]);
    const utf16 = await write('utf16.yaml', Buffer.from(`\ufeff${yaml('a')}`, 'utf16le'));
    expect(await problemsOf(utf16)).toMatchObject([{ message: expect.stringContaining('not valid UTF-8') }]);
    expect(await problemsOf('/dev/zero')).toMatchObject([{ message: 'is not a file' }]);
  });
});

/** A few hundred bytes that expand to a billion items if the parser follows every alias. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    return `l${level + 1}: &l${level + 1} [${Array(10)
      .fill(level === 0 ? 'x' : `*l${level}`)
      .join(', ')}]`;
  });
  return `${levels.join('\n')}\n`;
}

describe('the first syntax error of a JSON text', () => {
  test.each([
    ['', 0, 'expected a value, but the file ends'],
    ['{"a":[', 6, 'expected a value or ], but the file ends'],
    ['{"a":1 "b":2}', 7, 'expected a comma or }'],
    ['["a" "b"]', 5, 'expected a comma or ]'],
    ['{"a" 1}', 5, 'expected a colon'],
    ['{a:1}', 1, 'expected a key in double quotes or }'],
    ['{"a":1,b:2}', 7, 'expected a key in double quotes'],
    ['{"a":yes}', 5, 'expected a value'],
    ['{"a":01}', 6, 'expected a comma or }'],
    ['[1}', 2, 'expected a comma or ]'],
    ['{}}', 2, 'expected the end of the file'],
    ['[1,]', 3, 'trailing comma'],
    ['{"a":1,}', 7, 'trailing comma'],
    ['{"a":"b\n"}', 5, 'unterminated string, or invalid escape'],
    ['{"a":"\\x"}', 5, 'unterminated string, or invalid escape'],
    ["{'a':1}", 1, 'strings need double quotes'],
    ['{"a":1} // b', 8, 'JSON has no comments'],
    ['# b', 0, 'JSON has no comments'],
  ])('in %j is at offset %d: %s', (text, offset, message) => {
    expect(jsonFault(text)).toEqual({ offset, message });
  });

  test.each(['1', ' [] ', '{"a":{"b":[1,-2.5e3,true,null,"",{}]},"c":"\\u00e9\\n"}\r\n'])(
    'is undefined for %j',
    (text) => {
      expect(jsonFault(text)).toBeUndefined();
    },
  );

  test('is found in a text truncated anywhere, and not in the whole text', () => {
    const text = '{"a": [1, {"b": "c\\"d"}, true], "e": -0.5E+7}';
    for (let end = 0; end <= text.length; end += 1) {
      const fault = jsonFault(text.slice(0, end));
      expect([end, fault !== undefined]).toEqual([end, end < text.length]);
    }
  });

  test('is found in a very long text', () => {
    expect(jsonFault(`["${'\\n'.repeat(1_000_000)}`)).toMatchObject({ offset: 1 });
    expect(jsonFault('['.repeat(1_000_000))).toMatchObject({ offset: 1_000_000 });
  });
});
