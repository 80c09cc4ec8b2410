import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileJournal, IntervenGateway } from 'interven-openai-assistants';
import { listen } from '../../src/internal/node-http.ts';
import { verifyNotice } from '../../src/server.ts';
import { cli, folder, POLICY, SECRET, start, type Folder, type Started } from './world.ts';

let files: Folder;
let running: Started[];

beforeEach(async () => {
  files = await folder();
  running = [];
});
afterEach(async () => {
  for (const { stop } of running) stop();
  await Promise.all(running.map(async ({ code }) => code));
  await files.remove();
});

const ENV = {
  INTERVEN_GATEWAY_KEYS: 'iv_test_of_agent_one,iv_test_of_agent_two',
  INTERVEN_APPROVERS: 'ann:token-of-ann-1234,bob:token-of-bob-1234',
};

interface Announced {
  readonly url: string;
  readonly public_url?: string;
  readonly policies: readonly string[];
  readonly approvers: readonly string[];
  readonly made_key?: string;
  readonly made_token?: string;
}

/** Starts a gateway on a free port, and waits until it listens. */
async function listening(args: readonly string[] = [], env: Record<string, string> = ENV) {
  const gateway = start(['gateway', '--port', '0', '--json', ...args], { env });
  running.push(gateway);
  await gateway.until('}\n');
  if (gateway.out() === '') throw new Error(gateway.err());
  return { ...gateway, announced: JSON.parse(gateway.out()) as Announced };
}

const request = (body: object, functionName = 'delete_file') => ({
  functionName,
  method: 'POST',
  url: `https://tools.invalid/${functionName}`,
  body,
  runtimeType: 'openai_assistants',
});
const clientOf = ({ url }: Announced, apiKey = 'iv_test_of_agent_one') =>
  new IntervenGateway({ apiKey, gatewayUrl: url });
const apply = async ({ url }: Announced, policy: object) =>
  fetch(`${url}/v1/policies/apply`, {
    method: 'POST',
    headers: { authorization: 'Bearer token-of-ann-1234', 'content-type': 'application/json' },
    body: JSON.stringify(policy),
  });

describe('the gateway at its start', () => {
  test('prints its URL, an API key and an approver token once', async () => {
    const gateway = start(['gateway', '--port', '0']);
    running.push(gateway);
    await gateway.until('INTERVEN_APPROVER_TOKEN');
    const out = gateway.out();
    const [, url = ''] = /^ {2}INTERVEN_GATEWAY_URL=(http:\/\/127\.0\.0\.1:\d+)$/m.exec(out) ?? [];
    const [, apiKey = ''] = /^ {2}INTERVEN_API_KEY=(iv_test_[\w-]{43})$/m.exec(out) ?? [];
    const [, token = ''] = /^ {2}INTERVEN_APPROVER_TOKEN=([\w-]{43})$/m.exec(out) ?? [];
    expect(out).toContain('with the policies Slack, Google Drive, GitHub, AWS, Agent safety.');
    const { decision } = await new IntervenGateway({ apiKey, gatewayUrl: url }).scan(request({}));
    expect(decision).toBe('REQUIRE_APPROVAL');
    const ran = await cli(['approvals', 'list', '--url', url], { env: { INTERVEN_APPROVER_TOKEN: token } });
    expect(ran.out).toContain('delete_file');
    expect(gateway.err()).toBe('Approvals are in memory and end with this process. Pass --data DIR to keep them.\n');
  });

  test('prints no configured key or token', async () => {
    const { announced, out, err } = await listening();
    expect(announced).toEqual({ url: announced.url, policies: expect.anything(), approvers: ['ann', 'bob'] });
    expect((await clientOf(announced, 'iv_test_of_agent_two').scan(request({}, 'get_time'))).decision).toBe('ALLOW');
    const plain = start(['gateway', '--port', '0'], { env: ENV });
    running.push(plain);
    await plain.until('with their tokens.\n');
    const shown = out() + err() + plain.out() + plain.err();
    for (const secret of Object.values(ENV).flatMap((list) => list.split(/[,:]/))) {
      if (secret.includes('t')) expect(shown).not.toContain(secret);
    }
  });

  test('warns if other machines can reach it over plain HTTP', async () => {
    const { err, announced } = await listening(['--host', '0.0.0.0']);
    expect(err()).toContain('0.0.0.0 is served over plain HTTP');
    expect(announced.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  });

  test('prints and uses its public URL behind a TLS proxy', async () => {
    const publicUrl = 'https://gateway.acme.example';
    const args = ['--host', '0.0.0.0', '--public-url', `${publicUrl}/`];
    const { announced, err } = await listening(args);
    expect(announced.public_url).toBe(publicUrl);
    expect(err()).not.toContain('plain HTTP');
    const asked = await clientOf(announced).scan(request({}));
    expect('approvalUrl' in asked && asked.approvalUrl).toMatch(/^https:\/\/gateway\.acme\.example\/#/);
    const plain = start(['gateway', '--port', '0', ...args], { env: ENV });
    running.push(plain);
    await plain.until('with their tokens.\n');
    expect(plain.out()).toMatch(
      /^The gateway is running at https:\/\/gateway\.acme\.example with .*\nIt listens on http:\/\/0\.0\.0\.0:\d+\.\n/,
    );
    expect(plain.out()).toContain(`  INTERVEN_GATEWAY_URL=${publicUrl}\n`);
    expect(plain.out()).toContain(`sign in at ${publicUrl}/ with`);
  });

  test('refuses an invalid public URL', async () => {
    for (const address of ['gateway.acme.example', 'https://gateway.acme.example/path']) {
      const { code, out, err } = await cli(['gateway', '--port', '0', '--public-url', address], { env: ENV });
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(
        '--public-url must be an http or https origin such as https://gateway.example.com, without a path.',
      );
    }
  });

  test('applies the rules of agentSafety with --agent-safety', async () => {
    const file = await files.write('a.json', POLICY);
    const decisionWith = async (args: readonly string[]) => {
      const { announced } = await listening(['--policies', file, ...args]);
      const { decision } = await clientOf(announced).scan(request({ command: 'ls' }, 'run_command'));
      return [announced.policies, decision];
    };
    expect(await decisionWith([])).toEqual([['House rules'], 'ALLOW']);
    expect(await decisionWith(['--agent-safety'])).toEqual([['House rules', 'Agent safety'], 'REQUIRE_APPROVAL']);
  });

  test.each([
    [[], {}, '--notify requires INTERVEN_NOTICE_SECRET'],
    [[], { INTERVEN_NOTICE_SECRET: 'secret-of-notices' }, '--notify requires --public-url'],
    [
      ['--public-url', 'https://gateway.acme.example'],
      { INTERVEN_NOTICE_SECRET: 'secret-of-notices' },
      'INTERVEN_NOTICE_SECRET must be whsec_ and the base64',
    ],
  ])(
    'refuses --notify with %j and %j, and the error quotes no secret',
    async (args, env: Record<string, string>, words) => {
      const url = 'https://chat.example/secret-of-the-hook';
      const { code, err } = await cli(['gateway', '--port', '0', '--notify', url, ...args], {
        env: { ...ENV, ...env },
      });
      expect(code).toBe(2);
      expect(err).toContain(words);
      expect(err).not.toContain('secret-of');
    },
  );

  test('sends signed webhooks with --notify, and goes on when the receiver does not answer', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const got: string[] = [];
    const receiver = await listen(async (received) => {
      got.push(verifyNotice(await received.text(), received.headers, secret).type);
      return new Response(null, { status: 503 });
    });
    const args = ['--notify', receiver.url, '--public-url', 'https://gateway.acme.example'];
    const gateway = await listening(args, { ...ENV, INTERVEN_NOTICE_SECRET: secret });
    expect(await clientOf(gateway.announced).scan(request({}))).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
    await gateway.until('did not confirm');
    expect(gateway.err()).toContain(
      'did not confirm the notice "approval-requested": HTTP 503. The gateway tries again.',
    );
    expect(got[0]).toBe('approval-requested');
    await receiver.close();
  });

  test.each([
    [{ INTERVEN_APPROVERS: 'secret-of-ann-123' }, 'Entry 1 of INTERVEN_APPROVERS must be written as name:token.'],
    [{ INTERVEN_APPROVERS: 'ann:token-of-ann-1234,bob:' }, 'Entry 2 of INTERVEN_APPROVERS'],
    [
      { INTERVEN_APPROVERS: 'Doe, ann:token-of-ann-1234' },
      'Commas separate entries: a key, name, token or role cannot contain one.',
    ],
    [
      { INTERVEN_APPROVERS: 'ann:token-of,ann-123456789' },
      'Commas separate entries: a key, name, token or role cannot contain one.',
    ],
    [
      { INTERVEN_APPROVERS: 'ann:to,ken-of-ann:123456789' },
      'Entry 1 of INTERVEN_APPROVERS: its token must be at least 16 printable ASCII characters, without spaces. Commas',
    ],
    [{ INTERVEN_GATEWAY_KEYS: 'secret-of-agent-1,234' }, 'ASCII characters, without spaces. Commas separate entries'],
    [{ INTERVEN_APPROVERS: 'ann:short' }, 'Entry 1 of INTERVEN_APPROVERS: its token must be at least 16'],
    [
      { INTERVEN_APPROVERS: 'ann:token-of-ann-1234,b\nb:token-of-bob-1234' },
      'Entry 2 of INTERVEN_APPROVERS: its name must be',
    ],
    [{ INTERVEN_APPROVER_ROLES: 'finance' }, 'Entry 1 of INTERVEN_APPROVER_ROLES must be written as name:role.'],
    [
      { INTERVEN_APPROVERS: 'ann:token-of-ann-1234', INTERVEN_APPROVER_ROLES: 'ann:board,anne:finance' },
      'Entry 2 of INTERVEN_APPROVER_ROLES is for "anne", who is missing in INTERVEN_APPROVERS.',
    ],
    [
      { INTERVEN_GATEWAY_KEYS: 'a:token-of-agent-123,a:token-of-agent-456' },
      'INTERVEN_GATEWAY_KEYS contains the duplicate',
    ],
    [{ INTERVEN_GATEWAY_KEYS: 'support:short' }, 'Entry 1 of INTERVEN_GATEWAY_KEYS: its key must be at least 16'],
    [{ INTERVEN_GATEWAY_KEYS: 'iv_test_of_agent_one,short' }, 'Entry 2 of INTERVEN_GATEWAY_KEYS must be at least 16'],
    [
      { INTERVEN_APPROVERS: 'ann:token-of-ann-1234,ann:token-of-bob-1234' },
      'INTERVEN_APPROVERS contains the duplicate name "ann"',
    ],
    [
      { INTERVEN_APPROVERS: 'ann:token-of-ann-1234', INTERVEN_GATEWAY_KEYS: 'token-of-ann-1234' },
      'INTERVEN_GATEWAY_KEYS and INTERVEN_APPROVERS contain a duplicate secret',
    ],
  ])('refuses %j, and the error quotes no secret', async (env: Record<string, string>, words) => {
    const { code, out, err } = await cli(['gateway', '--port', '0'], { env });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).not.toMatch(/secret-of|token-of/);
  });

  test('reports a port that is in use', async () => {
    const { announced } = await listening();
    const { port } = new URL(announced.url);
    const { code, err } = await cli(['gateway', '--port', port], { env: ENV });
    expect(code).toBe(3);
    expect(err).toContain(`port ${port}: the port is in use. Choose another --port.`);
  });

  test('reports every problem of its policies', async () => {
    await files.write('a.json', { name: 'A', rules: Array.from({ length: 15 }, () => ({ action: 'DENI' })) });
    const { code, out, err } = await cli(['gateway', '--port', '0', '--policies', files.path], { env: ENV });
    expect([code, out]).toEqual([3, '']);
    expect(err.match(/rules\[\d+\]\.action is "DENI"/g)).toHaveLength(15);
    const none = await cli(['gateway', '--port', '0', '--policies', `${files.path}/none`], { env: ENV });
    expect(none).toMatchObject({ code: 3, err: expect.stringContaining('does not exist') });
  });

  test('leaves no files if its policies are invalid', async () => {
    await files.write('a.json', '{');
    const data = join(files.path, 'data');
    for (const path of [files.path, join(files.path, 'none')]) {
      expect((await cli(['gateway', '--policies', path, '--data', data], { env: ENV })).code).toBe(3);
    }
    expect(await readdir(files.path)).toEqual(['a.json']);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('says so where a folder takes no other', async () => {
    const { code, err } = await cli(['gateway', '--port', '0', '--data', '/proc/none/below'], { env: ENV });
    expect(code).toBe(3);
    expect(err).toContain('--data /proc/none/below cannot be used: ENOENT');
  });

  test('creates the parent folders of its files', async () => {
    const data = join(files.path, 'a', 'b', 'data');
    await listening(['--data', data]);
    expect(await readdir(data)).toEqual(expect.arrayContaining(['approvals.jsonl', 'decisions.jsonl']));
  });

  test('reports a file that cannot be used', async () => {
    const file = await files.write('file', '');
    for (const args of [
      ['--data', file],
      ['--record', join(file, 'x')],
      ['--data', files.path, '--record', join(file, 'x')],
    ]) {
      const { code, err } = await cli(['gateway', '--port', '0', ...args], { env: ENV });
      expect(code).toBe(3);
      expect(err).toContain('cannot be used: ');
    }
  });
});

describe('a replica', () => {
  test.each([
    [['--postgres'], ENV, 'DATABASE_URL is missing'],
    [['--postgres'], { INTERVEN_GATEWAY_KEYS: ENV.INTERVEN_GATEWAY_KEYS }, 'Replicas need the same keys'],
    [['--postgres', '--data', 'data'], ENV, '--data is for one gateway'],
    [['--postgres', '--record', 'log.jsonl'], ENV, '--record is for one gateway'],
    [['--schema', 'other'], ENV, '--schema requires --postgres'],
  ])('is not started with %j unless it shares its data and keys', async (args, env, message) => {
    const { code, err } = await cli(['gateway', '--port', '0', ...args], { env });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

test('a database that cannot be used is named as that in DATABASE_URL, without its password', async () => {
  const url = 'postgres://agent:secret-of-agent@127.0.0.1:port/name';
  const { code, err } = await cli(['migrate'], { env: { DATABASE_URL: url } });
  expect(code).toBe(3);
  expect(err).toContain('The database in DATABASE_URL cannot be used: Invalid URL');
  expect(err).not.toContain('secret-of-agent');
});

describe('policies of a running gateway', () => {
  test('change with their files; the previous policies stay in effect if a file is broken', async () => {
    const policies = join(files.path, 'policies');
    await mkdir(policies);
    await writeFile(join(policies, 'a.json'), JSON.stringify(POLICY));
    const { announced, err, until } = await listening(['--policies', policies]);
    const client = clientOf(announced);
    expect((await client.scan(request({ text: SECRET }, 'note'))).decision).toBe('DENY');
    await writeFile(join(policies, 'a.json'), '{');
    await until('stay in effect');
    expect(err()).toContain('a.json');
    expect((await client.scan(request({ text: SECRET }, 'note'))).decision).toBe('DENY');
    await writeFile(join(policies, 'a.json'), JSON.stringify({ name: 'Open house', rules: [{ action: 'ALLOW' }] }));
    await until('In effect: Open house.');
    expect((await client.scan(request({ text: SECRET }, 'note'))).decision).toBe('ALLOW');
  });

  test('that an approver sends are saved as files, and replace those sent earlier', async () => {
    await files.write('a.json', POLICY);
    const { announced, err, stop, code } = await listening(['--policies', files.path]);
    const policy = { name: 'No mail!', rules: [{ match: { tool_name: 'send_*' }, action: 'DENY' }] };
    expect((await apply(announced, policy)).status).toBe(200);
    expect((await apply(announced, { ...policy, description: 'again' })).status).toBe(200);
    expect((await readdir(files.path)).sort()).toEqual(['a.json', 'no-mail.applied.json']);
    expect(JSON.parse(await readFile(join(files.path, 'no-mail.applied.json'), 'utf8'))).toEqual({
      ...policy,
      description: 'again',
      applied_by: 'ann',
      applied_at: expect.any(String),
    });
    expect(err()).toContain(`The policy "No mail!" was applied, saved in ${join(files.path, 'no-mail.applied.json')}.`);
    stop();
    expect(await code).toBe(0);
    const { announced: later } = await listening(['--policies', files.path]);
    expect(later.policies).toEqual(['House rules', 'No mail!']);
    expect((await clientOf(later).scan(request({}, 'send_email'))).decision).toBe('DENY');
  });

  test('that a file has cannot be sent, nor those whose file name another policy has', async () => {
    await files.write('a.json', POLICY);
    const { announced, err } = await listening(['--policies', files.path]);
    const open = { rules: [{ action: 'ALLOW' }] };
    const refused = await apply(announced, { ...open, name: 'House rules' });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      {
        error: expect.objectContaining({
          path: 'name',
          message: expect.stringContaining('is the name of a policy in a.json'),
        }),
      },
    ]);
    expect(err()).toContain('The policy "House rules" was not applied. ');
    expect((await apply(announced, { ...open, name: 'a b' })).status).toBe(200);
    const taken = await apply(announced, { ...open, name: 'A-B' });
    expect([taken.status, await taken.text()]).toEqual([400, expect.stringContaining('another policy')]);
    expect((await apply(announced, { ...open, name: '../../x' })).status).toBe(200);
    expect((await readdir(files.path)).sort()).toEqual(['a-b.applied.json', 'a.json', 'x.applied.json']);
    expect((await clientOf(announced).scan(request({ text: SECRET }, 'note'))).decision).toBe('DENY');
  });

  test('never replace those of --agent-safety, neither when they are sent nor from a file', async () => {
    await files.write('a.json', POLICY);
    const { announced, err, until } = await listening(['--policies', files.path, '--agent-safety']);
    const judged = async () => clientOf(announced).scan(request({ command: 'ls' }, 'run_command'));
    const open = { name: 'Agent safety', rules: [{ action: 'ALLOW' }] };
    const refused = await apply(announced, open);
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('is the name of a pack that is in effect'),
    ]);
    expect(await readdir(files.path)).toEqual(['a.json']);
    expect(await judged()).toMatchObject({ decision: 'REQUIRE_APPROVAL' });

    const file = await files.write('agent-safety.applied.json', open);
    await until('stay in effect');
    expect(err()).toContain(
      `${file}:1: name is "Agent safety": is the name of a policy that was passed as an object or a pack; use another name`,
    );
    expect(await judged()).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
    const later = await cli(['gateway', '--policies', files.path, '--agent-safety'], { env: ENV });
    expect(later).toMatchObject({
      code: 3,
      err: expect.stringContaining('that was passed as an object or a pack'),
    });

    await rm(file);
    await files.write('a.json', { ...POLICY, name: 'House\u001b rules' });
    await until('In effect: House\\u001b rules, Agent safety. Removed: House rules.');
    expect(await judged()).toMatchObject({ decision: 'REQUIRE_APPROVAL' });
  });

  test('are removed with the file that saved them, and the removal is reported', async () => {
    await files.write('a.json', POLICY);
    const { announced, until } = await listening(['--policies', files.path]);
    expect((await apply(announced, { name: 'Nothing', rules: [{ action: 'DENY' }] })).status).toBe(200);
    await files.write('b.json', { ...POLICY, name: 'Other rules' });
    await until('In effect: House rules, Other rules, Nothing.');
    await rm(join(files.path, 'nothing.applied.json'));
    await rm(join(files.path, 'b.json'));
    await until('In effect: House rules. Removed: Other rules, Nothing.');
    expect((await clientOf(announced).scan(request({}, 'get_time'))).decision).toBe('ALLOW');
  });

  test('are all reported when the files are reloaded, including policies without a file', async () => {
    const file = await files.write('a.json', POLICY);
    const { announced, until } = await listening(['--policies', file, '--agent-safety']);
    expect((await apply(announced, { name: 'Sent', rules: [{ action: 'DENY' }] })).status).toBe(200);
    const taken = await apply(announced, { name: 'House rules', rules: [{ action: 'ALLOW' }] });
    expect([taken.status, await taken.text()]).toEqual([400, expect.stringContaining('a policy in a.json')]);
    await files.write('a.json', { ...POLICY, name: 'Rules' });
    await until('In effect: Rules, Agent safety, Sent. Removed: House rules.');
    expect((await clientOf(announced).scan(request({}, 'get_time'))).decision).toBe('DENY');
  });

  test('that are sent last until the process ends if there is no policy folder', async () => {
    const file = await files.write('a.json', POLICY);
    const { announced, err } = await listening(['--policies', file]);
    expect((await apply(announced, { name: 'Sent\u001b', rules: [{ action: 'DENY' }] })).status).toBe(200);
    expect(err()).toContain('The policy "Sent\\u001b" was applied, until this process ends');
    expect((await clientOf(announced).scan(request({}, 'get_time'))).decision).toBe('DENY');
    expect(await readdir(files.path)).toEqual(['a.json']);
  });
});

describe('the stored data of a gateway', () => {
  test('is available after a restart: approvals, and decisions without the arguments', async () => {
    const data = join(files.path, 'data');
    const first = await listening(['--data', data]);
    const asked = await clientOf(first.announced).scan(request({ text: 'plain words' }));
    const approvalId = 'approvalId' in asked ? (asked.approvalId ?? '') : '';
    first.stop();
    expect(await first.code).toBe(0);
    expect((await readdir(data)).sort()).toEqual(['approvals.jsonl', 'decisions.jsonl']);
    if (process.platform !== 'win32') expect((await stat(data)).mode & 0o077).toBe(0);
    const record = await readFile(join(data, 'decisions.jsonl'), 'utf8');
    expect(record).toContain('"decision":"REQUIRE_APPROVAL"');
    expect(record).not.toContain('plain words');

    const { announced, err } = await listening(['--data', data]);
    expect(err()).toBe('');
    const env = { INTERVEN_APPROVER_TOKEN: 'token-of-bob-1234' };
    const ran = await cli(['approvals', 'approve', approvalId.slice(0, 8), '--url', announced.url], { env });
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^approved by bob: /) });
    expect(await clientOf(announced).approvalStatus(approvalId)).toMatchObject({ status: 'approved' });
    const decisions = await fetch(`${announced.url}/v1/decisions`, {
      headers: { authorization: 'Bearer token-of-ann-1234' },
    });
    expect(await decisions.json()).toMatchObject({ counts: { REQUIRE_APPROVAL: 1 } });
  });

  test('has the runs of --journal, which may be created later', async () => {
    const journal = join(files.path, 'journals');
    const { announced, err } = await listening(['--journal', journal]);
    expect(err()).toContain(`--journal ${journal} does not exist yet.`);
    const opened = await fileJournal(journal).open('run_1');
    const run = { id: 'run_1', api: 'assistants', threadId: 'thread_1' };
    await opened.append('run-start', { type: 'run-start', run });
    await opened.close();
    const headers = { authorization: 'Bearer token-of-ann-1234' };
    const listed = await fetch(`${announced.url}/v1/runs`, { headers });
    expect(await listed.json()).toMatchObject({ has_journal: true, runs: [{ run_id: 'run_1', state: 'interrupted' }] });
    const { code, err: refused } = await cli(['gateway', '--journal', await files.write('file', '')], { env: ENV });
    expect([code, refused]).toEqual([3, expect.stringContaining('cannot be read: ENOTDIR')]);
  });

  test('has the arguments with --record-arguments', async () => {
    const record = join(files.path, 'record.jsonl');
    const { announced, stop, code } = await listening(['--record', record, '--record-arguments']);
    await clientOf(announced).scan(request({ text: 'plain words' }, 'note'));
    stop();
    await code;
    expect(await readFile(record, 'utf8')).toContain('"arguments":{"text":"plain words"}');
  });

  test('has one owner at a time', async () => {
    await listening(['--data', files.path]);
    const { code, err } = await cli(['gateway', '--port', '0', '--data', files.path], { env: ENV });
    expect(code).toBe(3);
    expect(err).toMatch(/--data \S+ cannot be used: .*in use/);
  });
});
