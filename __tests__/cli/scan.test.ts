import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EmbeddedGateway, type PolicyInput } from 'interven-openai-assistants/embedded';
import { listenGateway } from '../../src/server/listen.ts';
import { createGatewayServer } from '../../src/server/server.ts';
import { cli, folder, POLICY, SECRET, type Folder } from './world.ts';

let files: Folder;
let policies: string;

beforeEach(async () => {
  files = await folder();
  policies = await files.write('policy.json', POLICY);
});
afterEach(async () => files.remove());

const scan = async (call: object | string, ...args: string[]) =>
  cli(['scan', ...args], { stdin: typeof call === 'string' ? call : JSON.stringify(call) });

describe('scan --policies', () => {
  test.each([
    ['ALLOW', 0, { function: 'get_time', arguments: {} }],
    ['SANITIZE', 0, { function: 'write_note', arguments: { text: 'Ask ann@example.com.' } }],
    ['DENY', 1, { function: 'write_note', arguments: { text: SECRET } }],
    ['REQUIRE_APPROVAL', 1, { function: 'delete_file', arguments: {} }],
  ])('prints %s and exits with %d', async (decision, code, call) => {
    const ran = await scan(call, '--policies', policies);
    expect(ran).toMatchObject({ code, err: '' });
    expect(ran.out.split('\n')[0]).toBe(decision);
  });

  test('prints rule, reasons, findings with their fields and the sanitized arguments, but no found value', async () => {
    const call = {
      function: 'write_note',
      arguments: { lines: ['Ask ann@example.com.'], to: 'bob@example.com', 'k\u001b': 1 },
    };
    const { out } = await scan(call, '--policies', policies);
    expect(out.split('\n')).toEqual([
      'SANITIZE',
      '  call       custom_proxy write_note',
      '  rule       hide-people of House rules',
      '  codes      PII',
      '  found      EMAIL at to (an address, not a leak), EMAIL at lines[0]',
      '  arguments  {"lines":["Ask [REDACTED:EMAIL]."],"to":"bob@example.com","k\\u001b":1}',
      '',
    ]);
    const denied = await scan({ function: 'f', arguments: { text: SECRET } }, '--policies', policies);
    expect(denied.out).toContain('AWS');
    expect(denied.out).not.toContain(SECRET);
  });

  test('applies the rules of agentSafety with --agent-safety', async () => {
    const call = { function: 'update_password', arguments: { user: 'ann' } };
    expect((await scan(call, '--policies', policies)).out).toMatch(/^ALLOW/);
    expect((await scan(call, '--policies', policies, '--agent-safety')).out).toMatch(/^REQUIRE_APPROVAL/);
    expect((await scan(call, '--agent-safety')).code).toBe(2);
  });

  test('prints the same as JSON', async () => {
    const call = { function: 'write_note', arguments: { text: 'Ask ann@example.com.' } };
    const { out } = await scan(call, '--policies', policies, '--json');
    expect(JSON.parse(out)).toMatchObject({
      decision: 'SANITIZE',
      policy: 'House rules',
      rule: 'hide-people',
      reason_codes: ['PII'],
      tool_name: 'custom_proxy',
      classifications: ['PII'],
      findings: [{ data_class: 'PII', type: 'EMAIL', path: 'text', is_address: false }],
      sanitized_arguments: { text: 'Ask [REDACTED:EMAIL].' },
    });
  });

  test.each([
    ['', 'No call on stdin'],
    ['{', 'The call on stdin is not JSON'],
    ['{"arguments":{}}', 'The call on stdin is missing "function"'],
    ['{"name":"f","arguments":{}}', 'The call on stdin has the unknown key "name". Did you mean "function"?'],
    ['{"name":"f"}', 'The call on stdin has the unknown key "name". Did you mean "function"?'],
    ['{"function":"f","arguments":{},"expect":"DENY"}', 'The call on stdin has the unknown key "expect"'],
    [
      '{"function":"f","arguments":{"ids":[12345678901234567890]}}',
      'The call on stdin is ambiguous at "arguments.ids[0]". The number has more digits than a double keeps. Send it as',
    ],
    [`"${'x'.repeat(1_000_001)}"`, 'stdin is larger than 1 MB'],
  ])('refuses %.50s', async (stdin, words) => {
    expect(await scan(stdin, '--policies', policies)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(words),
    });
  });

  test('exits with 3 if the policies are invalid', async () => {
    const { code, err } = await scan({ function: 'f', arguments: {} }, '--policies', `${files.path}/none`);
    expect(code).toBe(3);
    expect(err).toContain('none: does not exist');
  });
});

describe('scan by a remote gateway', () => {
  const key = 'iv_test_of_this_test';
  const at = async (work: (url: string) => Promise<void>) => {
    const gateway = new EmbeddedGateway({ policies: POLICY as PolicyInput });
    const approvers = [{ name: 'ann', token: 'the token of ann'.replaceAll(' ', '-') }];
    const listening = await listenGateway(createGatewayServer({ gateway, keys: [key], approvers }), { port: 0 });
    await work(listening.url).finally(async () => listening.close());
  };
  const call = JSON.stringify({ function: 'delete_file', arguments: { path: '/b' } });

  test('uses the gateway from the environment', async () => {
    await at(async (url) => {
      const env = { INTERVEN_GATEWAY_URL: url, INTERVEN_API_KEY: key };
      const { code, out, err } = await cli(['scan'], { env, stdin: call });
      expect([code, err]).toEqual([1, '']);
      expect(out).toMatch(/^REQUIRE_APPROVAL\n[^]* {2}approval {3}[\da-f-]{36} · http:\S+\n$/);
      const wrong = await cli(['scan'], { env: { ...env, INTERVEN_API_KEY: 'iv_test_wrong' }, stdin: call });
      expect(wrong).toMatchObject({
        code: 3,
        out: '',
        err: expect.stringContaining('Check apiKey or INTERVEN_API_KEY'),
      });
      expect(wrong.err).not.toContain('iv_test_wrong');
    });
  });

  test('requires a gateway or policies', async () => {
    expect(await cli(['scan'], { stdin: call })).toMatchObject({
      code: 2,
      err: expect.stringContaining('Set INTERVEN_API_KEY'),
    });
    const env = { INTERVEN_API_KEY: key, INTERVEN_GATEWAY_URL: 'nowhere' };
    expect(await cli(['scan'], { env, stdin: call })).toMatchObject({
      code: 2,
      err: expect.stringContaining('INTERVEN_GATEWAY_URL must be'),
    });
    const both = await cli(['scan', '--own-domain', 'acme.com'], { env, stdin: call });
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('require --policies') });
  });
});
