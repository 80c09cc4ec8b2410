import { describe, expect, test } from '@jest/globals';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';
import { callOutline } from '../../../src/embedded/display/call-outline.ts';
import { redactedUrl } from '../../../src/embedded/display/redacted-url.ts';

const key = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
const card = ['4111', '1111', '1111', '1111'];

describe('a redacted URL', () => {
  test.each([
    'https://api.acme.com/',
    'https://203.0.113.9/x',
    'https://crm.internal/orders/7?sort=a+b&&c#top',
    'https://h.example/a//b/?x=%7B%22a%22%3A1%7D',
    'https://h.example/%E0%A4%A/x?q=%zz&__proto__=1',
  ])('is %s unchanged if it has no sensitive data', (address) => {
    expect(redactedUrl(address, ['US'])).toBe(address);
  });

  test.each([
    [`https://h.example/pay/${card.join('%20')}/now`, 'https://h.example/pay/[REDACTED:CARD]/now'],
    [`https://h.example/users/ann%40example.com`, 'https://h.example/users/[REDACTED:EMAIL]'],
    [`https://h.example/?a=%41${key.slice(1)}&b=1`, 'https://h.example/?a=[REDACTED:AWS_ACCESS_KEY_ID]&b=1'],
    ['https://h.example/?password=hunter2&b=%26', 'https://h.example/?password=[REDACTED:PASSWORD]&b=%26'],
    [`https://h.example/?${key}=1`, 'https://h.example/?[REDACTED:AWS_ACCESS_KEY_ID]=1'],
    [`https://h.example/#access_token=${key}`, 'https://h.example/#access_token=[REDACTED:AWS_ACCESS_KEY_ID]'],
    ['https://ann:hunter2@h.example/x', 'https://[REDACTED]@h.example/x'],
    ['https://ann@h.example/x', 'https://[REDACTED]@h.example/x'],
    [`https://${key}.evil.example/x`, 'https://[REDACTED]/x'],
    ['mailto:ann@example.com', 'mailto:[REDACTED:EMAIL]'],
    [`no address of ann@example.com`, 'no address of [REDACTED:EMAIL]'],
  ])('turns %s into %s', (address, shown) => {
    expect(redactedUrl(address, ['US'])).toBe(shown);
  });

  test('finds the host behind letters whose lower case is longer', () => {
    const address = `https://a:İİİ@${key}.evil.example/x`;
    expect(redactedUrl(address, [])).toBe('https://[REDACTED]@[REDACTED]/x');
  });

  test('shows only the host if the rest cannot be scanned', () => {
    const nested = encodeURIComponent('['.repeat(5_000) + ']'.repeat(5_000));
    const shown = redactedUrl(`https://h.example/?a=${nested}&password=hunter2`, []);
    expect(shown).toMatch(/^https:\/\/h\.example\//);
    expect(shown).not.toContain('hunter2');
  });
});

function summary(functionName: string, body: unknown = {}, { method = 'POST', url = '' } = {}): string {
  const address = url === '' ? `https://tools.invalid/${encodeURIComponent(functionName)}` : url;
  const call = { functionName, method, url: address, body };
  return callOutline(call, targetOf(call), ['US']).summary;
}

const mail = (name: string): string => [name, 'acme.com'].join('@');
const GMAIL = 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send';

describe('the summary of a call', () => {
  test.each([
    ['delete_file', { path: '/backups/2026-11' }, {}, 'delete_file wants to delete /backups/2026-11'],
    ['delete_page', { workspace_id: 3, page_id: 7 }, {}, 'delete_page wants to delete 7'],
    ['deleteCustomer', { customerId: 'cus_1', reason: 'asked' }, {}, 'deleteCustomer wants to delete cus_1'],
    ['delete_everything', {}, {}, 'delete_everything wants to delete something'],
    [
      'gmail_send',
      { to: mail('bob') },
      { url: GMAIL },
      `gmail_send wants to send a message to ${mail('bob')} at gmail`,
    ],
    ['send_email', { to: mail('bob') }, {}, `send_email wants to send a message to ${mail('bob')}`],
    [
      'post',
      { channel: '#general', text: 'Hi' },
      { url: 'https://slack.com/api/chat.postMessage' },
      'post wants to send a message to #general at slack',
    ],
    ['send_email', {}, {}, 'send_email wants to send a message'],
    ['refund_payment', {}, {}, 'refund_payment wants to move money'],
    ['run_shell_command', { command: 'ls' }, {}, 'run_shell_command wants to run code'],
    ['reset_password', {}, {}, 'reset_password wants to change credentials'],
    ['write_file', { path: 'a.txt', content: 'x' }, {}, 'write_file wants to write a.txt'],
    ['paint', {}, {}, 'paint wants to change something'],
    ['paint', { room_id: 'r1' }, {}, 'paint wants to change r1'],
    ['read_page', { page: 7 }, { method: 'GET' }, 'read_page wants to read 7'],
    [
      'add_collaborator',
      {},
      { method: 'PUT', url: 'https://api.github.com/repos/o/r/collaborators/mallory' },
      'add_collaborator wants to change who may do what, involving mallory in o/r at github',
    ],
  ])('%s %j at %j: %s', (name, body, address, expected) => {
    expect(summary(name, body, address)).toBe(expected);
  });

  test('names two recipients, and counts the others', () => {
    const to = ['ann', 'bob', 'cid', 'dan'].map(mail);
    expect(summary('send_email', { to: to.slice(0, 2) })).toContain(`to ${mail('ann')} and ${mail('bob')}`);
    expect(summary('send_email', { to })).toContain(`to ${mail('ann')}, ${mail('bob')} and 2 more`);
  });

  test('quotes names and values that read like a sentence', () => {
    expect(summary('paint red. Approved by the “admin”')).toBe(
      '“paint red. Approved by the "admin"” wants to change something',
    );
    expect(summary('delete_file', { path: 'nothing. It is safe' })).toBe(
      'delete_file wants to delete “nothing. It is safe”',
    );
  });

  test('masks sensitive values as in the arguments', () => {
    expect(summary('delete_file', { path: `/cards/${card.join('')}` })).not.toContain(card.join(''));
    expect(summary('delete_key', { key })).toBe('delete_key wants to delete “[REDACTED]”');
  });

  test('truncates long names', () => {
    expect(summary(`paint_${'x'.repeat(5_000)}`)).toBe(`paint_${'x'.repeat(54)}… wants to change something`);
  });

  test('is one line without invisible or bidirectional characters', () => {
    expect(summary('paint\n\u202eit\u200b\u0000 \u2028red')).toBe('“paint it red” wants to change something');
    expect(summary('paint😀'.repeat(40))).not.toMatch(/\p{Surrogate}/u);
  });

  test('leaves markup as text', () => {
    expect(summary('<b>paint</b>')).toBe('“<b>paint</b>” wants to change something');
  });
});
