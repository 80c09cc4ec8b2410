import { deflateSync, gzipSync } from 'node:zlib';
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
    ['in a comment', joined('\n# ')],
    ['in added lines', joined('\n+')],
    ['in a continued line of PowerShell', joined('`\n')],
    ['in a continued line of cmd', joined('^\n')],
    ['in code', joined('`')],
    ['in a template', joined('${""}')],
    ['in two statements', (text) => `let k = "${halves(text).join('";\nk += "')}";`],
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
    [
      'in quoted-printable with small letters',
      (text) =>
        hexOf(text)
          .map((hex) => `=${hex}`)
          .join(''),
    ],
    ['in strings that a call joins', (text) => `f"${halves(text).join('" f"')}"`],
    ['in base32', base32],
    ['in base32 with small letters', (text) => base32(text).toLowerCase()],
    ['in UTF-16 of the other byte order', (text) => Buffer.from(text, 'utf16le').swap16().toString('base64')],
    [
      'in UTF-16 after a mark and other letters',
      (text) => Buffer.from(`\ufeffКлюч ${text}`, 'utf16le').toString('base64'),
    ],
    ['in UTF-16 in hexadecimal', (text) => Buffer.from(text, 'utf16le').toString('hex')],
    ['in zlib in base64', (text) => deflateSync(text, { level: 1 }).toString('base64')],
    ['in gzip in hexadecimal', (text) => gzipSync(text).toString('hex')],
    [
      'in gzip of bytes',
      (text) => gzipSync(Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(text)])).toString('base64'),
    ],
    ['in gzip behind a path', (text) => `files/${gzipSync(text).toString('base64')}`],
    ['in bytes on lines', (text) => hexOf(text).join('\n')],
    [
      'in bits',
      (text) =>
        hexOf(text)
          .map((hex) => parseInt(hex, 16).toString(2).padStart(8, '0'))
          .join(' '),
    ],
    [
      'in a dump',
      (text) =>
        (
          hexOf(text)
            .join('')
            .match(/.{1,24}/g) ?? []
        )
          .map((line, at) => `000000${at}0: ${line.replace(/(....)/g, '$1 ')} .`)
          .join('\n'),
    ],
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

test('a short part of a token may be emphasised', () => {
  expect(detect(TOKEN.replace(/^(.{9})(..)/, '$1**$2**'), { regions: [] }).classes).toEqual(new Set(['SECRETS']));
});

test.each([
  'Lines of words that end in 2025\nand begin with others, as in 1999\nand so on.',
  'orders:\n40128888\n88881881\n40128888\n88881881\n40128888\n88881881',
  'const text = "Version " + "12345678" + " of " + "87654321";',
  '#HandlePowerKey=powerOff9\n#HandleRebootKey=reboot9off',
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

test('what an archive that is cut off or damaged had may be anything; its beginning is read', () => {
  const archive = gzipSync(`The key is ${TOKEN}.`);
  const isComplete = (bytes: Buffer): boolean => detect({ text: bytes.toString('base64') }, { regions: [] }).isComplete;
  expect(isComplete(archive)).toBe(true);
  expect(isComplete(archive.subarray(0, -9))).toBe(false);
  expect(isComplete(Buffer.concat([archive.subarray(0, 12), Buffer.from('not an archive')]))).toBe(false);
  expect(isComplete(deflateSync(`The key is ${TOKEN}.`).subarray(0, -9))).toBe(false);
  expect(detect({ text: archive.subarray(0, -8).toString('base64') }, { regions: [] }).classes).toEqual(
    new Set(['SECRETS']),
  );
});

test('more archives than are unpacked may hold anything', () => {
  const archive = deflateSync('We meet on Friday.').toString('base64');
  expect(detect({ text: `${archive} `.repeat(90) }, { regions: [] }).isComplete).toBe(true);
  expect(detect({ text: `${archive} `.repeat(110) }, { regions: [] }).isComplete).toBe(false);
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
    'enable secret 0 Zx8vBn4mQs',
    '*:*:*:ann:Zx8vBn4mQs',
    'mysql -u root -pZx8vBn4mQs',
    'redis-cli -a Zx8vBn4mQs ping',
    'WIFI:T:WPA;S:home;P:Zx8vBn4mQs;;',
    'user ann, pw: Zx8vBn4mQs',
    'bindpw Zx8vBn4mQs',
    '[smtp.example.com]:587 ann:Zx8vBn4mQs',
    'poll mail.example.com user ann pass Zx8vBn4mQs',
    'stats auth ann:Zx8vBn4mQs',
    'cache_peer p.example.com parent 3128 0 login=ann:Zx8vBn4mQs',
    '"ann" * "Zx8vBn4mQs" *',
    '<Pass encoding="base64">Wng4dkJuNG1Rcw==</Pass>',
    '<secret>{AQAABAAAAAw/Nh4BJPZ0R0pAxuSip2jWKb0hif/8Mt+gPuBB}</secret>',
    'Private-Lines: 2\nAAAAIJ8Zt4mXc2LkV9bNs6JhY3dFp5GaT7eUo1IWq8ZtR4mX\nAAAAIJ8Zt4mXc2Lk',
    'erl -setcookie Zx8vBn4mQs',
    'openssl rsa -in k.pem -passin pass:Zx8vBn4mQs',
    'htpasswd -b /etc/htpasswd ann Zx8vBn4mQs',
    'net user ann Zx8vBn4mQs /add',
    'rabbitmqctl add_user ann Zx8vBn4mQs',
    'ConvertTo-SecureString "Zx8vBn4mQs" -AsPlainText -Force',
    '<Connector keystorePass="Zx8vBn4mQs" port="8443"/>',
    'mosquitto_pub -u ann -P Zx8vBn4mQs -t x',
    'sqlplus ann/Zx8vBn4mQs@db',
    'net use Z: \\\\host\\share /user:ann Zx8vBn4mQs',
    'pscp -pw Zx8vBn4mQs file host:',
    'keytool -storepass Zx8vBn4mQs -list',
    "echo 'ann:Zx8vBn4mQs' | sudo chpasswd",
    'ldapsearch -D cn=admin -w Zx8vBn4mQs -b dc=example',
    'smbclient //host/share -U ann%Zx8vBn4mQs',
    'lftp -u ann,Zx8vBn4mQs files.example.com',
    'zip -P Zx8vBn4mQs a.zip b',
    '7z a -pZx8vBn4mQs a.7z b',
    'az login -u ann -p Zx8vBn4mQs',
    'curl --proxy-user ann:Zx8vBn4mQs https://example.com',
    'f"postgres://ann:Zx8vBn4mQs@{host}/app"',
    'postgres://ann:Zx8vBn4mQs@$HOST/app',
    'login: ann / Zx8vBn4mQs',
    'kind: Secret\nstringData:\n  db: Zx8vBn4mQs',
    '{"auths":{"registry.example.com":{"auth":"YW5uOlp4OHZCbjRtUXM="}}}',
  ])('%j', (file) => {
    expect(detect({ file }, { regions: [] }).classes).toEqual(new Set(['SECRETS']));
  });

  test.each([
    'the login page and password fields',
    'requirepass is off',
    '{"auth":"oauth2"}',
    'psk = required',
    'net user ann /delete',
    'curl https://example.com -w "%{http_code9}"',
    'zip -r out.zip dir -x node_modules/2024',
    'openssl rsa -passin pass:$PASS1',
    'f"postgres://user:password@{host}/db"',
    'postgres://ann:{password}@{host}/db',
    'The user "x" passes 12345',
    'password policy: min12Chars',
    'password rules: 8to64',
    'password hashing is PBKDF2WithHmacSHA256',
    'the password for admin must have 12 characters',
  ])('but not in %j', (file) => {
    expect(detect({ file }, { regions: [] }).findings).toEqual([]);
  });
});
