import { describe, expect, test } from '@jest/globals';
import { findSecrets } from '../../../src/embedded/detection/secrets/secrets.ts';
import { TOKEN_FORMATS } from '../../../src/embedded/detection/secrets/data/token-formats.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';

/** Pseudorandom numbers, the same in every run. */
function* draws(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 48_271) % 2_147_483_647) yield state >> 8;
}

const ASCII = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place));

/** A string that matches a pattern of classes, groups and bounded counts. Lookaheads are ignored. */
function specimen(source: string, draw: () => number): string {
  let at = 0;
  const one = (): string => {
    if (source.startsWith('(?=', at)) {
      group();
      return '';
    }
    if (source[at] === '(') return pick(group());
    const atom = /^(?:\[(?:\\.|[^\]])*\]|\\.|.)/.exec(source.slice(at))?.[0] ?? '';
    at += atom.length;
    const counts = count();
    const letters = ASCII.filter((letter) => new RegExp(`^${atom}$`).test(letter));
    return Array.from({ length: counts }, () => letters[draw() % letters.length]).join('');
  };
  const count = (): number => {
    const [all = '', least = '1'] = /^(?:\{(\d+)(?:,\d+)?\}|\?|\*)/.exec(source.slice(at)) ?? [];
    at += all.length;
    return all === '?' || all === '*' ? 0 : Number(least);
  };
  const group = (): { inner: string; times: number } => {
    const begin = at;
    for (let depth = 0; ; at++) {
      if (source[at] === '\\') at++;
      else if (source[at] === '(') depth++;
      else if (source[at] === ')' && --depth === 0) break;
    }
    const inner = source
      .slice(begin, ++at)
      .replace(/^\((?:\?[:=])?/, '')
      .slice(0, -1);
    return { inner, times: count() };
  };
  const pick = ({ inner, times }: { inner: string; times: number }): string =>
    Array.from({ length: times }, () => specimen(alternatives(inner)[0] ?? '', draw)).join('');
  let text = '';
  while (at < source.length) text += one();
  return text;
}

function alternatives(source: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of source) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === '|' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${letter}`);
  }
  return parts;
}

const rows = TOKEN_FORMATS.flatMap(([type, prefixes, pattern]) =>
  prefixes.split(' ').map((start) => ({ type, start, pattern })),
);

describe('the token formats', () => {
  test.each(rows)('$start is found as $type', ({ type, start, pattern }) => {
    const numbers = draws(start.length * 7919 + 17);
    const draw = (): number => numbers.next().value;
    const [first = ''] = alternatives(pattern.source);
    const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags);
    let body = specimen(first, draw);
    while (!whole.test(body)) body = specimen(first, draw);
    const text = `It is "${start}${body}", he said.`;
    const found: Span[] = [];
    findSecrets(text, { key: undefined, regions: [] }, found);
    expect(found).toContainEqual({ start: 7, end: 7 + start.length + body.length, dataClass: 'SECRETS', type });
  });

  test.each(TOKEN_FORMATS)(
    'the body of %s (%s) has bounded repetitions and no flag other than i',
    (_, prefixes, pattern) => {
      expect(pattern.source.replace(/\\.|\[(?:\\.|[^\]])*\]/g, '')).not.toMatch(/[+*]|\{\d+,\}/);
      expect(pattern.flags).toMatch(/^i?$/);
      expect(prefixes).toMatch(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/);
    },
  );

  test('no prefix is in two rows with the same type and body', () => {
    const seen = rows.map(({ type, start, pattern }) => `${type} ${start} ${pattern.source}`);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
