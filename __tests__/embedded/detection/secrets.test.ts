import { describe, expect, test } from '@jest/globals';
import { findSecrets } from '../../../src/embedded/detection/secrets/secrets.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';
import { secretKeyKind } from '../../../src/embedded/detection/secrets/secret-names.ts';
import { TOKEN_FORMATS } from '../../../src/embedded/detection/secrets/data/token-formats.ts';

function find(text: string, key?: string): string[] {
  const found: Span[] = [];
  findSecrets(text, { key, regions: [] }, found);
  expect(found.every((span) => span.dataClass === 'SECRETS' && /^[A-Z0-9_]+$/.test(span.type))).toBe(true);
  return found.map(({ start, end }) => text.slice(start, end));
}
function types(text: string, key?: string): string[] {
  const found: Span[] = [];
  findSecrets(text, { key, regions: [] }, found);
  return found.map(({ type }) => type);
}

// Split, so that no scanner reports a leak.
const github = ['gh', 'p_9dKq2LmZx7RtYv4WbN8cPf3Hj6Gs1AuE5iTo'].join('');
const aws = ['AK', 'IAQ3ZT7RWX5MPL2KVB'].join('');
const jwt = ['ey', 'JhbGciOiJIUzI1NiJ9.ey', 'JzdWIiOiI0MjE3In0.kT9xQm2LzV7pRw4Y'].join('');
const random = ['kD8sW2', 'xQ91mZ', 'r7TbLv', '03Yp'].join('');
const body = 'MC4CAQAwBQYDK2VwBCIEIJ7qXc0d2Vw9kT5rPz1uLmN8sYhQe3Wb6gHaKfRt'.repeat(2);
const pem = [`-----BEGIN PRIV`, `ATE KEY-----\n${body}\n-----END PRIV`, `ATE KEY-----`].join('');

describe('a vendor’s token is found', () => {
  test.each([
    ['alone', github, github],
    ['in a sentence', `The key is ${github}.`, github],
    ['before a comma', `${github}, and the rest`, github],
    ['in brackets', `see (${github})`, github],
    ['in angle brackets', `<${github}>`, github],
    ['in backticks', `use \`${github}\``, github],
    ['in a URL’s query', `https://x.test/?d=${github}&e=1`, github],
    ['behind an underscore', `tok_${github}`, github],
    ['behind an escaped newline', `line\\n${github}`, github],
    ['behind a percent escape', `q%3D${github}`, github],
    ['in JSON source', `{"note":"${github}"}`, github],
    ['in capitals and digits', `id ${aws} here`, aws],
  ])('%s', (_, text, secret) => {
    expect(find(text)).toContain(secret);
  });

  test('but not as part of a longer word', () => {
    expect(find(`x${github}`)).toEqual([]);
    expect(find(`${aws}Z9`)).toEqual([]);
    expect(find(`${aws}-more`)).toEqual([]);
  });

  test('with its type', () => {
    expect(types(github)).toEqual(['GITHUB_TOKEN']);
    expect(types(aws)).toEqual(['AWS_ACCESS_KEY_ID']);
  });

  test('but not if it is a mask', () => {
    expect(find(['gh', `p_${'x'.repeat(36)}`].join(''))).toEqual([]);
  });
});

describe('keys and web tokens', () => {
  test('a PEM block is found from header to footer', () => {
    expect(find(`before\n${pem}\nafter`)).toContain(pem);
    expect(find(JSON.stringify({ key: pem }))).toContain(pem.replaceAll('\n', '\\n'));
  });

  test('a truncated PEM block is found up to its end', () => {
    const cut = pem.slice(0, 100);
    expect(find(cut)).toContain(cut);
  });

  test('a header without a key, or of a public key, is not a finding', () => {
    expect(find(['-----BEGIN PRIV', 'ATE KEY-----\n...\n-----END PRIV', 'ATE KEY-----'].join(''))).toEqual([]);
    expect(find(pem.replaceAll('PRIVATE', 'PUBLIC'))).toEqual([]);
  });

  test('a JSON Web Token is found, at the end of a sentence and base64-encoded once more', () => {
    expect(find(`It is ${jwt}.`)).toEqual([jwt]);
    expect(types(`x ${Buffer.from(jwt).toString('base64')} y`)).toEqual(['JWT']);
  });

  test('a password’s hash is found', () => {
    const hash = ['$2', `b$12$${'Qx7.aZ/9kLmN0pRsTuVwYbCdEfGhIjK'.repeat(2).slice(0, 53)}`].join('');
    expect(find(`user:${hash}`)).toEqual([hash]);
  });
});

describe('a value assigned to the name of a secret is found', () => {
  test.each([
    `apiKey = "${random}"`,
    `apiKey := \`${random}\``,
    `API_KEY=${random}`,
    `export VENDOR_TOKEN=${random}`,
    `vendor_secret: ${random}`,
    `vendorToken ?= '${random}'`,
    `"vendorToken" => "${random}"`,
    `$vendorToken .= "${random}"`,
    `var vendorToken string = "${random}"`,
    `{"api_key":"${random}"}`,
    `{\\"api_key\\":\\"${random}\\"}`,
    `{"name":"API_KEY","value":"${random}"}`,
    `System.setProperty("VENDOR_TOKEN", "${random}")`,
    `<vendorToken>\n  ${random}\n</vendorToken>`,
    `| api_key | ${random} |`,
    `tool --token ${random}`,
    `The API key is ${random}.`,
    `https://x.test/?access_token=${random}&page=2`,
    `vendor SECRET ${random}`,
    `variable "api_token" {\n  default = "${random}"\n}`,
    `X-Api-Key: ${random}`,
  ])('%s', (text) => {
    expect(find(text)).toContain(random);
  });

  test.each([
    ['password = hunter2', 'hunter2'],
    ['Your password is: Sommer2024!', 'Sommer2024!'],
    ['PASSWORD="letmein"', 'letmein'],
    ["password = 'open sesame'", 'open sesame'],
    ['Server=db;Uid=sa;Pwd=s3cr3t!;', 's3cr3t!'],
    ['DB_PASS=gXp41k', 'gXp41k'],
    ['login --password hunter2', 'hunter2'],
  ])('%s', (text, secret) => {
    expect(find(text)).toEqual([secret]);
  });
});

describe('credentials found by their context', () => {
  const key = `${random}${random}aa==`;
  test.each([
    ['a bearer header', `Authorization: Bearer ${random}`, random],
    ['a header of another scheme', `Authorization: SSWS ${random}`, random],
    ['a basic header', `Authorization: Basic ${Buffer.from('amy:hunter2').toString('base64')}`, 'YW15Omh1bnRlcjI='],
    ['a URL', 'postgres://amy:hunter2@db.test:5432/x', 'hunter2'],
    ['a URL whose password has an @', 'https://amy:p@ss@db.test/x', 'p@ss'],
    ['a connection string', `AccountName=a;AccountKey=${key};EndpointSuffix=core`, key],
    ['curl', 'curl -s -u amy:hunter2 https://x.test', 'hunter2'],
    ['docker', 'docker login -u amy -p hunter2 x.test', 'hunter2'],
    [
      'a Kubernetes secret',
      'kind: Secret\nmetadata:\n  name: x\ndata:\n  extra: aHVudGVyMjIyMg==\n',
      'aHVudGVyMjIyMg==',
    ],
  ])('%s', (_, text, secret) => {
    expect(find(text)).toContain(secret);
  });
});

describe('a placeholder is not a secret', () => {
  test.each([
    'password: [REDACTED:PASSWORD]',
    'Authorization: Bearer [REDACTED:BEARER_TOKEN]',
    'https://amy:[REDACTED:PASSWORD]@db.test/',
    '{"api_key":"[REDACTED:API_KEY]"}',
    'password = ${PASSWORD}',
    'password={{ .Values.password }}',
    'token: $TOKEN',
    'https://${user}:${password}@x.test',
    'api_key = process.env.API_KEY_2',
    'secret: ********',
    'api_key: <your-api-key-1>',
    'token=xxxxxxxxxxxxxxxxxxxx',
    'password: string',
    'the password is required',
    `[REDACTED:API_KEY]\n${random}`,
    'curl -u [REDACTED:PASSWORD] https://x.test',
  ])('%s', (text) => {
    expect(find(text)).toEqual([]);
  });
});

describe('other values are not secrets', () => {
  const sha = '9fceb02d0ae598e95dc970b74767f19372d61af8';
  const uuid = '3f2b8c1e-7a4d-4e9b-8c55-0d9f6e1a2b3c';
  test.each([
    `commit ${sha}`,
    `{"sha":"${sha}","node_id":"MDY6Q29tbWl0MTIzNDU2Nzg5"}`,
    `{"id":"${uuid}"}`,
    `sha256: ${sha}${sha.slice(0, 24)}`,
    `{"key":"${sha}"}`,
    `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4`,
    '{"max_tokens":4096,"token_count":1893}',
    `{"next_page_token":"${random}"}`,
    `{"idempotency_key":"${uuid}"}`,
    `public key: ${random}${random}`,
    'tokens: 1200, keys: 44',
    '{"token_type":"bearer","expires_in":3600}',
    'the secretary found the monkey and the keyboard in 2024',
    'https://x.test/password-reset/2024-05-15',
    'claude_api_key_version: claude-3-opus-20240229',
  ])('%s', (text) => {
    expect(find(text)).toEqual([]);
  });
});

test.each([
  `key: ${github}, password = hunter2, Authorization: Bearer ${random}, https://amy:hunter2@db.test/x`,
  `{"api_key":"${random}","note":"${jwt}"}\n${pem}\nSharedAccessKey=${random}${random}=`,
])('nothing is found after redaction: %#', (text) => {
  const found: Span[] = [];
  findSecrets(text, { key: undefined, regions: [] }, found);
  let clean = text;
  for (const { start, end, type } of found.toSorted((one, other) => other.start - one.start)) {
    clean = `${clean.slice(0, start)}[REDACTED:${type}]${clean.slice(end)}`;
  }
  expect(find(clean)).toEqual([]);
});

test('nothing in the text switches detection off', () => {
  for (const words of [
    'gitleaks:allow',
    'secretlint-disable',
    'EXAMPLE',
    'this is a placeholder',
    '# nosec test fixture',
  ]) {
    expect(find(`${words}\n${github} ${words}\n// ${words}`)).toEqual([github]);
    expect(find(`password = "hunter2" // ${words}`)).toEqual(['hunter2']);
  }
});

describe('a field’s name', () => {
  test.each(
    (
      'password passwd passphrase pwd db_password userPassword password1 new_password secret client_secret clientSecret ' +
      'SECRET_KEY token access_token accessToken refresh-token auth_token apiKey api_key x-api-key X-API-KEY apikey ' +
      'authorization Authorization private_key privateKey ssh_private_key encryption_key credentials accesstoken ' +
      'recovery_code seed_phrase bot_token webhook_secret reset_token change_password'
    ).split(' '),
  )('%s makes its value a secret', (key) => {
    expect(secretKeyKind(key)).toBeDefined();
  });

  test.each(
    (
      'max_tokens token_count tokens next_page_token page_token pageToken nextPageToken sync_token continuation_token ' +
      'cursor next_cursor secret_name password_reset_url has_password token_type tokenType public_key publicKey key keys ' +
      'primary_key idempotency_key cache_key sort_key keyboard monkey secretary password_updated_at password_policy ' +
      'token_expires_at requires_password is_secret access access_level key_id secret_id passenger author title name ' +
      'total_tokens prompt_tokens input_tokens compass bypass_list'
    ).split(' '),
  )('%s does not', (key) => {
    expect(secretKeyKind(key)).toBeUndefined();
  });
});

test('the type in a placeholder does not make a field a secret', () => {
  expect(secretKeyKind('[REDACTED:API_KEY]')).toBeUndefined();
  expect(secretKeyKind('[REDACTED:EMAIL]_password')).toBeDefined();
});

describe('the value of a secret field', () => {
  test.each([
    ['hunter2', 'password'],
    ['correct horse battery staple', 'passphrase'],
    [' swordfish ', 'db_password'],
    ['12345678', 'password'],
    ['z26uFbvR1xHJEdHE1OQiO6t8', 'token'],
    ['Bearer abcdef', 'authorization'],
    ['my-own-key-4', 'api_key'],
    ['aHR0cHM6Ly9', 'client_secret'],
  ])('%j is found as a whole as %s', (text, key) => {
    expect(find(text, key)).toEqual([text]);
  });

  test.each([
    ['', 'password'],
    ['   ', 'password'],
    ['null', 'password'],
    ['true', 'password'],
    ['********', 'password'],
    ['[REDACTED:PASSWORD]', 'password'],
    ['Bearer [REDACTED:TOKEN]', 'authorization'],
    ['${DB_PASSWORD}', 'password'],
    ['{{ password }}', 'password'],
    ['<your password>', 'password'],
    ['process.env.DB_PASSWORD', 'password'],
    ["os.environ['TOKEN']", 'token'],
    ['is too short', 'password'],
    ['bearer', 'token'],
    ['12', 'token'],
    ['https://x.test/tokens', 'token'],
    ['iauth_1Pgc78B7WZ01zgkW9IPKCfII', 'authorization'],
    ['anything at all', 'title'],
  ])('%j is not a finding as %s', (text, key) => {
    expect(find(text, key)).toEqual([]);
  });

  test('is a placeholder only as a whole', () => {
    expect(find('hunter2 ${X}', 'password')).toEqual(['hunter2 ${X}']);
    expect(find('[REDACTED:EMAIL]hunter2', 'password')).toEqual(['[REDACTED:EMAIL]hunter2']);
  });

  test('keeps the vendor’s type if that is known', () => {
    const text = ['gh', 'p_9dKq2LmZx7RtYv4WbN8cPf3Hj6Gs1AuE5iTo'].join('');
    const found: Span[] = [];
    findSecrets(text, { key: 'token', regions: [] }, found);
    expect(found).toEqual([{ start: 0, end: text.length, dataClass: 'SECRETS', type: 'GITHUB_TOKEN' }]);
  });
});

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
