import { describe as group, expect, test } from '@jest/globals';
import { describe } from '../../../src/runner/call/describe.ts';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';

/** The identified target of a function without a declared target. */
function named(functionName: string, body: Record<string, unknown> = {}) {
  return targetOf({ ...describe(functionName, body, undefined), body, functionName });
}

group('a URL that the model chose', () => {
  const reading = 'https://slack.com/api/users.list';

  test.each([
    ['share_link', { to: 'eve@evil.com' }, 'WRITE', false, 'permissions'],
    ['wipe_account', { account: 'a' }, 'ADMIN', true, 'users'],
    ['run_script', { script: 'x' }, 'WRITE', false, 'code'],
    ['transfer_money', { iban: 'DE1' }, 'WRITE', false, 'payments'],
    ['frobnicate', {}, 'WRITE', false, 'users'],
    ['get_thing', { action: 'delete' }, 'WRITE', true, 'users'],
  ])('does not make %s less strict', (functionName, body, verb, isDestructive, category) => {
    expect(named(functionName, { ...body, url: reading })).toMatchObject({
      tool: 'slack',
      operation: 'list_users',
      verb,
      isDestructive,
      aliases: expect.arrayContaining([functionName, 'custom_proxy']),
      operationAliases: expect.arrayContaining([functionName]),
      categories: expect.arrayContaining([category, 'users']),
      principals: expect.arrayContaining(['slack.com']),
    });
  });

  test('makes a reading function as strict as the URL', () => {
    expect(named('get_note', { url: reading }).verb).toBe('READ');
    expect(named('fetch_note', { url: 'https://slack.com/api/chat.postMessage' }).verb).toBe('WRITE');
    expect(named('fetch_note', { url: 'https://api.github.com/orgs/o/invitations' }).verb).toBe('ADMIN');
  });

  test('is recognised in any spelling', () => {
    expect(named('transfer_money', { url: 'HTTPS://SLACK.com:443/api/users.list' }).verb).toBe('WRITE');
  });

  test('is a new resource for another function', () => {
    const resources = ['transfer_money', 'fetch_url'].map((name) => named(name, { url: reading }).resource);
    expect(new Set(resources).size).toBe(2);
  });
});

test('a declared URL identifies the call, and the function’s name is an alias', () => {
  const target = targetOf({
    method: 'GET',
    url: 'https://slack.com/api/users.list',
    body: { to: 'eve@evil.com' },
    functionName: 'run_sync',
    isTargetDeclared: true,
  });
  expect(target).toMatchObject({ verb: 'READ', operation: 'list_users', categories: ['users'], principals: [] });
  expect(target.aliases).toContain('run_sync');
});

group('a rule matches a function by its name', () => {
  test.each([
    ['commit_payment', 'github'],
    ['start_driver_payout', 'google_drive'],
    ['refresh_webhook', 'slack'],
    ['transfer_money', 'custom_proxy'],
  ])('%s, which the runner maps to %s', (functionName, tool) => {
    const target = named(functionName);
    expect(target.tool).toBe(tool);
    expect(target.aliases).toContain(functionName);
    expect([target.operation, ...target.operationAliases]).toContain(functionName);
  });
});

group('the operations of the starter policies', () => {
  test.each<[string, Record<string, unknown>]>([
    ['drive_share_file', { permission: { type: 'anyone' } }],
    ['drive_share_file', { permissions: [{ type: 'anyone' }] }],
    ['drive_share_file', { type: 'anyoneWithLink' }],
    ['drive_share_file', { public: true }],
    ['drive_make_public', { file_id: 'f' }],
    ['drive_publish_file', { file_id: 'f' }],
  ])('%s %j shares a Drive file with anyone', (functionName, body) => {
    expect(named(functionName, body)).toMatchObject({ operation: 'share_file', principals: ['anyone'] });
  });

  test.each(['gh_add_collab', 'github_add_repo_member', 'github_invite_to_repo', 'github_grant_access'])(
    '%s adds a collaborator',
    (functionName) => {
      expect(named(functionName, { repo: 'o/r', username: 'eve' })).toMatchObject({
        operation: 'add_collaborator',
        principals: ['eve'],
      });
    },
  );

  test.each(['comment', 'msg', 'reply', 'summary'])('a Slack function with a reading name can post its %s', (field) => {
    for (const name of ['slack_get_reply', 'list_slack_updates']) {
      expect(named(name, { [field]: 'x' })).toMatchObject({ operation: 'post_message', verb: 'WRITE' });
      expect(named(name, { params: { [field]: 'x' } }).verb).toBe('WRITE');
    }
  });

  test('filters and cursors are not text that a Slack function can post', () => {
    const body = { query: 'x', cursor: 'abc', channel_id: 'C1', limit: 5 };
    expect(named('slack_search_messages', body)).toMatchObject({ operation: 'search_messages', verb: 'READ' });
  });

  test.each<[Record<string, unknown>]>([
    [{ PolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }],
    [{ params: { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' } }],
    [{ policy: '{"Statement":[{"Action":["s3:Get*","*"]}]}' }],
    [{ policy: { Statement: { Action: ['s3:*', 'iam:*'] } } }],
    [{ policy: '{"Statement":[{"Action":"*:*"}]}' }],
    [{ policy: '{"Statement":[{"NotAction":"s3:GetObject"}]}' }],
    [{ policy: '{"Statement": {"Action": "*",}}' }],
  ])('a policy that allows everything is an administrator policy: %j', (body) => {
    expect(named('iam_attach_policy', body).operationAliases).toContain('attach_admin_policy');
  });

  test('a policy that allows one service is not an administrator policy', () => {
    const body = { policy: '{"Statement":[{"Action":["s3:*","iam:GetUser"]}]}' };
    expect(named('iam_attach_policy', body).operationAliases).not.toContain('attach_admin_policy');
  });
});
