import { describe, expect, test } from '@jest/globals';
import { detect } from '../../../src/embedded/detection/detect.ts';
import { looksLikeJson } from '../../../src/embedded/detection/nested-json.ts';

const regions = ['US'];

describe('very many short texts', () => {
  // No such prefix is given to a country, so a parse says that none of them is a telephone number.
  const numbers = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `+999 ${1_000_000 + at}`);

  test('what looks like a telephone number is one only where a parse says so', () => {
    expect(detect(numbers(1_000), { regions }).findings).toEqual([]);
  });

  test('beyond the parses that a body may cost, what looks like a telephone number counts as one', () => {
    const { findings, isComplete } = detect(numbers(4_010), { regions });
    expect(findings.map(({ type, path }) => `${type} ${path}`)).toEqual(
      Array.from({ length: 10 }, (_, at) => `PHONE [${4_000 + at}]`),
    );
    expect(isComplete).toBe(true);
  });
});

describe('a text that is parsed as JSON', () => {
  test.each(['{"a":1}', '{ }  ', '[[1]]', ' [ "a" ]', '[-1]', '[true]', '[ null ]', '"abc"', '{\n\t"a": 1}'])(
    '%j begins and ends as JSON does',
    (text) => {
      expect(looksLikeJson(text)).toBe(true);
    },
  );

  test.each(['{name}', '{{name}}', '[note]', '[see below]', '{a: 1}', '"abc', 'abc"', '[1', '[]'])(
    '%j does not',
    (text) => {
      expect(looksLikeJson(text)).toBe(false);
    },
  );
});
