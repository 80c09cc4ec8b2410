import { describe, expect, test } from '@jest/globals';
import { detect } from '../../../src/embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../../../src/embedded/detection/personal/phone.ts';

/** The types of the findings that are not addresses, each once. */
function typesIn(body: unknown): string[] {
  const { findings, isComplete } = detect(body, { regions: DEFAULT_REGIONS });
  expect(isComplete).toBe(true);
  return [...new Set(findings.filter(({ isAddress }) => !isAddress).map(({ type }) => type))];
}

describe('an identifier is no number of a person', () => {
  test.each([
    [{ run: 'c1f0a2d4-0171-4823-9b1e-7f3a0d5c2e11' }],
    [{ text: 'Deploy 83920174-4000-4012-8888-8888881881ff failed twice.' }],
    [{ text: 'pod web-7d9f-0171-4823-x2v4p restarted' }],
    [{ text: 'SKU-219-09-4444 and LOT-0412-345-678 are sold out' }],
    [{ serial_number: '0412-345-678' }],
    [{ items: [{ sku: '415-555-0132' }] }],
    [{ text: 'Invoice no. 415-555-0132 is due' }],
    [{ text: 'Die Rechnungsnummer lautet 0171-482-391' }],
    [{ text: 'Номер заказа: 4012888888881881' }],
    [{ text: '注文番号は4012888888881881です' }],
    [{ text: 'Springfield, IL 02704-1234' }],
    [{ text: 'Policy number 219-09-4444 renewed' }],
    [{ text: 'Bestellnr. 0171-4823910' }],
    [{ text: 'Commande n° 01 42 68 53 00' }],
    [{ meter_reading: '0412 555 123' }],
    [{ text: 'seq 4012888888881881 offset=4012888888881881' }],
    [{ text: 'https://cdn.example.com/main.4012888888881881.js' }],
    [{ text: '0412 555 123 INFO worker idle' }],
    [{ text: 'In-Reply-To: <CAKx9Zq.20240312@mail.gmail.com>' }],
    [{ text: 'References: <a12@x.test> <b34@y.test>' }],
    [{ text: 'UID:7kukuqrfedlm2f9t@google.com' }],
    [{ messageId: '<CAKx9Zq77@mail.gmail.com>' }],
    [{ audience: 'ann@gmail.com' }],
    [{ requester: 'ann@gmail.com' }],
    [{ panelists: [{ email: 'ann@gmail.com' }] }],
    [{ number: '+14155550132' }],
    [{ text: 'Receipt #4012-8888-8888-1881' }],
    [{ signers: [{ email: 'ann@gmail.com' }] }],
    [{ callee: '+14155550132' }],
    [{ allowed_ips: ['151.101.1.69'] }],
    [{ text: 'p50 212 340 1200, p99 415 555 9100' }],
    [{ text: '110322 074512 391 WARN Cache: 12 evicted' }],
    [{ text: 'in 04.217 81234 us' }],
    [{ message_id: '4917484589897107000' }],
    [{ text: 'from 172.20.4.8 to 198.51.100.23, peer fd00::12ab' }],
    [{ text: 'tool (4.11.2.6-3) unstable; see section 9.3.12.4 and OID 2.5.29.31' }],
    [{ text: 'V8 13.8.258.19-electron.0' }],
    [{ text: 'Chrome/100.0.4896.58 UCBrowser/13.8.2.1324 Mobile' }],
    [{ text: '<Buffer 01 42 68 53 00>' }],
    [{ text: 'ECDH = ObjectIdentifier("1.3.132.112")' }],
    [{ text: 'routes: 185.60.0.0 netmask 255.255.0.0' }],
    [{ text: 'Date:   Tue Jan 16 22:53:08 2018 -0800' }],
    [{ text: 'took 021.385517 s, 0412.77310 kB' }],
    [{ text: '00000010  c5 06 16 45 12 a0 07 b7' }],
    [{ text: '0x0040 -- 0100 0000' }],
    [{ text: '5232 5233 5246 5231 52BC 530A' }],
    [{ text: '1839 4024 0071 5494 2217 4012 8888 8888 1881 3306' }],
    [{ text: 'build 20220123085548, expires soon' }],
    [{ text: 'U+0390 => 0399 0308 0301' }],
    [{ text: 'the character set of 0391-0412' }],
    [{ text: 'clause 252.227-7013 applies' }],
    [{ text: 'h = a + (b ^ c) + s[4]+3614090360 & d' }],
    [{ text: 'Applications 10(2) (2006)149' }],
    [{ text: 'row 05-60-89-53' }],
    [{ text: 'took 12.5ms 0887 165122' }],
    [{ text: 'on mobile: 5.013007' }],
    [{ text: '8388625 Mobile-Application-Request' }],
    [{ text: '53 0.41\n574 48 9684 -1.30' }],
    [{ text: '.TH acct 5 2022-12-04' }],
    [{ text: 'ann:x:1001:1001::/home/ann' }],
    [{ text: 'match u32 fh 800::800 order 2048' }],
    [{ text: "oids = { '1.3.101.112': Ed25519 }" }],
    [{ text: 'Rev. E, 64, 026118 (2001)' }],
    [{ text: 'redo lsn=05/6602582' }],
    [{ text: 'Latitude = +31 57 48.0' }],
    [{ d: 'M6 6c0 .48.07.95.18 1.4l-4.22 3.31c-.38.25.43.77.61 1.22' }],
    [{ serviceFullName: 'Acme Thin Client' }],
    [{ text: 'route add 2600:1901::/32 and 2600:1901:0:0:0:0:0:0' }],
    [{ product: '4999999999996' }],
    [{ text: 'Free Software Foundation, Inc., 51 Franklin Street, Boston' }],
    [{ text: 'CARD16 dx; INT16 dy;' }],
    [{ text: '[![coverage](https://codecov.io/gh/o/r/branch/main/graph/badge.svg?token=Qm7Xc2Vb9N)](https://x.test)' }],
    [{ text: 'sig_key: 51:C4:0C:6D:7E:A5:6C:D8:8F:B4' }],
  ])('%j is clean', (body) => {
    expect(typesIn(body)).toEqual([]);
  });

  test.each([
    [{ text: 'Run c1f0a2d4-0171-4823-9b1e-7f3a0d5c2e11: ring 415-555-0132.' }, 'PHONE'],
    [{ text: 'INFO 0171 4823910 called' }, 'PHONE'],
    [{ text: 'From: <ann.roe.1984@gmail.com>' }, 'EMAIL'],
    [{ message: '<ann.roe.1984@gmail.com>' }, 'EMAIL'],
    [{ order_note: 'Ring 415-555-0132 first' }, 'PHONE'],
    [{ text: 'Order 17 was paid with card 4012888888881881' }, 'CARD'],
    [{ text: 'Invoice to SSN 219-09-4444' }, 'SSN'],
    [{ card_number: '4917484589897107000' }, 'CARD'],
    [{ text: 'login from 151.101.1.69 refused' }, 'IP'],
    [{ text: 'IP address: 9.3.12.4' }, 'IP'],
    [{ text: 'from 1.3.101.112 port 22' }, 'IP'],
    [{ text: 'peers 2a02:6b8:7c::e23a:3' }, 'IP'],
    [{ text: 'Listening on 9.3.12.4:8443' }, 'IP'],
    [{ text: '10:12:07 0171 4823910, mobile' }, 'PHONE'],
    [{ text: 'Cards: 4012 8888 8888 1881 5555 5555 5555 4444' }, 'CARD'],
    [{ text: 'Visa 4222222222222' }, 'CARD'],
    [{ text: '4012 8888 8888 1881 '.repeat(9) }, 'CARD'],
    [{ text: 'Ann, 51 Franklin Street, Boston' }, 'ADDRESS'],
    [{ text: 'https://x.test/badge.svg?token=Qm7Xc2Vb9N' }, 'TOKEN'],
  ])('beside one, %j has a %s', (body, type) => {
    expect(typesIn(body)).toEqual([type]);
  });
});

describe('names and constants of code are no passwords', () => {
  test.each([
    ["type Kind = 'resetPassword' | 'confirmLongPassword'"],
    ['GL_PASS_DEPTH: 0x0B95'],
    ['_pass = 0x8802'],
    ["CHALLENGE_PASSWORD: 'challengePassword'"],
    ["post('/login', { password: /.+/i })"],
    ['def login(user, password):\n    \"\"\"Signs in.\"\"\"'],
    ['--ask-passphrase.  [#5553]'],
    ['password = $config->{password}'],
    ["createClient('redis://user:pass@localhost:6379')"],
    ['import { Ed448PrivateKey, Ed448PublicKey }'],
    ['tpmkey:uuid=7f468c16-cb7f-11e1-824d-b3a4f4b20343'],
    ['password: !vault |'],
    ["PWD: '/home/ann'"],
    ['private readX509ResponseError;'],
    ['video-start login-flow-2024-01-15.webm'],
    ['token = base64.b64encode(raw1234567)'],
    ['private:\n  UInt64Reader9Impl(const UInt64Reader9Impl&);'],
    ['key_cls = ed25519.Ed25519PublicKey'],
    ['exports.SubjectKey = exports.X509AuthorityKeyIDExtension'],
    ["type Provider =\n    | 'password'\n    | 'phone9'"],
    ["INVALID_PASSWORD: 'auth/wrong-password'"],
    ["throw 'auth/password-too-weak'==e.code&&again(e)"],
    ["USER_NEEDS_PASSWORD: '331.1', mdp: 'mdp-Latn-CD'"],
    ["NEED_PASSWORD: '331 Password required for %s.'"],
    ["prompt = '{}: password: '.format(user, options['host'])"],
    ["run('pwd', 'cd testDirectory', 'pwd', 'lib64x')"],
    ["hash(password, 'latin1'), importKey(secret, 'PBKDF2-SHA256')"],
    ['#include <spirit/home/flush_pass.hpp>\n#ifdef9'],
    ['|token.123|\n3fa9c2d14b5e6f70 c2'],
    ['see http://h.test/hop/access-control/blob/4cf1bc0e54b086c91e6a/index.js'],
    ['see http://h.test/secure-password-Auth64entication9.html'],
    ['return this.token?a.token=this.token:(e={},this.idToken9)'],
    ['credential: `${client.uid}-${client.utid}`'],
    ['test_synchronousRemovePendingBeforeStart()'],
    ['USE_KEY_S390X_CRYPTO [KEY_BYTES_20*2]'],
    ['password-policy: password-expiration-duration=2m'],
    ['const userPassword = derivePasswordR2R3(options)'],
    ["const password = utils$1.getSafeProp(auth, 'name')"],
    ['encrypt(password: Uint8Array, salt: Uint8Array)'],
    ['(o.user="",o.password="",t=o.href)}if(o&&(r.delete("x"),1)){}'],
    ['pod="apps/token-f5a0d0b236-3a073"'],
  ])('%s', (text) => {
    expect(typesIn({ text })).toEqual([]);
  });

  test.each([
    ['| password | hunter22x |'],
    ['| `password` | `hunter22x` |'],
    ['password: 0x0B95ab99f1'],
    ["password = '0x0B95'"],
    ['<password>hunter22x</password>'],
    ["setPassword('ann', 'password', 'Hunter22xQ7')"],
    ["if (password == 'hunter22x')"],
    ["'password': ')hunter22x('"],
  ])('but in %s is one', (text) => {
    expect(typesIn({ text })).toEqual(['PASSWORD']);
  });
});

describe('encoded bytes are no text', () => {
  // Bytes of no known file, with letters between them that look like an Italian fiscal code.
  const bytes = Buffer.from(Array.from({ length: 150 }, (_, at) => (at * at * 31 + at * 7) % 256)).toString('base64');
  const picture = `${bytes.slice(0, 96)}+RSSMRA85T10A562S/${bytes.slice(96)}`;

  test('digits within them are not a number of a person', () => {
    expect(typesIn({ text: 'RSSMRA85T10A562S' })).toEqual(['NATIONAL_ID']);
    expect(typesIn({ data: picture })).toEqual([]);
    expect(typesIn({ url: `data:image/png;base64,${picture}` })).toEqual([]);
  });

  test('text in base64 is looked through', () => {
    expect(typesIn({ data: Buffer.from('the code is RSSMRA85T10A562S, keep it').toString('base64') })).toEqual([
      'NATIONAL_ID',
    ]);
  });
});

describe('a number that touches letters of another script stands by itself', () => {
  test.each([
    ['卡号4012888888881881有效', 'CARD'],
    ['카드4012888888881881입니다', 'CARD'],
    ['ราคา4012888888881881บาท', 'CARD'],
    ['счётDE89370400440532013000открыт', 'IBAN'],
    ['号码219-09-4444呢', 'SSN'],
    ['رقم+442071838750شكرا', 'PHONE'],
    ['地址151.101.1.69在线', 'IP'],
  ])('%s', (text, type) => {
    expect(typesIn({ text })).toEqual([type]);
  });

  test.each(['编号x4012888888881881', 'é4012888888881881'])('but not one that touches a Latin letter: %s', (text) => {
    expect(typesIn({ text })).toEqual([]);
  });
});

describe('words of ten languages say what a value is', () => {
  test.each([
    ['née le 3 août 1990', 'DATE_OF_BIRTH'],
    ['nata il 3 agosto 1990', 'DATE_OF_BIRTH'],
    ['nascido em 3 de agosto de 1990', 'DATE_OF_BIRTH'],
    ['родилась 3 августа 1990', 'DATE_OF_BIRTH'],
    ['生日是1990年8月3日', 'DATE_OF_BIRTH'],
    ['born on the third of August nineteen ninety', 'DATE_OF_BIRTH'],
    ['telefone celular 98765-4321', 'PHONE'],
    ['휴대폰 010-9876-5432', 'PHONE'],
    ['여권번호 M12345678', 'PASSPORT'],
    ['个人 110105199003078510', 'NATIONAL_ID'],
    ['ул. Ленина, д. 7', 'ADDRESS'],
    ['上海市浦东新区世纪大道100号', 'ADDRESS'],
    ['Kennwort: Sommer77!x', 'PASSWORD'],
    ['wachtwoord is Zomer77!x', 'PASSWORD'],
    ['비밀번호: Kw7rTy38zz', 'PASSWORD'],
    ['密钥:Zk3Rt8Lm2Qw9Xc5V', 'API_KEY'],
    ['Zugangscode: Kw7rTy38zz', 'PASSWORD'],
    ['mitt lösenord är Kw7rTy38zz', 'PASSWORD'],
    ['סיסמה: Kw7rTy38zz', 'PASSWORD'],
    ['clave de acceso: Zk3Rt8Lm2Qw9Xc5V', 'API_KEY'],
    ['访问令牌：Zk3Rt8Lm2Qw9Xc5V', 'API_KEY'],
    ['DOB 3 Aug 90', 'DATE_OF_BIRTH'],
    ['DOB (dd/mm/yyyy): 03/08/1990', 'DATE_OF_BIRTH'],
    ['birth date of the patient: 3 August 1990', 'DATE_OF_BIRTH'],
    ['nací el 3 de agosto de 1990', 'DATE_OF_BIRTH'],
    ['私は1990年8月3日に生まれました', 'DATE_OF_BIRTH'],
    ['la clave del wifi es Zx9vBn4mQs', 'API_KEY'],
    ['contraseña temporal: Zx9vBn4mQs', 'PASSWORD'],
    ['密码如下：Zx9vBn4mQs', 'PASSWORD'],
    ['née à Lyon le 3 août 1990', 'DATE_OF_BIRTH'],
    ['паролем: Zx9vBn4mQs', 'PASSWORD'],
    ['パスワードは「Zx9vBn4mQs」です', 'PASSWORD'],
    ['הסיסמה היא Zx9vBn4mQs', 'PASSWORD'],
    ['<password encrypted="false">Zx9vBn4mQs</password>', 'PASSWORD'],
    ['Birthdate 03-AUG-1990', 'DATE_OF_BIRTH'],
    ['She was born in Leeds on 3 August 1990', 'DATE_OF_BIRTH'],
    ['born on Friday, August 3, 1990', 'DATE_OF_BIRTH'],
    ['born on 3.VIII.1990', 'DATE_OF_BIRTH'],
    ['D. of B. 03/08/90', 'DATE_OF_BIRTH'],
    ['平成2年8月3日生まれ', 'DATE_OF_BIRTH'],
    ['مواليد 3 أغسطس 1990', 'DATE_OF_BIRTH'],
    ['जन्म तिथि 03/08/1990', 'DATE_OF_BIRTH'],
    ['ngày sinh: 03/08/1990', 'DATE_OF_BIRTH'],
    ['született 1990. augusztus 3.', 'DATE_OF_BIRTH'],
    ['मोबाइल 98123 45678', 'PHONE'],
    ['आधार संख्या 2341 2341 2346', 'NATIONAL_ID'],
    ['PAN ABCPE1234F', 'NATIONAL_ID'],
    ['PPS number 1234567T', 'NATIONAL_ID'],
    ['Personalausweisnummer L01X00T471', 'NATIONAL_ID'],
    ['Vivo en la calle Mayor 12', 'ADDRESS'],
    ['abito in via Roma 12, 00184 Roma', 'ADDRESS'],
    ['Ik woon op Keizersgracht 123', 'ADDRESS'],
    ['서울특별시 강남구 테헤란로 152에 살아요', 'ADDRESS'],
    ["code d'accès : Kw7rTy38zz", 'PASSWORD'],
    ['hasłem jest Kw7rTy38zz', 'PASSWORD'],
    ['Пароль от вайфая: Kw7rTy38zz', 'PASSWORD'],
    ['The password for the wifi is Kw7rTy38zz', 'PASSWORD'],
    ['access code: Kw7rTy38zz', 'PASSWORD'],
    ['geb. 3. August 1990', 'DATE_OF_BIRTH'],
    ['1990年8月3日生まれ', 'DATE_OF_BIRTH'],
    ['narozena 3. srpna 1990', 'DATE_OF_BIRTH'],
  ])('%s', (text, type) => {
    expect(typesIn({ text })).toEqual([type]);
  });

  test.each([
    'kennwort',
    'lösenord',
    'パスワード',
    '登录密码',
    'senha_usuario',
    'पासवर्ड',
    'كلمة_المرور',
    'mật khẩu',
    '암호',
  ])('and the name of its field: %s', (key) => {
    expect(typesIn({ [key]: 'Kw7rTy38zz' })).toEqual(['PASSWORD']);
  });

  test.each([
    'Das Kennwort ist abgelaufen.',
    'Le mot de passe doit avoir 12 signes.',
    'Забыли пароль?',
    '忘记密码了吗',
    'A star was born in 2019, and birth rates fell by 14.3 in 1985.',
    'Connect via VPN 2',
  ])('the word alone is no value: %s', (text) => {
    expect(typesIn({ text })).toEqual([]);
  });
});
