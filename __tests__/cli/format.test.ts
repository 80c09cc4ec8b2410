import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { duration, oneLine, shownJson, INVISIBLE, visible } from '../../src/cli/format.ts';

describe('a string from outside', () => {
  test.each([
    ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
    ['a carriage return', 'a\rb', 'a\\u000db'],
    ['a one-byte escape', '\u009b31m', '\\u009b31m'],
    ['a bidirectional override', 'a\u202eb', 'a\\u202eb'],
    ['a zero-width space', 'a\u200bb', 'a\\u200bb'],
    ['invisible characters beyond 16 bits', '\u{e0041}', '\\udb40\\udc41'],
    ['a lone surrogate', '\ud800', '\\ud800'],
    ['a soft hyphen', 'a\u00adb', 'a\\u00adb'],
    ['a variation selector', 'a\ufe00\ufe0fb', 'a\\ufe00\\ufe0fb'],
    ['a variation selector beyond 16 bits', '\u{e0100}', '\\udb40\\udd00'],
    ['an ideographic variation', '\u180b', '\\u180b'],
    ['a filler of Hangul', '\u115f\u3164\uffa0', '\\u115f\\u3164\\uffa0'],
    ['a vowel of Khmer without a glyph', '\u17b4', '\\u17b4'],
    ['an unassigned character that is ignored', '\u{e0fff}', '\\udb43\\udfff'],
    ['a joiner of graphemes', '\u034f', '\\u034f'],
    ['the blank of Braille', '\u2800', '\\u2800'],
    ['a blank that is no space', '\u00a0\u2003\u3000', '\\u00a0\\u2003\\u3000'],
    ['a joiner where it joins nothing', 'a\u200d🎉\u200d', 'a\\u200d🎉\\u200d'],
    ['a second selector after a picture', '❤\ufe0f\ufe0f', '❤\ufe0f\\ufe0f'],
    ['a tab', 'a\tb', 'a\\u0009b'],
    ['a line separator', '\u2028', '\\u2028'],
  ])('has %s escaped', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('keeps letters of every script, and line breaks', () => {
    const text = 'Grüße, 東京, Привет 🎉 ❤\ufe0f 👩🏽\u200d🚀 🏳\ufe0f\u200d🌈\n€';
    expect(visible(text)).toBe(text);
  });

  test('is escaped in the same places on the page', () => {
    const page = readFileSync('src/server/page/values.js', 'utf8');
    expect(page).toContain(`const INVISIBLE =\n  /${INVISIBLE.source}/${INVISIBLE.flags};`);
  });

  test('cannot begin a new line', () => {
    expect(oneLine('a\nALLOW\r\nb')).toBe('a\\nALLOW\\u000d\\nb');
  });

  test('is the same value after JSON.parse', () => {
    const value = { 'k\u202e': ['\u001b[0m\u009b', '\u2028\n\t', '\u{e0041}'] };
    expect(JSON.parse(shownJson(value))).toEqual(value);
  });

  test('is truncated at the limit, with its full length', () => {
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
])('the duration %d ms is formatted as %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
