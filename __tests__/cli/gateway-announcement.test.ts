import { describe, expect, test } from '@jest/globals';
import { announcementText } from '../../src/cli/gateway.ts';
import { gatewayCredentials } from '../../src/cli/gateway-credentials.ts';

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
