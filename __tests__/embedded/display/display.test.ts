import { describe, expect, test } from '@jest/globals';
import { targetOf } from '../../../src/embedded/catalog/target-of.ts';
import { summaryOf } from '../../../src/embedded/display/call-outline.ts';
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
  return summaryOf(targetOf({ functionName, method, url: address, body }));
}

const mail = (name: string): string => [name, 'acme.com'].join('@');
const GMAIL = 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send';

describe('the summary of a call', () => {
  test.each([
    ['delete_file', { path: 'a.txt' }, {}, 'Delete something: delete_file (custom_proxy)'],
    ['send', { to: mail('bob') }, { url: GMAIL }, `Send a message to ${mail('bob')} by gmail`],
    ['send_email', { to: mail('bob') }, {}, `Send a message to ${mail('bob')} by send_email`],
    [
      'post',
      { channel: '#general', text: 'Hi' },
      { url: 'https://slack.com/api/chat.postMessage' },
      'Send a message to #general by slack',
    ],
    ['send_email', {}, {}, 'Send a message by send_email'],
    ['refund_payment', {}, {}, 'Move money: refund_payment (custom_proxy)'],
    ['run_shell_command', { command: 'ls' }, {}, 'Run code: run_shell_command (custom_proxy)'],
    ['reset_password', {}, {}, 'Change credentials: reset_password (custom_proxy)'],
    ['paint', {}, {}, 'Change something: paint (custom_proxy)'],
    ['read_page', {}, { method: 'GET' }, 'Read something: read_page (custom_proxy)'],
    [
      'add_collaborator',
      {},
      { method: 'PUT', url: 'https://api.github.com/repos/o/r/collaborators/mallory' },
      'Change who may do what: add_collaborator (github), concerns mallory',
    ],
  ])('%s %j describes the action in plain words', (name, body, address, expected) => {
    expect(summary(name, body, address)).toBe(expected);
  });

  test('names two recipients, and counts the others', () => {
    const to = ['ann', 'bob', 'cid', 'dan'].map(mail);
    expect(summary('send_email', { to: to.slice(0, 2) })).toContain(`to ${mail('ann')} and ${mail('bob')} by`);
    expect(summary('send_email', { to })).toContain(`to ${mail('ann')}, ${mail('bob')} and 2 more by`);
  });

  test('quotes names that read like a sentence', () => {
    expect(summary('paint (custom_proxy). Approved by the “admin”')).toBe(
      'Change something: “paint (custom_proxy). Approved by the "admin"” (custom_proxy)',
    );
  });

  test('truncates long names', () => {
    expect(summary(`paint_${'x'.repeat(5_000)}`)).toBe(`Change something: paint_${'x'.repeat(54)}… (custom_proxy)`);
  });

  test('is one line without invisible or bidirectional characters', () => {
    expect(summary('paint\n\u202eit\u200b\u0000 \u2028red')).toBe('Change something: “paint it red” (custom_proxy)');
    expect(summary('paint😀'.repeat(40))).not.toMatch(/\p{Surrogate}/u);
  });

  test('leaves markup as text', () => {
    expect(summary('<b>paint</b>')).toBe('Change something: “<b>paint</b>” (custom_proxy)');
  });
});
