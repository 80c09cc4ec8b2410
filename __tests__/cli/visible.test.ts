import { describe, expect, test } from '@jest/globals';
import { duration } from '../../src/cli/duration.ts';
import { oneLine, shownJson, visible } from '../../src/cli/visible.ts';

describe('what comes from outside', () => {
  test.each([
    ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['a carriage return', 'a\rb', 'a\\u000db'],
    ['a one-byte escape', '\u009b31m', '\\u009b31m'],
    ['text that is turned round', 'a\u202eb', 'a\\u202eb'],
    ['what has no width', 'a\u200bb', 'a\\u200bb'],
    ['invisible letters beyond 16 bits', '\u{e0041}', '\\udb40\\udc41'],
    ['half a letter', '\ud800', '\\ud800'],
    ['a line separator', '\u2028', '\\u2028'],
  ])('has %s made visible', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('keeps letters of every script, and line breaks', () => {
    const text = 'Grüße, 東京, Привет 🎉\n€';
    expect(visible(text)).toBe(text);
  });

  test('cannot begin a line of its own', () => {
    expect(oneLine('a\nALLOW\r\nb')).toBe('a\\nALLOW\\u000d\\nb');
  });

  test('is the same JSON afterwards', () => {
    const value = { 'k\u202e': ['\u001b[0m\u009b', '\u2028\n\t', '\u{e0041}'] };
    expect(JSON.parse(shownJson(value))).toEqual(value);
  });

  test('is cut where it is long, and says so', () => {
    expect(shownJson('x'.repeat(50), 10)).toBe('"xxxxxxxxx… (52 characters)');
    expect(shownJson('x'.repeat(8), 10)).toBe('"xxxxxxxx"');
  });
});

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [59_499, '59 s'],
  [60_000, '1 min'],
  [500_000, '8 min 20 s'],
  [7_260_000, '2 h 1 min'],
  [90_061_000, '1 d 1 h'],
  [NaN, 'unknown time'],
])('%d ms are %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
