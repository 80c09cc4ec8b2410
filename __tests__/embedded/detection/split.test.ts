import { describe, expect, test } from '@jest/globals';
import { findings, redacted, TOKEN } from './simple-detectors.ts';

const [first, second, third] = [TOKEN.slice(0, 9), TOKEN.slice(9, 18), TOKEN.slice(18)] as const;

describe('a secret that is split', () => {
  test('over the items of an array is found, and every part of it is redacted', () => {
    const body = { parts: ['some text', first, second, third, 'more'], n: 1 };
    expect(findings(body)).toEqual(
      [1, 2, 3]
        .map((index) => ({
          dataClass: 'SECRETS',
          type: 'GITHUB_TOKEN',
          path: `parts[${index}]`,
          where: 'value',
          isAddress: false,
          encoding: 'split',
        }))
        .concat([expect.objectContaining({ path: 'parts[4]' }) as never]),
    );
    expect(redacted(body)).toMatchObject({
      body: {
        parts: ['some text', ...new Array<string>(4).fill('[REDACTED:GITHUB_TOKEN]')],
        n: 1,
      },
    });
  });

  test('over the fields of an object is found', () => {
    expect(redacted({ x: { a: first, n: 5, b: second, c: third, d: 'the end' } })?.body).toEqual({
      x: {
        a: '[REDACTED:GITHUB_TOKEN]',
        n: 5,
        b: '[REDACTED:GITHUB_TOKEN]',
        c: '[REDACTED:GITHUB_TOKEN]',
        d: 'the end',
      },
    });
  });

  test('is found between empty strings, letter by letter, and in a string that is JSON', () => {
    expect(findings([first, '', second, third])).toHaveLength(4);
    expect(findings(Array.from(TOKEN))).toHaveLength(TOKEN.length);
    expect(findings({ p: JSON.stringify([first, second, third]) })).toMatchObject([
      { path: 'p[0]', encoding: 'nested JSON, split' },
      { path: 'p[1]' },
      { path: 'p[2]' },
    ]);
  });
});

describe('adjacent strings', () => {
  test('are not one value if one of them is the value', () => {
    expect(findings({ token: TOKEN, name: 'production' })).toMatchObject([{ path: 'token' }]);
    expect(redacted({ token: TOKEN, name: 'production' })?.body).toMatchObject({ name: 'production' });
  });

  test('are not personal data together', () => {
    expect(findings(['4111', '1111', '1111', '1111'])).toEqual([]);
    expect(findings({ a: 'ann@', b: 'mail.com' })).toEqual([]);
  });

  test('are joined across objects, but not across a string with spaces', () => {
    expect(findings([first, 'and then', `${second}${third}`])).toEqual([]);
    expect(findings([{ a: first }, { a: `${second}${third}` }])).toMatchObject([{ path: '[0].a' }, { path: '[1].a' }]);
  });

  test('are a card if they are its two halves in fields of one name', () => {
    expect(findings([{ a: '41111111' }, { a: '11111111' }])).toMatchObject([{ type: 'CARD' }, { type: 'CARD' }]);
    expect(findings({ order: '41111111', item: '11111111' })).toEqual([]);
  });
});
