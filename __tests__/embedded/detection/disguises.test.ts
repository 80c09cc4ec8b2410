import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { detect, redact } from '../../../src/embedded/detection/detect.ts';
import { DATA_CLASSES } from '../../../src/embedded/detection/span.ts';

const TOKEN = ['ghp_', 'Qm7Xc2Vb9Nz4Lk1Jh6Gf3Ds8Pa5Wo0TyRuEi'].join('');
const CARD = '4012888888881881';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const halves = (value: string): readonly [string, string] => [value.slice(0, 8), value.slice(8)];
const joined =
  (joint: string) =>
  (value: string): string =>
    `see ${halves(value).join(joint)} there`;
const hexOf = (value: string): readonly string[] => Array.from(Buffer.from(value), (byte) => byte.toString(16));

function base32(value: string): string {
  const bits = Array.from(Buffer.from(value), (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

describe.each([
  ['a token', TOKEN],
  ['a card', CARD],
])('%s is found', (_, value) => {
  test.each<[string, (value: string) => unknown]>([
    ['in a wrapped line', joined('\n')],
    ['in a wrapped line with CRLF', joined('\r\n')],
    ['in a quotation', joined('\n>> ')],
    ['in a folded line of YAML', joined('\n    ')],
    ['in a continued line of a shell', joined('\\\n')],
    ['in a soft line break', joined('=\n')],
    ['in emphasis', joined('**')],
    ['around a tag', joined('<wbr>')],
    ['around a comment', joined('<!-- x -->')],
    ['in strings joined by +', (text) => `f("${halves(text).join('" + "')}")`],
    ['in strings joined by a dot', (text) => `'${halves(text).join("' . '")}'`],
    [
      'in quoted-printable',
      (text) =>
        hexOf(text)
          .map((hex) => `=${hex.toUpperCase()}`)
          .join(''),
    ],
    ['in base32', base32],
    ['in UTF-16 in base64', (text) => Buffer.from(text, 'utf16le').toString('base64')],
    ['in gzip in base64', (text) => gzipSync(text).toString('base64')],
    ['in bytes as hexadecimal', (text) => hexOf(text).join(' ')],
    [
      'in bytes as code',
      (text) =>
        hexOf(text)
          .map((hex) => `0x${hex}`)
          .join(', '),
    ],
    ['in decimal bytes', (text) => `String.fromCharCode(${Array.from(Buffer.from(text)).join(',')})`],
    ['in a buffer', (text) => Buffer.from(text).toJSON()],
    ['in a typed array', (text) => Object.fromEntries(Buffer.from(text).entries())],
    ['in two objects', (text) => halves(text).map((part) => ({ part }))],
  ])('%s', (__, disguise) => {
    const detection = detect({ body: disguise(value) }, { regions: [] });
    expect(detection.findings.length).toBeGreaterThan(0);
    const body = redact(detection, new Set(DATA_CLASSES))?.body;
    expect(detect(body, { regions: [] }).classes.size).toBe(0);
  });
});

test('what Markdown escapes is found', () => {
  expect(detect(TOKEN.replace('_', '\\_'), { regions: [] }).classes).toEqual(new Set(['SECRETS']));
});

test.each([
  'Lines of words that end in 2025\nand begin with others, as in 1999\nand so on.',
  'orders:\n40128888\n88881881\n40128888\n88881881\n40128888\n88881881',
  'const text = "Version " + "12345678" + " of " + "87654321";',
  'sizes 12, 40, 99, 120, 64, 77, 81, 90, 100, 110, 115',
  base32('We meet on Friday at the usual place.'),
  gzipSync('We meet on Friday at the usual place.').toString('base64'),
])('harmless text stays harmless: %j', (text) => {
  expect(detect({ text }, { regions: [] }).findings).toEqual([]);
});

test('an archive that is too long to unpack may hold anything, wherever it stands', () => {
  const archive = gzipSync('a'.repeat(300_000)).toString('base64');
  for (const text of [archive, `See ${archive}.`, Buffer.from(`data ${archive}`).toString('base64')])
    expect(detect({ text }, { regions: [] }).isComplete).toBe(false);
  expect(detect({ text: gzipSync('a'.repeat(200_000)).toString('base64') }, { regions: [] }).isComplete).toBe(true);
});

describe('credentials in configuration files', () => {
  test.each([
    'machine ftp.example.com\n  login ann\n  password Zx8vBn4mQs',
    'db.example.com:5432:app:ann:Zx8vBn4mQs',
    'user = "ann:Zx8vBn4mQs"',
    'requirepass Zx8vBn4mQs',
    'psk="Zx8vBn4mQs"',
    "CREATE USER ann IDENTIFIED BY 'Zx8vBn4mQs'",
    'olcRootPW: Zx8vBn4mQs',
    'enable password 0 Zx8vBn4mQs',
    '{"auths":{"registry.example.com":{"auth":"YW5uOlp4OHZCbjRtUXM="}}}',
  ])('%j', (file) => {
    expect(detect({ file }, { regions: [] }).classes).toEqual(new Set(['SECRETS']));
  });

  test.each(['the login page and password fields', 'requirepass is off', '{"auth":"oauth2"}', 'psk = required'])(
    'but not in %j',
    (file) => {
      expect(detect({ file }, { regions: [] }).findings).toEqual([]);
    },
  );
});
