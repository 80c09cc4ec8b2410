import { describe, expect, test } from '@jest/globals';
import { createDetector } from '../../../src/embedded/detection/detector.ts';
import type { Detector } from '../../../src/embedded/detection/span.ts';
import { findings, found, simpleDetectors, TOKEN } from './simple-detectors.ts';

const paths = (body: unknown): string[] => findings(body).map(({ path }) => path);

function nested(levels: number, innermost: unknown): unknown {
  let body = innermost;
  for (let level = 0; level < levels; level += 1) body = { a: body };
  return body;
}

describe('walking a body', () => {
  test('a path has field names and array indexes, never values', () => {
    expect(findings({ mail: { recipients: ['ann@mail.com', 'bob@mail.com'] }, note: `Take ${TOKEN}!` })).toEqual([
      { dataClass: 'SECRETS', type: 'GITHUB_TOKEN', path: 'note', where: 'value', isAddress: false },
      { dataClass: 'PII', type: 'EMAIL', path: 'mail.recipients[0]', where: 'value', isAddress: true },
      { dataClass: 'PII', type: 'EMAIL', path: 'mail.recipients[1]', where: 'value', isAddress: true },
    ]);
  });

  test('a body may be a string, a number or an array', () => {
    expect(findings(TOKEN)).toMatchObject([{ path: '' }]);
    expect(findings(4111111111111111)).toMatchObject([{ type: 'CARD', path: '' }]);
    expect(findings([1, [TOKEN]])).toMatchObject([{ path: '[1][0]' }]);
  });

  test('a body without sensitive data has no findings', () => {
    for (const body of [null, undefined, true, '', 0, {}, [], { a: null, b: [{}] }, 'a plain sentence']) {
      expect(found(body)).toEqual({ findings: [], classes: new Set(), isComplete: true });
    }
  });

  test('a field’s name is context for its value and the items of its array, not for nested fields', () => {
    expect(paths({ password: 'hunter' })).toEqual(['password']);
    expect(paths({ password: ['first', ['second']] })).toEqual(['password[0]', 'password[1][0]']);
    expect(paths({ password: { hint: 'a dog' } })).toEqual([]);
    expect(paths({ password: 123456 })).toEqual(['password']);
  });

  test('field names are scanned too, and a path shows the type of what they contain', () => {
    expect(findings({ list: { 'ann@mail.com': { password: 'hunter' } } })).toEqual([
      { dataClass: 'PII', type: 'EMAIL', path: 'list.[REDACTED:EMAIL]', where: 'key', isAddress: false },
      {
        dataClass: 'SECRETS',
        type: 'PASSWORD',
        path: 'list.[REDACTED:EMAIL].password',
        where: 'value',
        isAddress: false,
      },
    ]);
  });

  test('a field name is found in every place', () => {
    const body = [{ [TOKEN]: 1 }, { [TOKEN]: 2 }, Buffer.from(JSON.stringify({ [TOKEN]: 3 })).toString('base64')];
    expect(findings(body).map(({ path, where }) => `${where} ${path}`)).toEqual([
      'value [2]',
      'key [0].[REDACTED:GITHUB_TOKEN]',
      'key [1].[REDACTED:GITHUB_TOKEN]',
    ]);
  });

  test('names that objects inherit are ordinary names', () => {
    const body = JSON.parse(
      `{"constructor":"${TOKEN}","toString":{"__proto__":"${TOKEN}","hasOwnProperty":1}}`,
    ) as object;
    expect(paths(body)).toEqual(['constructor', 'toString.__proto__']);
  });

  test('long names are truncated in a path', () => {
    expect(paths({ ['x'.repeat(1000)]: TOKEN })[0]).toHaveLength(65);
  });

  test('findings contain no values', () => {
    expect(JSON.stringify(found({ a: [TOKEN, { [TOKEN]: Buffer.from(TOKEN).toString('base64') }] }))).not.toContain(
      'a1B2',
    );
  });
});

describe('the detection is incomplete for a body', () => {
  test('that is nested too deep, in objects or strings', () => {
    expect(found(nested(400, 'x')).isComplete).toBe(true);
    expect(found(nested(100_000, 'x')).isComplete).toBe(false);
    expect(found('['.repeat(100_000) + ']'.repeat(100_000)).isComplete).toBe(false);
  });

  test('that is too long', () => {
    expect(found('word '.repeat(200_000)).isComplete).toBe(true);
    expect(found('word '.repeat(220_000)).isComplete).toBe(false);
    expect(found(Array.from({ length: 1000 }, () => 'word '.repeat(250))).isComplete).toBe(false);
  });

  test('that refers to itself', () => {
    const body: Record<string, unknown> = {};
    body['again'] = [body, body];
    expect(found(body).isComplete).toBe(false);
  });

  test('with too many members or findings', () => {
    expect(found(new Array(300_000).fill([])).isComplete).toBe(false);
    expect(found('ann@mail.com '.repeat(40_000)).isComplete).toBe(false);
  });

  test('whose strings decode to too much', () => {
    const texts = Array.from({ length: 60_000 }, () => '{"a":1}');
    expect(found(texts).isComplete).toBe(false);
  });

  test('with values that are not JSON', () => {
    for (const value of [1n, Symbol('a'), () => 1, new Date(0), new Map()]) {
      expect(found({ value }).isComplete).toBe(false);
    }
  });

  test('if a detector throws or returns invalid spans; the other detectors still run', () => {
    const failing: Detector = (text) => {
      if (text === 'boom') throw new Error(text);
    };
    const beyond: Detector = (text, _, spans) => {
      if (text === 'boom') spans.push({ start: 2, end: 99, dataClass: 'PII', type: 'EMAIL' });
    };
    for (const broken of [failing, beyond]) {
      const { detect } = createDetector([broken, ...simpleDetectors]);
      expect(detect({ a: 'boom', b: TOKEN }, { regions: [] })).toMatchObject({
        isComplete: false,
        findings: [{ type: 'GITHUB_TOKEN' }],
      });
      expect(detect({ a: TOKEN }, { regions: [] }).isComplete).toBe(true);
    }
  });

  test('the same body always ends the same way', () => {
    const body = Array.from({ length: 3000 }, (_, index) => ({ [`name${index}`]: `ann@mail.com%20${index}` }));
    expect(found(body)).toEqual(found(body));
  });
});
