import { describe, expect, test } from '@jest/globals';
import { jsonFault } from '../../../src/embedded/policy-files/json-fault.ts';

describe('a text that is no JSON', () => {
  test.each([
    ['', 0, 'a value must stand here, and the text ends'],
    ['{"a":[', 6, 'a value or ] must stand here, and the text ends'],
    ['{"a":1 "b":2}', 7, 'a comma or } must stand here'],
    ['["a" "b"]', 5, 'a comma or ] must stand here'],
    ['{"a" 1}', 5, 'a colon must stand here'],
    ['{a:1}', 1, 'a key in double quotes or } must stand here'],
    ['{"a":1,b:2}', 7, 'a key in double quotes must stand here'],
    ['{"a":yes}', 5, 'a value must stand here'],
    ['{"a":01}', 6, 'a comma or } must stand here'],
    ['[1}', 2, 'a comma or ] must stand here'],
    ['{}}', 2, 'nothing may follow the value'],
    ['[1,]', 3, 'the comma before it is one too many'],
    ['{"a":1,}', 7, 'the comma before it is one too many'],
    ['{"a":"b\n"}', 5, 'the text that begins here does not end in its line, or has an unknown escape'],
    ['{"a":"\\x"}', 5, 'the text that begins here does not end in its line, or has an unknown escape'],
    ["{'a':1}", 1, 'texts are in double quotes'],
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
