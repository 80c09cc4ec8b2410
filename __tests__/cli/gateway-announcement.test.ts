import { describe, expect, test } from '@jest/globals';
import { announcementText } from '../../src/cli/gateway.ts';
import { gatewayCredentials } from '../../src/cli/gateway-credentials.ts';
import { cli, folder, POLICY, SECRET, start } from './world.ts';

describe('the output of a starting gateway', () => {
  const said = (...names: string[]) =>
    announcementText({
      url: 'http://127.0.0.1:4000',
      policyNames: ['tests'],
      credentials: { keys: [], approvers: names.map((name) => ({ name, token: 'not-shown' })), made: {} },
    });

  test('names the approvers and never their tokens', () => {
    expect(said('ann')).toContain('Approvers (ann) sign in at http://127.0.0.1:4000/ with their tokens.');
    expect(said('ann', 'bob')).toContain('Approvers (ann, bob) sign in at http://127.0.0.1:4000/ with their tokens.');
    expect(said('ann')).not.toContain('not-shown');
  });

  test('escapes control characters in names', () => {
    const credentials = { keys: [], approvers: [], made: { key: 'a-key', token: 'a-token' } };
    const text = announcementText({ url: 'http://127.0.0.1:4000', policyNames: ['a\u001b[2J'], credentials });
    expect(text).toContain('with the policies a\\u001b[2J.');
  });
});

test('INTERVEN_APPROVER_ROLES has the roles of the approvers', () => {
  const roles = 'ann:finance, ann: head of,bob:board:eu';
  const env = { INTERVEN_APPROVERS: 'ann:t1,bob:t2,eve:t3', INTERVEN_APPROVER_ROLES: roles };
  expect(gatewayCredentials({ env }).approvers).toEqual([
    { name: 'ann', token: 't1', roles: ['finance', 'head of'] },
    { name: 'bob', token: 't2', roles: ['board:eu'] },
    { name: 'eve', token: 't3' },
  ]);
});

describe('a running gateway', () => {
  const token = ['token', 'of', 'ann', '1234'].join('-');
  const key = ['iv', 'test', 'of', 'agent', 'one'].join('_');

  /** What a gateway prints after its start, for two scans and an approval. */
  async function printed(...args: string[]): Promise<string> {
    const files = await folder();
    const policies = await files.write('a.json', POLICY);
    const env = { INTERVEN_GATEWAY_KEYS: `support:${key}`, INTERVEN_APPROVERS: `ann:${token}` };
    const gateway = start(['gateway', '--port', '0', '--policies', policies, ...args], { env });
    await Promise.race([gateway.until('with their tokens.\n'), gateway.until('"approvers"')]);
    const before = gateway.out().length;
    const [url = ''] = /http:[\d.:/]+\d/.exec(gateway.out()) ?? [];
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const scan = async (name: string, body: object): Promise<void> => {
      const call = { method: 'POST', url: `https://tools.invalid/${encodeURIComponent(name)}`, body };
      const agent = { agent_name: 'Sue\u009b2J', x_principal: { id: 'bob' } };
      await fetch(`${url}/v1/scan`, { method: 'POST', headers, body: JSON.stringify({ ...call, ...agent }) });
    };
    await scan('note', { text: SECRET });
    await scan('delete_page', { page: 'hunter2' });
    const access = { INTERVEN_APPROVER_TOKEN: token };
    const { out } = await cli(['approvals', 'list', '--json', '--url', url], { env: access });
    const [, id = ''] = /"approval_id":"([^"]+)"/.exec(out) ?? [];
    await cli(['approvals', 'approve', id, '--url', url], { env: access });
    gateway.stop();
    await gateway.code;
    await files.remove();
    return gateway.out().slice(before);
  }

  test('prints a line for each decision, with the requester and the rule, and without arguments', async () => {
    const requester = String.raw`\[agent Sue\\u009b2J, for bob, key support\]`;
    expect((await printed()).split('\n')).toEqual([
      expect.stringMatching(
        `^\\d\\d:\\d\\d:\\d\\dZ DENY note by no-secrets of House rules \\(SECRET_DETECTED\\) ${requester}$`,
      ),
      expect.stringMatching(
        `Z REQUIRE_APPROVAL delete_page by ask-deletions of House rules \\(DESTRUCTIVE_OPERATION\\) ${requester}$`,
      ),
      expect.stringMatching(`Z APPROVED delete_page by ann ${requester}$`),
      '',
    ]);
  });

  test('prints the lines as JSON with --json, and none with --quiet', async () => {
    const lines = (await printed('--json')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { type: 'decision', decision: 'DENY', rule_id: 'no-secrets' },
      { type: 'decision', decision: 'REQUIRE_APPROVAL' },
      { type: 'approval', status: 'approved', decided_by: 'ann' },
    ]);
    expect(lines.join()).not.toMatch(/hunter2|AKIA/);
    expect(await printed('--quiet')).toBe('');
  });
});
