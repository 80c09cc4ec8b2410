import { describe, expect, test } from '@jest/globals';
import { jsonFault } from '../../../src/embedded/policy-files/json-fault.ts';

describe('a text that is no JSON', () => {
  test.each([
    ['', 0, 'expected a value, but the file ends'],
    ['{"a":[', 6, 'expected a value or ], but the file ends'],
    ['{"a":1 "b":2}', 7, 'expected a comma or }'],
    ['["a" "b"]', 5, 'expected a comma or ]'],
    ['{"a" 1}', 5, 'expected a colon'],
    ['{a:1}', 1, 'expected a key in double quotes or }'],
    ['{"a":1,b:2}', 7, 'expected a key in double quotes'],
    ['{"a":yes}', 5, 'expected a value'],
    ['{"a":01}', 6, 'expected a comma or }'],
    ['[1}', 2, 'expected a comma or ]'],
    ['{}}', 2, 'expected the end of the file'],
    ['[1,]', 3, 'trailing comma'],
    ['{"a":1,}', 7, 'trailing comma'],
    ['{"a":"b\n"}', 5, 'unterminated string, or invalid escape'],
    ['{"a":"\\x"}', 5, 'unterminated string, or invalid escape'],
    ["{'a':1}", 1, 'strings need double quotes'],
    ['{"a":1} // b', 8, 'JSON has no comments'],
    ['# b', 0, 'JSON has no comments'],
  ])('%j is none at %d: %s', (text, offset, message) => {
    expect(jsonFault(text)).toEqual({ offset, message });
  });

  test.each(['1', ' [] ', '{"a":{"b":[1,-2.5e3,true,null,"",{}]},"c":"\\u00e9\\n"}\r\n'])('%j is one', (text) => {
    expect(jsonFault(text)).toBeUndefined();
  });

  test('is found wherever a text is cut, and never in one that is not', () => {
    const text = '{"a": [1, {"b": "c\\"d"}, true], "e": -0.5E+7}';
    for (let end = 0; end <= text.length; end += 1) {
      const fault = jsonFault(text.slice(0, end));
      expect([end, fault !== undefined]).toEqual([end, end < text.length]);
    }
  });

  test('may be as long as it likes', () => {
    expect(jsonFault(`["${'\\n'.repeat(1_000_000)}`)).toMatchObject({ offset: 1 });
    expect(jsonFault('['.repeat(1_000_000))).toMatchObject({ offset: 1_000_000 });
  });
});
