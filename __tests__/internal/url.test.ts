import { describe, expect, test } from '@jest/globals';
import { parseUrl } from '../../src/internal/url.ts';

describe('parseUrl', () => {
  test.each([
    ['https://acme.com/a?b#c', 'acme.com'],
    ['https://bücher.example/c', 'xn--bcher-kva.example'],
    ['https://пример.рф/', 'xn--e1afmkfd.xn--p1ai'],
    ['mailto:ada@acme.com', ''],
  ])('reads %s', (text, host) => {
    expect(parseUrl(text)?.hostname).toBe(host);
  });

  test.each(['', 'acme', '/a', 'https://', 'https://a b', 'https://ü b', 'http://[::1'])(
    'returns undefined for %p',
    (text) => {
      expect(parseUrl(text)).toBeUndefined();
    },
  );

  test('returns the same result after V8 has optimised it', () => {
    for (let count = 0; count < 100_000; count += 1) parseUrl(`https://acme${count % 7}.com/x`);
    expect(parseUrl('https://bücher.example/c')?.hostname).toBe('xn--bcher-kva.example');
  });
});
