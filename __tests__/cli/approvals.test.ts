import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EmbeddedGateway, type PolicyInput } from 'interven-openai-assistants/embedded';
import type { Listening } from '../../src/internal/node-http.ts';
import { listenGateway } from '../../src/server/listen.ts';
import { createGatewayServer } from '../../src/server/server.ts';
import { cli, folder, POLICY, SECRET, type Folder } from './world.ts';

const KEY = 'iv_test_of_this_test';
const TOKEN = 'token-of-ann-1234';

let now: number;
let gateway: EmbeddedGateway;
let listening: Listening;

beforeEach(async () => {
  now = Date.parse('2026-01-01T10:00:00Z');
  const rules = [{ ...POLICY.rules[1], reason: 'Files stay.' }];
  gateway = new EmbeddedGateway({ policies: { ...POLICY, rules } as PolicyInput, now: () => now });
  const server = createGatewayServer({
    gateway,
    keys: [KEY],
    approvers: [{ name: 'Ann', token: TOKEN }],
    now: () => now,
  });
  listening = await listenGateway(server, { port: 0 });
});
afterEach(async () => listening.close());

const approvals = async (...args: string[]) =>
  cli(['approvals', ...args], { env: { INTERVEN_APPROVER_TOKEN: TOKEN, INTERVEN_GATEWAY_URL: listening.url } });

async function ask(body: object): Promise<string> {
  const url = 'https://tools.invalid/delete_file';
  const request = { functionName: 'delete_file', method: 'DELETE', url, body, runtimeType: 'openai_assistants' };
  const decision = await gateway.scan({ ...request, takesEdits: true, agentName: 'bot\u001b[1m' });
  return 'approvalId' in decision ? (decision.approvalId ?? '') : '';
}

describe('approvals list', () => {
  test('reports that no approval is pending', async () => {
    expect(await approvals('list')).toEqual({ code: 0, out: 'No pending approvals.\n', err: '' });
    expect((await approvals('list', '--all')).out).toBe('No approvals.\n');
  });

  test('shows id, times, summary, tool, requester, rule and redacted arguments, soonest to expire first', async () => {
    const first = await ask({ path: '/old' });
    now += 60_000;
    const second = await ask({ path: '/b\u202e', note: `with ${SECRET}` });
    now += 20_000;
    const { code, out } = await approvals('list');
    expect(code).toBe(0);
    const [older = '', newer = ''] = out.split('\n\n');
    expect(newer.trimEnd().split('\n')).toEqual([
      `${second}  asked 20 s ago, 9 min 40 s left`,
      '  delete_file wants to delete /b',
      '  tool       delete_file',
      '  asked by   claims to be bot\\u001b[1m',
      '  held by    ask-deletions of House rules · DESTRUCTIVE_OPERATION',
      '  reason     Files stay.',
      expect.stringMatching(/^ {2}risk {7}\w+: data_classes, destructive_operation$/),
      expect.stringMatching(/^ {2}arguments {2}\{"path":"\/b\\u202e","note":"with \[REDACTED:[A-Z_]+\]"\}$/),
      '  redacted   note',
    ]);
    expect(older).toContain(`${first}  asked 1 min 20 s ago, 8 min 40 s left`);
    expect(out).not.toContain(SECRET);
  });

  test('shows the requesting key, which an agent name cannot imitate', async () => {
    const request = {
      functionName: 'delete_file',
      method: 'DELETE',
      url: 'https://tools.invalid/delete_file',
      body: {},
    };
    await gateway.scan({ ...request, runtimeType: '', agentName: 'key 0000' }, { key: 'a1b2c3d4e5f60718' });
    expect((await approvals('list')).out).toContain('  asked by   key a1b2c3d4e5f60718 · claims to be key 0000\n');
  });

  test('reports that large arguments are no longer available', async () => {
    await gateway.deny(await ask({ text: 'x '.repeat(3_000) }), {});
    now += 60_000;
    await ask({});
    expect((await approvals('list', '--all')).out).toContain('  arguments  no longer available');
  });

  test('shows the complete, exact arguments with --reveal', async () => {
    const text = 'x'.repeat(3_000);
    await ask({ note: SECRET, text });
    expect((await approvals('list')).out).toMatch(/x… \(\d+ characters\)/);
    const { out } = await approvals('list', '--reveal');
    expect(out).toContain(`{"note":"${SECRET}","text":"${text}"}`);
    expect(out).toContain('  tool       delete_file\n');
  });

  test('shows sensitive parts of the URL and the headers only with --reveal', async () => {
    const url = `https://tools.invalid/delete_file/${SECRET}`;
    const request = { functionName: 'delete_file', method: 'DELETE', url, body: {}, runtimeType: '' };
    await gateway.scan(request, { headers: { Cookie: 'id=12', 'X-Tenant': 'acme' } });
    const { out } = await approvals('list');
    expect(out).toContain('DELETE https://tools.invalid/delete_file/[REDACTED:AWS_ACCESS_KEY_ID]\n');
    expect(out).toContain('  headers    {"Cookie":"[REDACTED]","X-Tenant":"acme"}\n');
    const { out: revealed } = await approvals('list', '--reveal');
    expect(revealed).toContain(`DELETE ${url}\n`);
    expect(revealed).toContain('  headers    {"Cookie":"id=12","X-Tenant":"acme"}\n');
    const { out: json } = await approvals('list', '--json');
    expect(json).not.toMatch(/id=12|AKIA/);
  });

  test('marks fully hidden arguments in a row that no field name can imitate', async () => {
    const card = ['4111', '1111', '1111', '1111'].join('');
    await ask({ '*': card });
    const { out } = await approvals('list');
    expect(out).toContain('  redacted   *\n');
    expect(out).not.toContain('  hidden ');
  });

  test('shows all approvals, in their order', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      now += 1;
      ids.push(await ask({ n }));
    }
    const { out } = await approvals('list', '--json');
    const listed = JSON.parse(out) as { approvals: { approval_id: string; redacted_arguments: unknown }[] };
    expect(listed.approvals.map((one) => one.approval_id)).toEqual(ids);
    expect(listed.approvals[0]?.redacted_arguments).toEqual({ n: 0 });
  });

  test('shows each decision with approver and note with --all', async () => {
    const id = await ask({});
    await gateway.deny(id, { decidedBy: 'Ann', note: 'no\nway' });
    expect((await approvals('list')).out).toBe('No pending approvals.\n');
    expect((await approvals('list', '--all')).out).toContain('decided    denied by Ann: no\\nway');
  });

  test('prints the same as JSON, the exact arguments only with --reveal', async () => {
    const id = await ask({ note: SECRET });
    const { out } = await approvals('list', '--json');
    expect(JSON.parse(out)).toMatchObject({
      approvals: [
        {
          approval_id: id,
          status: 'pending',
          redacted_url: 'https://tools.invalid/delete_file',
          redacted_arguments: { note: expect.stringMatching(/^\[REDACTED/) },
          redacted_fields: ['note'],
          is_all_redacted: false,
        },
      ],
    });
    expect(out).not.toContain(SECRET);
    const { out: revealed } = await approvals('list', '--json', '--reveal');
    expect(JSON.parse(revealed)).toMatchObject({ approvals: [{ arguments: { note: SECRET } }] });
  });
});

describe('approvals approve and deny', () => {
  test.each([
    ['approve', 'approved'],
    ['deny', 'denied'],
  ])('%s settles the call as %s, with the token’s owner and the note', async (choice, status) => {
    const id = await ask({ path: '/b' });
    const { code, out, err } = await approvals(choice, id, '--note', 'asked Bob');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^${status} by Ann: .*delete_file.* \\(${id}\\)\\n$`));
    expect(await gateway.approvals()).toMatchObject([{ status, decidedBy: 'Ann', note: 'asked Bob' }]);
  });

  test('accept the beginning of an id, of eight characters or more', async () => {
    const id = await ask({});
    expect(await approvals('approve', id.slice(0, 7))).toMatchObject({
      code: 2,
      err: expect.stringContaining('too short'),
    });
    expect(await approvals('approve', 'ffffffff-none')).toMatchObject({
      code: 3,
      err: expect.stringContaining('No approval'),
    });
    expect(await approvals('approve', id.slice(0, 8), '--json')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`"status":"approved"`),
    });
  });

  test('refuse a decided, expired or unknown approval', async () => {
    const [decided, late] = [await ask({}), await ask({ n: 1 })];
    await gateway.approve(decided, { decidedBy: 'bob' });
    expect(await approvals('deny', decided)).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining(`Approval ${decided} is approved already, by bob at 2026-01-01T10:00:00.000Z.`),
    });
    now += 600_000;
    expect(await approvals('approve', late)).toMatchObject({ code: 3, err: expect.stringContaining('expired') });
    expect(await approvals('approve', '11111111-2222-4333-8444-555555555555')).toMatchObject({
      code: 3,
      err: expect.stringContaining('Approval not found'),
    });
  });
});

describe('an approval that needs several approvers', () => {
  test('is listed with who has approved, and why the token’s owner cannot', async () => {
    const rules = [{ ...POLICY.rules[1], x_approvers: { count: 2 } }];
    gateway.applyPolicy({ ...POLICY, rules } as PolicyInput);
    const id = await ask({});
    expect((await approvals('list')).out).toContain('  needs      0 of 2 approvers\n');
    const { code, out } = await approvals('approve', id);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^pending \(1 of 2 approvers; approved by Ann\): .*delete_file/),
    ]);
    expect((await approvals('list')).out).toContain(
      '  needs      1 of 2 approvers; approved by Ann\n  not you    Ann has approved this call already; it needs another approver.\n',
    );
    expect(await approvals('approve', id)).toMatchObject({ code: 3, err: expect.stringContaining('Ann has approved') });
  });
});

describe('approve --edit', () => {
  let files: Folder;
  beforeEach(async () => {
    files = await folder();
  });
  afterEach(async () => files.remove());

  test('approves the call with the arguments of the file, and prints which ones differ', async () => {
    const id = await ask({ path: '/all', force: true });
    const file = await files.write('edited.json', { path: '/old', force: true });
    const { code, out } = await approvals('approve', id, '--edit', file);
    expect(code).toBe(0);
    expect(out).toMatch(/^approved by Ann: .*\nEdited: path\n$/);
    expect(await gateway.approvalStatus(id)).toMatchObject({ editedArguments: { path: '/old', force: true } });
    expect((await approvals('list', '--all')).out).toContain('  edited     path\n');
    expect((await approvals('list', '--all', '--json')).out).not.toContain('/all');
  });

  test.each([
    ['{"path":1,"path":2}', 2, 'is ambiguous at "path". Duplicate key.'],
    ['{"path":9007199254740993}', 2, 'is ambiguous at "path". The number has more digits'],
    ['["path"]', 2, 'must be an object, such as {}'],
    ['{"path":', 2, 'is not JSON'],
    ['', 3, 'cannot be read'],
    [
      `{"path":"${SECRET}"}`,
      3,
      'The gateway refuses the edit: rule "no-secrets" of policy "Secrets" denies the edited call',
    ],
  ])('refuses %s, and decides nothing', async (json, code, problem) => {
    const rules = [{ rule_id: 'no-secrets', condition: { has_data_class: ['SECRETS'] }, action: 'DENY' as const }];
    gateway.applyPolicy({ name: 'Secrets', rules } as PolicyInput);
    const id = await ask({ path: '/all' });
    const file = json === '' ? 'missing.json' : await files.write('edited.json', json);
    expect(await approvals('approve', id, '--edit', file)).toEqual({
      code,
      out: '',
      err: expect.stringContaining(problem),
    });
    expect(await gateway.approvalStatus(id)).toEqual({ status: 'pending' });
  });
});

describe('a grant', () => {
  const rules = [{ ...POLICY.rules[1], x_grant: { for: ['similar'], max_minutes: 90 } }];

  test('is offered, given with the approval, listed and revoked', async () => {
    gateway.applyPolicy({ ...POLICY, rules } as PolicyInput);
    const url = 'https://tools.invalid/delete_file';
    const request = { functionName: 'delete_file', method: 'DELETE', url, runtimeType: '', principal: { id: 'ada' } };
    const scan = async (body: object) => gateway.scan({ ...request, body });
    const decision = await scan({ path: '/a', force: true });
    const id = 'approvalId' in decision ? (decision.approvalId ?? '') : '';
    expect((await approvals('list')).out).toContain('  may grant  --for similar, at most 1 h 30 min\n');
    const approved = await approvals(
      'approve',
      id,
      '--for',
      'similar',
      '--pin',
      'force',
      '--until',
      '2026-01-01T11:00:00Z',
    );
    expect(approved).toMatchObject({ code: 0, err: '' });
    expect(approved.out).toMatch(/^approved by Ann: .*\napprovals grants lists the grant for further calls\.\n$/);
    const grantId = (await gateway.grants())[0]?.approvalId ?? '';
    expect(await scan({ path: '/b', force: true })).toMatchObject({ decision: 'ALLOW', grantId });
    expect((await approvals('grants')).out.split('\n')).toEqual([
      `${grantId}  1 h left`,
      '  delete_file: similar calls, in which path may differ',
      '  pinned     {"force":true}',
      '  for        on behalf of ada',
      `  granted    by Ann, with the approval ${id}`,
      '',
    ]);
    expect((await approvals('revoke', grantId.slice(0, 8))).out).toBe(`revoked: delete_file, ${grantId}\n`);
    expect((await scan({ path: '/b', force: true })).decision).toBe('REQUIRE_APPROVAL');
    expect((await approvals('grants')).out).toMatch(/^\S+ {2}revoked\n[^]* {2}revoked {4}by Ann\n$/);
    expect(JSON.parse((await approvals('grants', '--json')).out)).toMatchObject({ grants: [{ status: 'revoked' }] });
    expect(await approvals('revoke', grantId)).toMatchObject({
      code: 3,
      err: expect.stringContaining('no longer in effect'),
    });
  });

  test.each([
    [['--for', 'ever'], 2, '--for is "ever"; it must be conversation or similar.'],
    [['--pin', 'path'], 2, '--pin and --until need --for'],
    [['--for', 'similar', '--until', 'noon'], 2, '--until is "noon"'],
    [['--for', 'similar'], 3, 'This call can have no grant: its rules have no x_grant'],
  ])('is refused as %j, and the call stays pending', async (args, code, words) => {
    const id = await ask({});
    expect(await approvals('approve', id, ...args)).toMatchObject({ code, err: expect.stringContaining(words) });
    expect(await gateway.approvals()).toMatchObject([{ status: 'pending' }]);
  });

  test('is not there at first', async () => {
    expect(await approvals('grants')).toEqual({ code: 0, out: 'No grants.\n', err: '' });
    expect(await approvals('revoke', 'ffffffff')).toMatchObject({
      code: 3,
      err: expect.stringContaining('No grant id'),
    });
  });
});

describe('a decision', () => {
  test.each([
    ['no token', {}, 2, 'Set INTERVEN_APPROVER_TOKEN'],
    ['a wrong token', { INTERVEN_APPROVER_TOKEN: 'wrong-token-wrong-token' }, 3, 'rejected the token'],
    ['an agent’s key', { INTERVEN_APPROVER_TOKEN: KEY }, 3, 'not an approver token'],
    ['a token with a line break', { INTERVEN_APPROVER_TOKEN: 'wrong-\ntoken' }, 2, 'a space or another character'],
  ])('is refused with %s', async (_, env: Record<string, string>, code, words) => {
    const id = await ask({});
    const ran = await cli(['approvals', 'approve', id, '--url', listening.url], { env });
    expect(ran).toMatchObject({ code, out: '', err: expect.stringContaining(words) });
    for (const token of Object.values(env)) expect(ran.err).not.toContain(token);
    expect(await gateway.approvals()).toMatchObject([{ status: 'pending' }]);
  });
});

describe('the gateway’s URL', () => {
  const at = async (url: string) =>
    cli(['approvals', 'list', '--url', url], { env: { INTERVEN_APPROVER_TOKEN: TOKEN } });

  test.each(['nowhere', 'ftp://x', 'http://ann:pw@127.0.0.1', 'http://127.0.0.1/?a=1'])('cannot be %s', async (url) => {
    expect(await at(url)).toMatchObject({ code: 2, err: expect.stringContaining('must be as http://127.0.0.1:4000') });
  });

  test('must be reachable and belong to a gateway', async () => {
    const { url } = listening;
    expect(await at(`${url}/elsewhere`)).toMatchObject({
      code: 3,
      err: expect.stringContaining('Not found'),
    });
    await listening.close();
    expect(await at(url)).toMatchObject({ code: 3, err: expect.stringContaining('could not be reached') });
    listening = await listenGateway({ fetch: async () => new Response('hello'), close: () => undefined }, { port: 0 });
    expect(await at(listening.url)).toMatchObject({ code: 3, err: expect.stringContaining('not an Interven gateway') });
  });

  test('causes a warning if it sends the token over plain HTTP', async () => {
    // No server listens at this address.
    const { err } = await at('http://192.0.2.1:1');
    expect(err).toContain('http://192.0.2.1:1 is plain HTTP');
  });

  test('is the only one that receives the token: a redirect does not', async () => {
    const seen: (string | null)[] = [];
    const other = await listenGateway(
      {
        fetch: async (...sent) => Response.json({ seen: seen.push(new Request(...sent).headers.get('authorization')) }),
        close: () => undefined,
      },
      { port: 0 },
    );
    const here = await listenGateway(
      {
        fetch: async () => new Response(null, { status: 307, headers: { location: other.url } }),
        close: () => undefined,
      },
      { port: 0 },
    );
    expect(await at(here.url)).toMatchObject({ code: 3, err: expect.stringContaining('responded with HTTP 307') });
    await Promise.all([here.close(), other.close()]);
    expect(seen).toEqual([]);
  });
});
