import { describe, expect, test } from '@jest/globals';
import { secretKeyKind } from '../../../src/embedded/detection/secrets/secret-names.ts';
import { findSecrets } from '../../../src/embedded/detection/secrets/secrets.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';

function find(text: string, key: string): string[] {
  const found: Span[] = [];
  findSecrets(text, { key, regions: [] }, found);
  return found.map(({ start, end }) => text.slice(start, end));
}

describe('a field’s name', () => {
  test.each(
    (
      'password passwd passphrase pwd db_password userPassword password1 new_password secret client_secret clientSecret ' +
      'SECRET_KEY token access_token accessToken refresh-token auth_token apiKey api_key x-api-key X-API-KEY apikey ' +
      'authorization Authorization private_key privateKey ssh_private_key encryption_key credentials accesstoken ' +
      'recovery_code seed_phrase bot_token webhook_secret reset_token change_password'
    ).split(' '),
  )('%s makes its value a secret', (key) => {
    expect(secretKeyKind(key)).toBeDefined();
  });

  test.each(
    (
      'max_tokens token_count tokens next_page_token page_token pageToken nextPageToken sync_token continuation_token ' +
      'cursor next_cursor secret_name password_reset_url has_password token_type tokenType public_key publicKey key keys ' +
      'primary_key idempotency_key cache_key sort_key keyboard monkey secretary password_updated_at password_policy ' +
      'token_expires_at requires_password is_secret access access_level key_id secret_id passenger author title name ' +
      'total_tokens prompt_tokens input_tokens compass bypass_list'
    ).split(' '),
  )('%s does not', (key) => {
    expect(secretKeyKind(key)).toBeUndefined();
  });
});

test('the type in a placeholder does not make a field a secret', () => {
  expect(secretKeyKind('[REDACTED:API_KEY]')).toBeUndefined();
  expect(secretKeyKind('[REDACTED:EMAIL]_password')).toBeDefined();
});

describe('the value of a secret field', () => {
  test.each([
    ['hunter2', 'password'],
    ['correct horse battery staple', 'passphrase'],
    [' swordfish ', 'db_password'],
    ['12345678', 'password'],
    ['z26uFbvR1xHJEdHE1OQiO6t8', 'token'],
    ['Bearer abcdef', 'authorization'],
    ['my-own-key-4', 'api_key'],
    ['aHR0cHM6Ly9', 'client_secret'],
  ])('%j is found as a whole as %s', (text, key) => {
    expect(find(text, key)).toEqual([text]);
  });

  test.each([
    ['', 'password'],
    ['   ', 'password'],
    ['null', 'password'],
    ['true', 'password'],
    ['********', 'password'],
    ['[REDACTED:PASSWORD]', 'password'],
    ['Bearer [REDACTED:TOKEN]', 'authorization'],
    ['${DB_PASSWORD}', 'password'],
    ['{{ password }}', 'password'],
    ['<your password>', 'password'],
    ['process.env.DB_PASSWORD', 'password'],
    ["os.environ['TOKEN']", 'token'],
    ['is too short', 'password'],
    ['bearer', 'token'],
    ['12', 'token'],
    ['https://x.test/tokens', 'token'],
    ['iauth_1Pgc78B7WZ01zgkW9IPKCfII', 'authorization'],
    ['anything at all', 'title'],
  ])('%j is not a finding as %s', (text, key) => {
    expect(find(text, key)).toEqual([]);
  });

  test('is a placeholder only as a whole', () => {
    expect(find('hunter2 ${X}', 'password')).toEqual(['hunter2 ${X}']);
    expect(find('[REDACTED:EMAIL]hunter2', 'password')).toEqual(['[REDACTED:EMAIL]hunter2']);
  });

  test('keeps the vendor’s type if that is known', () => {
    const text = ['gh', 'p_9dKq2LmZx7RtYv4WbN8cPf3Hj6Gs1AuE5iTo'].join('');
    const found: Span[] = [];
    findSecrets(text, { key: 'token', regions: [] }, found);
    expect(found).toEqual([{ start: 0, end: text.length, dataClass: 'SECRETS', type: 'GITHUB_TOKEN' }]);
  });
});
