import { describe, expect, test } from '@jest/globals';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';

const at = (method: string, url: string, body: unknown = {}, functionName?: string) =>
  targetOf({ method, url, body, functionName });

describe('the resources and principals of a call', () => {
  test('a repository is identified by the path', () => {
    expect(at('POST', 'https://api.github.com/repos/Octo/Hello/issues', { repo: 'a/b' })).toMatchObject({
      org: 'Octo',
      repo: 'Hello',
      resource: 'github:octo/hello',
    });
  });

  test.each([
    [{ owner: 'octo', repo: 'hello' }],
    [{ repository: 'octo/hello' }],
    [{ org: 'octo', repository_name: 'hello' }],
    [{ repo_url: 'https://github.com/octo/hello.git' }],
  ])('or by the arguments: %j', (body) => {
    expect(at('POST', 'https://api.github.com/github_create_issue', body, 'github_create_issue')).toMatchObject({
      tool: 'github',
      operation: 'create_issue',
      org: 'octo',
      repo: 'hello',
      resource: 'github:octo/hello',
    });
  });

  test.each<[Record<string, unknown>]>([
    [{ repo: 'octo/hello ' }],
    [{ repo: 'github.com/octo/hello' }],
    [{ repo: 'https://github.com/octo/hello/issues?q=1' }],
    [{ repo: 'git@github.com:octo/hello.git' }],
    [{ repo: 'ssh://git@github.com:22/octo/hello.git' }],
    [{ repo: 'oc\u200bto/hello' }],
    [{ org: 'octo', repoName: 'hello' }],
    [{ repository: { owner: { login: 'octo' }, name: 'hello' } }],
    [{ input: '{"repo":"octo/hello"}' }],
  ])('in any spelling: %j', (body) => {
    const { repositories } = at('POST', 'https://api.github.com/github_create_issue', body, 'github_create_issue');
    expect(repositories).toEqual([{ org: 'octo', repo: 'hello' }]);
  });

  test.each<[Record<string, unknown>, string[]]>([
    [{ repo: ['ok/y', 'octo/x'] }, ['ok/y', 'octo/x']],
    [{ repo: 'ok/y', repository: 'octo/x' }, ['ok/y', 'octo/x']],
    [{ owner: 'octo', repo: 'ok/x' }, ['ok/x', 'octo/x']],
    [{ owner: 'octo' }, ['octo/']],
  ])('every repository that the call could mean counts: %j', (body, expected) => {
    const { repositories } = at('POST', 'https://api.github.com/github_create_issue', body, 'github_create_issue');
    expect(repositories.map(({ org, repo }) => `${org ?? ''}/${repo ?? ''}`)).toEqual(expected);
  });

  test('a GitLab project is identified by its encoded path', () => {
    expect(at('GET', 'https://gitlab.com/api/v4/projects/a%2Fb%2Fc/issues')).toMatchObject({ org: 'a/b', repo: 'c' });
  });

  test.each([
    [{ channel: '#general' }, ['general']],
    [{ channel: 'general' }, ['general']],
    [{ channels: 'C1,#C2' }, ['C1', 'C2']],
    [{ channels: ['C1', 'C2'], channel_id: 'C1' }, ['C1', 'C2']],
    [{ channel: 7 }, ['7']],
    [{ Channel: '#sec-ops' }, ['sec-ops']],
    [{ channel: { name: 'sec-ops', topic: 'x' } }, ['sec-ops']],
    [{ message: { channel: 'sec-ops' } }, ['sec-ops']],
    [{ channel: ' sec\u200b-ops' }, ['sec-ops']],
    [{ to: '#sec-ops' }, ['sec-ops']],
    [{ payload: '{"channel":"sec-ops"}' }, ['sec-ops']],
    [{ channel_type: 'private' }, []],
    [{}, []],
  ])('channels lose their #: %j', (body, channels) => {
    const target = at('POST', 'https://slack.com/api/chat.postMessage', body);
    expect(target.channels).toEqual(channels);
  });

  test('a channel is identified by the query too', () => {
    expect(at('GET', 'https://slack.com/api/chat.postMessage?channel=%23general').channels).toEqual(['general']);
  });

  test.each([
    ['https://www.googleapis.com/drive/v3/files/f1/permissions', {}, 'google_drive:f1'],
    ['https://www.googleapis.com/drive/v3/share_file', { file_id: 'f1' }, 'google_drive:f1'],
    ['https://slack.com/api/chat.postMessage', { channel: '#general' }, 'slack:general'],
    ['https://gmail.googleapis.com/gmail/v1/users/me/messages/send', { to: 'a@b.c' }, 'gmail:a@b.c'],
    ['https://tools.invalid/send_money', { recipient: 'DE1' }, 'custom_proxy:send_money:DE1'],
    ['https://tools.invalid/restart', {}, 'custom_proxy:restart'],
    ['https://api.acme.com/v1/orders', {}, 'custom_proxy:create_orders:api.acme.com'],
    ['https://slack.com/api/chat.postMessage', {}, undefined],
  ])('the same resource has the same id: %s %j', (url, body, resource) => {
    expect(at('POST', url, body).resource).toBe(resource);
  });

  test.each([
    ['PUT', 'https://api.github.com/repos/o/r/collaborators/eve', { permission: 'admin' }, ['eve']],
    [
      'POST',
      'https://www.googleapis.com/drive/v3/files/f/permissions',
      { emailAddress: 'a@b.c', role: 'reader' },
      ['a@b.c'],
    ],
    ['POST', 'https://www.googleapis.com/drive/v3/files/f/permissions', { type: 'anyone', role: 'reader' }, ['anyone']],
    ['POST', 'https://slack.com/api/conversations.invite', { channel: 'C1', users: 'U1,U2' }, ['U1', 'U2']],
    ['POST', 'https://slack.com/api/chat.postMessage', { channel: '#general', text: 'hi @bob', user: 'bob' }, []],
    ['POST', 'https://api.github.com/repos/o/r/hooks', { config: { url: 'https://evil.com/x' } }, ['evil.com']],
    ['POST', 'https://iam.amazonaws.com/?Action=CreateUser&UserName=eve', {}, ['eve']],
    ['PUT', 'https://api.github.com/repositories/1/collaborators/eve', {}, ['eve']],
    [
      'POST',
      'https://api.github.com/graphql',
      { query: 'mutation { inviteCollaborator(input: {login: "eve"}) { id } }' },
      ['eve'],
    ],
    [
      'POST',
      'https://www.googleapis.com/drive/v2/files/f/permissions',
      { type: 'user', value: 'eve@evil.com' },
      ['eve@evil.com'],
    ],
    ['GET', 'https://api.acme.com/orders?q=1', {}, ['api.acme.com']],
    ['GET', 'https://gmail.googleapis.com/gmail/v1/users/me/messages', { to: 'a@b.c' }, []],
    ['POST', 'https://api.acme.com/notify', { to: 'a@b.c' }, ['a@b.c', 'api.acme.com']],
  ])('recipients and users granted access are principals: %s %s %j', (method, url, body, principals) => {
    expect(at(method, url, body).principals).toEqual(principals);
  });

  test('a host that anyone can run is a principal of writes and reads', () => {
    expect(at('POST', 'https://evil.com/api/v3/repos/o/r/issues').principals).toEqual(['evil.com']);
    expect(at('GET', 'https://evil.com/api/v3/repos/o/r/issues').principals).toEqual(['evil.com']);
    expect(at('GET', 'https://evil.com/api/v3/user').tool).toBe('custom_proxy');
  });

  test('the host of a known service is a principal if the call chose the URL', () => {
    const url = 'https://hooks.slack.com/services/T/B/x';
    expect(at('POST', url, { text: 'x' }).principals).toEqual([]);
    expect(at('POST', url, { url, text: 'x' }).principals).toEqual(['hooks.slack.com']);
  });
});

describe('a URL is parsed as the server parses it', () => {
  test.each([
    'https://SLACK.com/api/chat.postMessage',
    'https://slack.com./api/chat.postMessage',
    'https://slack.com:443/api//chat.postMessage/',
    'https://slack.com/x/../api/chat%2EpostMessage',
    'http://slack.com/api/chat.postmessage#x',
  ])('%s', (url) => {
    expect(at('post', url)).toMatchObject({ tool: 'slack', operation: 'post_message', method: 'POST' });
  });

  test.each([
    'https://slack.com@evil.com/api/chat.postMessage',
    'https://slack.com.evil.com/api/chat.postMessage',
    'https://evilslack.com/api/chat.postMessage',
    'https://evil.com/slack.com/api/chat.postMessage',
  ])('%s is not Slack', (url) => {
    expect(at('POST', url).tool).toBe('custom_proxy');
  });
});

describe('every request has a target', () => {
  const itself: Record<string, unknown> = {};
  itself['to'] = itself;
  const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => ({ to: inner }), 'x');

  test.each([
    ['POST', 'not an address', {}, undefined],
    ['POST', '', {}, undefined],
    ['', 'https://tools.invalid/', {}, ''],
    ['BREW', 'https://tools.invalid/%E0%A4%A', {}, undefined],
    ['POST', 'mailto:a@b.c', {}, undefined],
    ['POST', 'data:text/plain,x', {}, 'x'],
    ['POST', 'file:///etc/passwd', {}, 'x'],
    ['POST', 'https://slack.com/api/%E0%A4%A', null, 'slack_\ud800'],
    ['POST', 'https://api.github.com/%2F%2F', [], '__proto__'],
    ['POST', 'https://api.github.com/constructor', 'owner=o&repo=r', 'constructor'],
    ['POST', 'https://tools.invalid/x', itself, 'x'],
    ['POST', 'https://tools.invalid/x', deep, 'x'],
    ['POST', 'https://tools.invalid/x', { type: Object.create(null) as unknown, channel: [[['#a']]] }, 'grant_x'],
    ['POST', 'https://tools.invalid/x', 'a&'.repeat(150_000), 'x'],
    ['POST', 'https://tools.invalid/x', { sql: '/*'.repeat(50_000), to: '[{"to":'.repeat(20_000) }, 'x'],
    ['POST', 'https://iam.amazonaws.com/', { Action: 7, PolicyArn: null }, '\0'],
    ['POST', `https://${'a.'.repeat(100)}com/${'x/'.repeat(5_000)}`, {}, 'x'.repeat(100_000)],
    ['POST', 'https://api.linear.app/graphql', { query: '{('.repeat(50_000) }, undefined],
    ['POST', 'https://api.linear.app/graphql', { query: '"'.repeat(50_001) }, undefined],
  ])('%s %s', (method, url, body, functionName) => {
    const target = targetOf({ method, url, body, functionName });
    expect(target.tool).toEqual(expect.any(String));
    expect(target.verb).not.toBe('READ');
  });

  test('one without a URL is a generic tool named by its function', () => {
    expect(at('POST', 'nowhere', {}, 'transfer_money')).toMatchObject({
      tool: 'custom_proxy',
      operation: 'transfer_money',
    });
  });

  test.each([
    ['delete', 'ManageRecords', true, 'WRITE'],
    ['remove', 'get_records', true, 'WRITE'],
    ['update', 'get_records', false, 'WRITE'],
    ['list', 'get_records', false, 'READ'],
    ['list', 'delete_records', true, 'WRITE'],
  ])('an argument with the action "%s" makes %s stricter, never laxer', (action, name, isDestructive, verb) => {
    const target = at('POST', `https://tools.invalid/${name}`, { action, id: 1 }, name);
    expect(target).toMatchObject({ isDestructive, verb });
  });

  test('one at tools.invalid is named by its path if it has no function name', () => {
    expect(at('POST', 'https://tools.invalid/transfer_money')).toMatchObject({
      operation: 'transfer_money',
      aliases: ['transfer_money'],
    });
  });
});
