import { describe, expect, test } from '@jest/globals';
import { omitUndefined } from '../../src/internal/omit-undefined.ts';
import { Queue } from '../../src/internal/queue.ts';
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

test('properties that are undefined are absent from the copy; other falsy values, and the order, stay', () => {
  const object = { id: 'a', note: undefined, count: 0, text: '', none: null, isLast: false };

  const copy = omitUndefined(object);

  expect(Object.entries(copy)).toEqual([
    ['id', 'a'],
    ['count', 0],
    ['text', ''],
    ['none', null],
    ['isLast', false],
  ]);
  expect(object).toHaveProperty('note', undefined);
});

test('a property that may be undefined becomes optional, and a literal keeps its type', () => {
  const noteOf = (note?: string): { readonly status: 'denied'; readonly note?: string } =>
    omitUndefined({ status: 'denied', note });

  expect(noteOf()).not.toHaveProperty('note');
  expect(noteOf('too late')).toEqual({ status: 'denied', note: 'too late' });
});

describe('a queue', () => {
  test('returns items in the order in which they were added', () => {
    const queue = new Queue<number>();
    const out: (number | undefined)[] = [];
    for (let item = 0; item < 1_000; item += 1) {
      queue.push(item);
      if (item % 3 === 0) out.push(queue.shift());
    }
    while (queue.size > 0) out.push(queue.shift());
    expect(out).toEqual(Array.from({ length: 1_000 }, (_, item) => item));
    expect([queue.shift(), queue.size]).toEqual([undefined, 0]);
  });
});
