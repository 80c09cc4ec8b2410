import { describe, expect, test } from '@jest/globals';
import { announcementText } from '../../src/cli/gateway.ts';

describe('what the gateway says at its start', () => {
  const said = (...names: string[]) =>
    announcementText({
      url: 'http://127.0.0.1:4000',
      policyNames: ['tests'],
      credentials: { keys: [], approvers: names.map((name) => ({ name, token: 'not-shown' })), made: {} },
    });

  test('has one or several people decide', () => {
    expect(said('ann')).toContain('ann decides at http://127.0.0.1:4000/ with their token.');
    expect(said('ann', 'bob')).toContain('ann, bob decide at http://127.0.0.1:4000/ with their tokens.');
    expect(said('ann')).not.toContain('not-shown');
  });

  test('shows names without what moves the cursor', () => {
    const credentials = { keys: [], approvers: [], made: { key: 'a-key', token: 'a-token' } };
    const text = announcementText({ url: 'http://127.0.0.1:4000', policyNames: ['a\u001b[2J'], credentials });
    expect(text).toContain('by the policies a\\u001b[2J.');
  });
});
