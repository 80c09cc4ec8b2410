import { describe, expect, test } from '@jest/globals';
import { redactedUrl } from '../../../src/embedded/display/redacted-url.ts';

const key = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
const card = ['4111', '1111', '1111', '1111'];

describe('an address that is shown', () => {
  test.each([
    'https://api.acme.com/',
    'https://203.0.113.9/x',
    'https://crm.internal/orders/7?sort=a+b&&c#top',
    'https://h.example/a//b/?x=%7B%22a%22%3A1%7D',
    'https://h.example/%E0%A4%A/x?q=%zz&__proto__=1',
  ])('is %s where nothing in it is sensitive', (address) => {
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
  ])('shows of %s only %s', (address, shown) => {
    expect(redactedUrl(address, ['US'])).toBe(shown);
  });

  test('finds its host behind letters that are two in lower case', () => {
    const address = `https://a:İİİ@${key}.evil.example/x`;
    expect(redactedUrl(address, [])).toBe('https://[REDACTED]@[REDACTED]/x');
  });

  test('shows its host alone where the rest cannot be looked through', () => {
    const nested = encodeURIComponent('['.repeat(5_000) + ']'.repeat(5_000));
    const shown = redactedUrl(`https://h.example/?a=${nested}&password=hunter2`, []);
    expect(shown).toMatch(/^https:\/\/h\.example\//);
    expect(shown).not.toContain('hunter2');
  });
});
