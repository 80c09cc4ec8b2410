import { describe, expect, test } from '@jest/globals';
import { expandBraces, globProblem, matchesGlob } from '../../../src/embedded/policy/glob.ts';

describe('a glob', () => {
  test.each([
    ['*', ''],
    ['*', 'octo/hello'],
    ['octo/*', 'octo/hello/world'],
    ['#sec-*', '#sec-ops'],
    ['*.internal', 'db.internal'],
    ['a*b*c', 'a-b-b-c'],
    ['h?llo', 'hallo'],
    ['?', '💥'],
    ['[a-c]1', 'b1'],
    ['[!a-c]1', 'd1'],
    ['[]x]', ']'],
    ['[*]', '*'],
    ['{red,blue}-*', 'blue-team'],
    ['{a,b}{1,2}', 'b1'],
    ['stripe{,_test}', 'stripe'],
    ['', ''],
    ['a[b', 'a[b'],
    ['a{b', 'a{b'],
    ['{ab}', '{ab}'],
    ['a.c', 'a.c'],
  ])('%j matches %j', (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(true);
  });

  test.each([
    ['', 'a'],
    ['octo/*', 'octo'],
    ['octo', 'octopus'],
    ['octo', 'an octo'],
    ['?', ''],
    ['?', 'ab'],
    ['[a-c]1', 'd1'],
    ['[!a-c]1', 'b1'],
    ['a.c', 'abc'],
    ['a*b', 'a-b-c'],
    ['{red,blue}', 'green'],
    ['Slack', 'slack'],
  ])('%j does not match %j', (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(false);
  });

  test('can ignore case', () => {
    expect(matchesGlob('Octo/[A-C]*', 'oCTO/bEE', { caseInsensitive: true })).toBe(true);
  });

  test('matches many stars in linear time', () => {
    expect(matchesGlob(`${'*a'.repeat(50)}*b`, 'a'.repeat(100_000))).toBe(false);
    expect(matchesGlob(`*${'a'.repeat(50)}b`, 'a'.repeat(100_000))).toBe(false);
    expect(matchesGlob('*'.repeat(100_000), 'a'.repeat(100_000))).toBe(true);
  });

  test('expands to at most 100 alternatives', () => {
    expect(expandBraces('{a,b}.{json,yaml}')).toEqual(['a.json', 'a.yaml', 'b.json', 'b.yaml']);
    expect(() => expandBraces('{a,b}'.repeat(7))).toThrow(RangeError);
  });

  test.each(['a', '*', '[a-z]', '[!a]', '[]a]', '[[]', '[{]', '[}]x', '{a,b}', '{a}', '{}', '{[a],[b]}', ']', '[a-]'])(
    '%s is a valid pattern',
    (pattern) => {
      expect(globProblem(pattern)).toBeUndefined();
    },
  );
});
