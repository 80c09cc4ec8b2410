import { describe, expect, test } from '@jest/globals';
import { jsonOf, KEY, refusalOf, serving } from './serving.ts';

/** Sends a call with this JSON as its arguments, unchanged. */
async function scan(body: string): Promise<Response> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const call = `{"method":"POST","url":"https://tools.invalid/read_page","body":${body}}`;
  return serving().ask('POST', '/v1/scan', { headers, body: call });
}

describe('a body that another JSON parser may read differently', () => {
  test.each([
    ['an integer between two doubles', '{"a":{"id":9007199254740993}}', 'body.a.id'],
    ['a negative integer between two doubles', '[0,[-9007199254740993]]', 'body[1][0]'],
    ['a number of 64 bits', '{"list":[1,2,{"id":12345678901234567890}]}', 'body.list[2].id'],
    ['an integer of a hundred digits', `[${'9'.repeat(100)}]`, 'body[0]'],
    ['a fraction with more digits than a double has', '{"rate":0.12345678901234567890123}', 'body.rate'],
    ['an integer between two doubles, written as a decimal', '[9007199254740993.0]', 'body[0]'],
    ['an integer between two doubles, with an exponent', '[90071992547409930e-1]', 'body[0]'],
    ['an integer between two doubles, with a fraction and an exponent', '[-9.007199254740993E+15]', 'body[0]'],
    ['a number that underflows to zero', '[1e-400]', 'body[0]'],
    ['a number with an exponent of 400 digits', `[1e-${'9'.repeat(400)}]`, 'body[0]'],
    ['a fraction of ten thousand digits', `[0.${'3'.repeat(10_000)}]`, 'body[0]'],
    ['a number that overflows', '{"a":1,"b":[1e999]}', 'body.b[0]'],
    ['an integer of 400 digits', `[${'9'.repeat(400)}]`, 'body[0]'],
    ['a duplicate key', '{"to":"a","to":"b"}', 'body.to'],
    ['a duplicate key with the same value', '{"to":"a","to":"a"}', 'body.to'],
    ['a duplicate key with an escape', '{"to":"a","\\u0074o":"b"}', 'body.to'],
    ['a nested duplicate key', '[{"a":[{"b":{"c":1,"d":{},"c":2}}]}]', 'body[0].a[0].b.c'],
    ['a duplicate key after an array and an object', '{"a":[{},[]],"b":{"a":1},"a":0}', 'body.a'],
    ['a duplicate empty key', '{"":1,"":2}', 'body.'],
    ['a nested __proto__ key', '[{"a":{"__proto__":1}}]', 'body[0].a.__proto__'],
    ['an escaped __proto__ key', '{"__pr\\u006fto__":1}', 'body.__proto__'],
    ['half of a surrogate pair', '{"a":["\\ud83d"]}', 'body.a[0]'],
    ['the other half', '{"a":"x\\udc4d"}', 'body.a'],
    ['half of a surrogate pair in a key', '{"\\ud83d":1}', 'body.\ufffd'],
    ['an inexact number in the first value of a duplicate key', '{"a":9007199254740993,"a":1}', 'body.a'],
  ])('is refused for %s', async (_, body, path) => {
    expect(await refusalOf(await scan(body))).toMatchObject({ status: 400, code: 'invalid_request', path });
  });

  test('is refused for a duplicate key beside the arguments', async () => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const body = '{"method":"POST","url":"https://tools.invalid/a","body":{"to":"a"},"body":{"to":"b"}}';
    expect(await refusalOf(await serving().ask('POST', '/v1/scan', { headers, body }))).toMatchObject({
      status: 400,
      path: 'body',
    });
  });

  test('is refused for a long number, with the remedy to send a string', async () => {
    expect((await refusalOf(await scan('[9007199254740993]')))['message']).toBe(
      'The number has more digits than a double keeps. Send it as a string.',
    );
  });
});

describe('a body that every JSON parser reads alike is accepted', () => {
  test.each([
    ['the largest safe integers', '[9007199254740991,-9007199254740991,0,-0]'],
    ['decimals and exponents', '[0.1,1.10,-2.5e-3,1E5,1e21,0.30000000000000004,1.7976931348623157e308]'],
    ['leading and trailing zeros of decimals', '[12.50,100.000,0.00100,1200e-2,0.0000012e6,1.50E+0003]'],
    ['zero in every notation', `[0.0,-0.0,0e999999999999,0E-5,0.${'0'.repeat(10_000)}]`],
    ['many zeros that an exponent removes', `[1${'0'.repeat(500)}e-500,0.${'0'.repeat(500)}1e501]`],
    ['the smallest numbers', '[5e-324,2.2250738585072014e-308]'],
    ['numbers that JSON.stringify writes', JSON.stringify([2 ** 53, 2 ** 63, 1e20, 1e21, -(2 ** 64)])],
    ['long numbers in strings', '{"id":"12345678901234567890"}'],
    ['one key in several objects', '[{"a":1},{"a":{"a":[{"a":2}]}},{}]'],
    ['keys that differ in case, or by invisible characters', '{"to":1,"To":2,"to ":3,"to\\u200b":4}'],
    ['whole surrogate pairs', '["\\ud83d\\udc4d","👍","\\\\ud83d"]'],
    ['strings that look like JSON', '{"a":"{\\"a\\":1,\\"a\\":2}","b":"\\\\","c":"\\\\\\",1e999","d":["a","a"]}'],
    ['whitespace everywhere', ' {\n"a" : [ 1 , 2 ] ,\t"b" : { } }\r\n'],
    ['keys of the prototype', '{"constructor":1,"toString":2,"hasOwnProperty":3}'],
  ])('with %s', async (_, body) => {
    expect((await scan(body)).status).toBe(200);
  });

  test('with as many keys, objects and arrays as fit', async () => {
    const names = Array.from({ length: 15_000 }, (_, index) => `"k${index}":[{}]`).join(',');
    expect(await jsonOf(await scan(`{${names}}`))).toMatchObject({ decision: expect.any(String) });
  });
});

test('a duplicate key in a tool’s response is refused, too', async () => {
  const { ask } = serving();
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const body = '{"trace_id":"t","response_body":{"a":"x","a":"y"}}';
  expect(await refusalOf(await ask('POST', '/v1/scan/response', { headers, body }))).toMatchObject({
    status: 400,
    path: 'response_body.a',
  });
});
