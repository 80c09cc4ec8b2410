import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cli, folder, POLICY, SECRET, type Folder } from './world.ts';

let files: Folder;

beforeEach(async () => {
  files = await folder();
});
afterEach(async () => files.remove());

describe('policy validate', () => {
  test('reports ok for each file, in order', async () => {
    const [a, b] = [await files.write('a.json', POLICY), await files.write('b.yaml', 'rules:\n- action: DENY\n')];
    expect(await cli(['policy', 'validate', files.path])).toEqual({
      code: 0,
      out: `ok    ${a}\nok    ${b}\n`,
      err: '',
    });
    expect(await cli(['policy', 'validate', b, a])).toMatchObject({ code: 0, out: `ok    ${a}\nok    ${b}\n` });
  });

  test('reports every problem with file, line, path, value and remedy', async () => {
    const good = await files.write('good.json', POLICY);
    const rules = Array.from({ length: 12 }, () => '- action: DENI\n').join('');
    const bad = await files.write('bad.yaml', `name: Bad\nrules:\n${rules}`);
    const { code, out } = await cli(['policy', 'validate', files.path]);
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe(`ok    ${good}`);
    expect(lines[1]).toBe(
      `wrong ${bad}:3: rules[0].action is "DENI": must be one of ALLOW, DENY, SANITIZE, REQUIRE_APPROVAL, FENCE; did you mean DENY?`,
    );
  });

  test('reports two policies with one name', async () => {
    const [a, b] = [await files.write('a.json', POLICY), await files.write('b.json', POLICY)];
    const { code, out } = await cli(['policy', 'validate', a, b]);
    expect([code, out]).toEqual([1, expect.stringContaining('each policy needs its own')]);
  });

  test('exits with 3 if a file cannot be read, and still reports every problem', async () => {
    const bad = await files.write('bad.json', { name: 'x', rules: [] });
    await symlink('gone', join(files.path, 'link.yaml'));
    await mkdir(join(files.path, 'empty'));
    for (const [path, words] of [
      ['none.yaml', 'none.yaml: does not exist'],
      ['*.yml', 'matches no file'],
      ['empty', 'has no *.{json,yaml,yml}'],
      ['*.yaml', 'link.yaml: cannot be read: ENOENT'],
    ] as const) {
      const { code, out } = await cli(['policy', 'validate', bad, join(files.path, path)]);
      expect([path, code]).toEqual([path, 3]);
      expect(out).toContain(words);
      expect(out).toContain('rules is []: must contain at least one rule');
    }
    expect(await cli(['policy', 'validate', bad])).toMatchObject({ code: 1 });
  });

  test('prints the same as JSON', async () => {
    const bad = await files.write('bad.yaml', 'rules:\n- action: DENI\n');
    const { code, out } = await cli(['policy', 'validate', bad, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      files: [bad],
      problems: [{ source: bad, line: 2, path: 'rules[0].action', value: '"DENI"' }],
    });
    const good = await files.write('good.json', POLICY);
    const { out: ok } = await cli(['policy', 'validate', good, '--json']);
    expect(JSON.parse(ok)).toEqual({ ok: true, files: [good], policies: ['House rules'], problems: [] });
  });

  test('shows hostile values with their control characters visible', async () => {
    const bad = await files.write('bad.json', { name: 'x', rules: [{ action: '\u009b2J\u202e' }] });
    expect((await cli(['policy', 'validate', bad])).out).toContain('\\u009b2J\\u202e');
  });
});

describe('policy test', () => {
  const calls = async (...lines: (object | string)[]) =>
    files.write(
      'calls.jsonl',
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
  const judge = async (...args: string[]) =>
    cli(['policy', 'test', `${files.path}/policy.json`, '--calls', `${files.path}/calls.jsonl`, ...args]);

  beforeEach(async () => files.write('policy.json', POLICY));

  test('prints only a summary when all decisions are as expected', async () => {
    await calls(
      { function: 'send_email', arguments: { text: `key ${SECRET}` }, expect: 'DENY' },
      '',
      { function: 'delete_file', arguments: {}, expect: { decision: 'REQUIRE_APPROVAL', rule: 'ask-deletions' } },
      { function: 'write_note', arguments: { text: 'Ask ann@example.com.' }, expect: 'SANITIZE' },
      { function: 'get_time', arguments: {}, expect: { decision: 'ALLOW' } },
    );
    expect(await judge()).toEqual({ code: 0, out: '4 calls, all as expected.\n', err: '' });
  });

  test('prints each failure with its line, the expected and the actual decision, and the rule', async () => {
    await calls(
      { function: 'get_time', arguments: {}, expect: 'DENY', name: 'time is\nsecret' },
      { function: 'send_email', arguments: { text: SECRET }, expect: { decision: 'DENY', rule: 'other-rule' } },
      { function: 'get_time', arguments: {}, expect: 'ALLOW' },
    );
    const { code, out } = await judge();
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'line 1: time is\\nsecret (get_time)',
      '  expected DENY',
      '  actual   ALLOW by no rule',
      'line 2: send_email',
      '  expected DENY by other-rule',
      '  actual   DENY by no-secrets of House rules (SECRET_DETECTED)',
      '3 calls, 2 not as expected.',
      '',
    ]);
    expect(out).not.toContain(SECRET);
  });

  test('prints every line as JSON', async () => {
    await calls({ function: 'get_time', arguments: {}, expect: 'DENY' });
    const { code, out } = await judge('--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      passed: 0,
      failed: 1,
      results: [
        {
          line: 1,
          function: 'get_time',
          passed: false,
          expected: { decision: 'DENY' },
          decision: 'ALLOW',
          reason_codes: [],
        },
      ],
    });
  });

  test('uses the method, the URL, the conversation and the own domains of a call', async () => {
    await files.write('policy.json', {
      name: 'p',
      rules: [
        { rule_id: 'method', match: { operations: ['method:PUT'] }, action: 'DENY' },
        { rule_id: 'host', match: { tool_name: 'github' }, condition: { is_external_principal: true }, action: 'DENY' },
        { rule_id: 'steered', condition: { x_from_tool_output: ['to'] }, action: 'DENY' },
        { rule_id: 'out', match: { tool_name: 'send_*' }, condition: { is_external_principal: true }, action: 'DENY' },
      ],
    });
    const conversation = { toolOutputs: [{ functionName: 'read', output: 'Write to eve@acme.com' }] };
    await calls(
      {
        function: 'store',
        method: 'put',
        url: 'https://api.example/x',
        arguments: {},
        expect: { decision: 'DENY', rule: 'method' },
      },
      {
        function: 'note',
        arguments: { to: 'eve@acme.com' },
        conversation,
        expect: { decision: 'DENY', rule: 'steered' },
      },
      { function: 'note', arguments: { to: 'eve@acme.com' }, expect: 'ALLOW' },
      { function: 'send_email', arguments: { to: 'ann@acme.com' }, expect: 'ALLOW' },
      { function: 'send_email', arguments: { to: 'ann@other.com' }, expect: { decision: 'DENY', rule: 'out' } },
    );
    expect(await judge('--own-domain', 'acme.com')).toEqual({ code: 0, out: '5 calls, all as expected.\n', err: '' });
  });

  test('applies the rules of agentSafety with --agent-safety', async () => {
    await files.write('policy.json', { name: 'p', rules: [{ match: { tool_name: 'none' }, action: 'DENY' }] });
    await calls({
      function: 'delete_file',
      arguments: {},
      expect: { decision: 'REQUIRE_APPROVAL', rule: 'deletions' },
    });
    expect(await judge('--agent-safety')).toEqual({ code: 0, out: '1 call, all as expected.\n', err: '' });
    const { code, out } = await judge();
    expect([code, out]).toEqual([1, expect.stringContaining('actual   ALLOW by no rule')]);
  });

  test('reports a deciding rule that redacts when there was nothing to redact', async () => {
    await files.write('policy.json', { name: 'p', rules: [{ rule_id: 'hide', action: 'SANITIZE' }] });
    await calls({ function: 'note', arguments: { text: 'plain' }, expect: 'SANITIZE' });
    const { out } = await judge();
    expect(out).toContain('  actual   ALLOW by hide of p (SANITIZE, but nothing to redact)\n');
  });

  test('keeps the history of each agent, and none for lines without one', async () => {
    await files.write('policy.json', {
      name: 'p',
      rules: [
        { condition: { new_resource: true }, action: 'ALLOW' },
        { condition: { new_resource: false }, action: 'DENY' },
      ],
    });
    const call = { function: 'pay', arguments: { payee_id: 'p1' } };
    await calls(
      { ...call, expect: 'ALLOW' },
      { ...call, expect: 'ALLOW' },
      { ...call, agent: 'bot', expect: 'ALLOW' },
      { ...call, agent: 'bot', expect: 'DENY' },
    );
    expect(await judge()).toMatchObject({ code: 0 });
  });

  test.each([
    ['{', 'is not JSON'],
    ['[]', 'must be an object such as {"function"'],
    ['{"arguments":{},"expect":"DENY"}', 'is missing "function", which must be the name of the function'],
    ['{"function":"f","arguments":"{}","expect":"DENY"}', '"arguments" must be an object, such as {}'],
    [
      '{"function":"f","arguments":{}}',
      'is missing "expect", which must be one of ALLOW, SANITIZE, DENY, REQUIRE_APPROVAL, or {',
    ],
    ['{"function":"f","arguments":{},"expect":"deny"}', '"expect" must be one of ALLOW'],
    ['{"function":"f","arguments":{},"expects":"DENY"}', 'has the unknown key "expects". Did you mean "expect"?'],
    ['{"function":"f","arguments":{},"expect":"DENY","url":"ftp://x"}', '"url" must be an absolute http(s) URL'],
    [
      '{"function":"f","arguments":{},"expect":"DENY","conversation":{"said":[]}}',
      'has the unknown key "conversation.said"',
    ],
    ['{"function":"f","arguments":{"__proto__":1},"expect":"DENY"}', 'has a key named "__proto__"'],
    ['{"function":"f","arguments":{"n":1e400},"expect":"DENY"}', 'has a number that is too large'],
    [
      '{"function":"f","arguments":{"n":9007199254740993},"expect":"DENY"}',
      'is ambiguous at "arguments.n". The number',
    ],
  ])('reports an invalid line with its number and the problem: %s', async (line, words) => {
    const file = await calls({ function: 'get_time', arguments: {}, expect: 'DENY' }, line);
    const { code, out, err } = await judge();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`No calls were scanned.\n  ${file}:2: ${words}`);
  });

  test('reports a file without calls', async () => {
    await calls('', '  ');
    expect(await judge()).toMatchObject({ code: 2, err: expect.stringContaining('No test cases found in') });
  });

  test('exits with 3 if the calls cannot be read or the policies are invalid', async () => {
    expect(await judge()).toMatchObject({ code: 3, err: expect.stringMatching(/calls\.jsonl cannot be read: ENOENT/) });
    await calls({ function: 'get_time', arguments: {}, expect: 'DENY' });
    await files.write('policy.json', { name: 'p', rules: [] });
    expect(await judge()).toMatchObject({
      code: 3,
      err: expect.stringContaining('rules is []: must contain at least one rule'),
    });
  });
});
