import { describe, expect, test } from '@jest/globals';
import { looksLikeJson } from '../../../src/embedded/detection/nested-json.ts';
import { findings, found, hiddenAs, TOKEN } from './simple-detectors.ts';

const codes = (text: string, write: (code: number) => string): string =>
  Array.from(text, (character) => write(character.codePointAt(0) ?? 0)).join('');
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const percent = (text: string): string => codes(text, (code) => `%${hex(code, 2)}`);

describe('a value is found in any encoding', () => {
  test.each([
    ['plain', 'plain', TOKEN],
    ['after an escaped line end', 'plain', `first\\n${TOKEN}`],
    ['base64', 'base64', base64(TOKEN)],
    ['base64url in a path', 'base64', `https://evil.example/log/${Buffer.from(TOKEN).toString('base64url')}/end`],
    ['base64 after other characters', 'base64', `key-x${base64(`the token is ${TOKEN}`)}`],
    ['base64 in lines', 'base64', base64('word '.repeat(20) + TOKEN).replace(/(.{76})/g, '$1\r\n')],
    ['base64 of non-ASCII text', 'base64', base64(`Schlüssel für Zürich: ${TOKEN}`)],
    [
      'base64 between unprintable bytes',
      'base64',
      Buffer.concat([Buffer.alloc(30), Buffer.from(TOKEN)]).toString('base64'),
    ],
    ['base64 twice', 'base64, base64', base64(base64(TOKEN))],
    ['hex', 'hex', Buffer.from(TOKEN).toString('hex')],
    ['hex in capitals, off by one', 'hex', `A${Buffer.from(TOKEN).toString('hex').toUpperCase()}`],
    ['percent-encoding', 'percent', percent(TOKEN)],
    ['percent-encoding twice', 'percent', percent(percent(TOKEN))],
    ['escapes of four digits', 'escapes', codes(TOKEN, (code) => `\\u${hex(code, 4)}`)],
    ['escapes in braces', 'escapes', codes(TOKEN, (code) => `\\u{${hex(code, 2)}}`)],
    ['escapes of two digits', 'escapes', codes(TOKEN, (code) => `\\x${hex(code, 2)}`)],
    ['octal escapes', 'escapes', codes(TOKEN, (code) => `\\${code.toString(8).padStart(3, '0')}`)],
    ['HTML references', 'entities', codes(TOKEN, (code) => `&#${code};`)],
    ['hexadecimal HTML references', 'entities', codes(TOKEN, (code) => `&#x${hex(code, 2)};`)],
    ['full width', 'unicode', codes(TOKEN, (code) => String.fromCodePoint(code + 0xfee0))],
    [
      'a zero-width character after each letter',
      'unicode',
      codes(TOKEN, (code) => `${String.fromCodePoint(code)}\u200b`),
    ],
    ['control characters between letters', 'unicode', codes(TOKEN, (code) => `${String.fromCodePoint(code)}\u0000`)],
    ['variation selectors', 'unicode', codes(TOKEN, (code) => `${String.fromCodePoint(code)}\ufe0f`)],
    ['Hangul fillers', 'unicode', codes(TOKEN, (code) => `${String.fromCodePoint(code)}\u3164`)],
    ['marks over letters', 'unicode', codes(TOKEN, (code) => `${String.fromCodePoint(code)}\u0332`)],
    ['tag characters', 'unicode', `Hello${codes(TOKEN, (code) => String.fromCodePoint(code + 0xe0000))}`],
    ['Cyrillic letters', 'unicode', TOKEN.replace('p', 'р').replace('a', 'а').replace('c', 'с')],
    ['Greek letters', 'unicode', TOKEN.replace('B', 'Β').replace('H', 'Η')],
    [
      'digits of another script',
      'unicode',
      TOKEN.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x0966 + Number(digit))),
    ],
    ['full width in base64', 'base64, unicode', base64(codes(TOKEN, (code) => String.fromCodePoint(code + 0xfee0)))],
    ['base64 in percent-encoding', 'percent, base64', percent(base64(TOKEN))],
  ])('%s', (_, encoding, text) => {
    expect(hiddenAs({ note: text })).toBe(encoding);
    expect(hiddenAs({ note: `Send ${text} to them.` })).toBe(encoding);
    expect(found({ note: text }).isComplete).toBe(true);
  });

  test('field names are decoded too', () => {
    expect(findings({ [base64(TOKEN)]: 1 })).toMatchObject([{ where: 'key', encoding: 'base64' }]);
  });

  test('a value in plain text is not found again in another reading', () => {
    expect(findings({ note: `Größe, \\n &amp; %41: ${TOKEN}` })).toHaveLength(1);
  });

  test('data that decodes to nothing printable has no findings', () => {
    expect(
      findings({ image: Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 89) % 256)).toString('base64') }),
    ).toEqual([]);
    expect(findings({ commit: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e' })).toEqual([]);
    expect(findings({ bad: '%zz%4 \\u12 \\x &#; &#99999999; &nothing;' })).toEqual([]);
  });
});

describe('a string that is JSON is walked', () => {
  test('with its field names as context, and its own paths', () => {
    expect(findings({ payload: JSON.stringify({ user: [{ password: 'hunter' }] }) })).toEqual([
      {
        dataClass: 'SECRETS',
        type: 'PASSWORD',
        path: 'payload.user[0].password',
        where: 'value',
        isAddress: false,
        encoding: 'nested JSON',
      },
    ]);
  });

  test('nested twice, encoded, or as the whole body', () => {
    const twice = JSON.stringify({ a: JSON.stringify({ password: 'hunter' }) });
    expect(findings({ p: twice })).toMatchObject([{ path: 'p.a.password', type: 'PASSWORD' }]);
    expect(findings(twice)).toMatchObject([{ path: 'a.password', type: 'PASSWORD' }]);
    expect(findings({ p: base64(JSON.stringify({ password: 'hunter' })) })).toMatchObject([
      { path: 'p', type: 'PASSWORD', encoding: 'base64, nested JSON' },
    ]);
    expect(findings({ p: JSON.stringify(JSON.stringify(TOKEN)) })).toMatchObject([{ path: 'p' }]);
  });

  test('a duplicate field hides nothing', () => {
    expect(findings({ p: `{"a":"${TOKEN}","a":"nothing"}` })).toMatchObject([{ path: 'p', type: 'GITHUB_TOKEN' }]);
    expect(findings({ p: `{"a":"${base64(TOKEN)}","a":"nothing"}` })).toMatchObject([
      { path: 'p', encoding: 'base64' },
    ]);
  });

  test('addresses stay addresses in it, with any whitespace', () => {
    for (const space of [0, 2]) {
      const mail = JSON.stringify({ to: 'ann@mail.com', n: 1.5 }, null, space).replace('1.5', '1.50');
      expect(findings({ mail })).toMatchObject([{ path: 'mail.to', isAddress: true }]);
    }
  });

  test('a string that only looks like JSON is read as text', () => {
    expect(findings({ p: `{"a": ${TOKEN}}` })).toMatchObject([{ path: 'p', type: 'GITHUB_TOKEN' }]);
  });
});

describe('the parts of a URL', () => {
  test.each(['?q=', '#', '#access=', '?a=1&b=2&c=', 'path/'])('a value after "%s" is found', (before) => {
    expect(hiddenAs({ url: `https://evil.example/${before}${TOKEN}` })).toBe('plain');
    expect(hiddenAs({ url: `https://evil.example/${before}${percent(percent(TOKEN))}` })).toBe('percent');
  });

  test('a value in the user info is found', () => {
    expect(hiddenAs({ url: `https://ann:${TOKEN}@evil.example/` })).toBe('plain');
  });

  test('the names in a query or form are context', () => {
    expect(findings({ url: 'https://evil.example/?a=1&password=hunter' })).toMatchObject([
      { type: 'PASSWORD', path: 'url' },
    ]);
    expect(findings('user=ann&pass%77ord=hunter')).toMatchObject([{ type: 'PASSWORD' }]);
    const inner = encodeURIComponent('https://other.example/?password=hunter');
    expect(findings({ url: `https://evil.example/?next=${inner}` })).toMatchObject([{ type: 'PASSWORD' }]);
  });
});

describe('a string that is parsed as JSON', () => {
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
