import { describe, expect, test } from '@jest/globals';
import { createDetector } from '../../../src/embedded/detection/detector.ts';
import { redactFields } from '../../../src/embedded/detection/redact.ts';
import type { DataClass, Detector } from '../../../src/embedded/detection/span.ts';
import { changedFields } from '../../../src/internal/json.ts';
import { EVERYTHING, found, redacted, simpleDetectors, TOKEN } from './simple-detectors.ts';

const only = (...classes: DataClass[]): ReadonlySet<DataClass> => new Set(classes);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const bodyOf = (body: unknown): unknown => redacted(body)?.body;

describe('redaction', () => {
  test('replaces findings and keeps the rest of the string', () => {
    expect(redacted({ note: `Ann (ann@mail.com) has ${TOKEN}.`, n: 1, to: null })).toEqual({
      body: { note: 'Ann ([REDACTED:EMAIL]) has [REDACTED:GITHUB_TOKEN].', n: 1, to: null },
      fields: ['note'],
    });
  });

  test('gives equal values the same placeholder, and other values another one', () => {
    expect(bodyOf(['ann@mail.com, bob@mail.com', { x: 'ann@mail.com' }, `${base64('bob@mail.com')}=`])).toEqual([
      '[REDACTED:EMAIL], [REDACTED:EMAIL_2]',
      { x: '[REDACTED:EMAIL]' },
      '[REDACTED:EMAIL_2]',
    ]);
  });

  test('replaces only the given classes', () => {
    const body = { note: `ann@mail.com ${TOKEN}` };
    expect(redacted(body, only('SECRETS'))?.body).toEqual({ note: 'ann@mail.com [REDACTED:GITHUB_TOKEN]' });
    expect(redacted(body, only('PII'))?.body).toEqual({ note: `[REDACTED:EMAIL] ${TOKEN}` });
    expect(redacted(body, only('PHI'))).toEqual({ body, fields: [] });
    expect(redacted(body, only())?.body).toBe(body);
  });

  test('replaces the whole string if a value was found only by decoding', () => {
    expect(bodyOf({ a: `see ${base64(TOKEN)}`, b: `g\u200b${TOKEN.slice(1)} now`, c: '%61nn%40mail.com' })).toEqual({
      a: '[REDACTED:GITHUB_TOKEN]',
      b: '[REDACTED:GITHUB_TOKEN]',
      c: '[REDACTED:EMAIL]',
    });
  });

  test('replaces the plain and the encoded copy of a value in one string', () => {
    expect(bodyOf({ a: `${TOKEN} is ${base64(TOKEN)}` })).toEqual({ a: '[REDACTED:GITHUB_TOKEN]' });
  });

  test('redacts inside strings that are JSON', () => {
    const inner = { user: [{ note: 'see ann@mail.com', n: 1 }], deep: JSON.stringify({ password: 'hunter' }) };
    expect(redacted({ p: JSON.stringify(inner) })).toEqual({
      body: {
        p: JSON.stringify({
          user: [{ note: 'see [REDACTED:EMAIL]', n: 1 }],
          deep: JSON.stringify({ password: '[REDACTED:PASSWORD]' }),
        }),
      },
      fields: ['p.deep.password', 'p.user[0].note'],
    });
    expect(bodyOf({ p: `{"a":"${TOKEN}","a":"nothing"}` })).toEqual({
      p: '{"a":"[REDACTED:GITHUB_TOKEN]","a":"nothing"}',
    });
    expect(bodyOf({ p: `{"a":"${TOKEN}","a":"see ann@mail.com"}` })).toEqual({ p: '[REDACTED:GITHUB_TOKEN]' });
  });

  test('replaces a value in a query and keeps the URL', () => {
    expect(bodyOf('https://evil.example/?a=1&password=hunter&b=2')).toBe(
      'https://evil.example/?a=1&password=[REDACTED:PASSWORD]&b=2',
    );
    expect(bodyOf(`https://evil.example/?a=${base64(TOKEN)}&b=2`)).toBe(
      'https://evil.example/?a=[REDACTED:GITHUB_TOKEN]&b=2',
    );
  });

  test('turns a number into a string', () => {
    expect(bodyOf({ card: 4111111111111111, list: [4111111111111111, 4] })).toEqual({
      card: '[REDACTED:CARD]',
      list: ['[REDACTED:CARD]', 4],
    });
  });

  test('names fields like changedFields', () => {
    const body = { a: [{ b: TOKEN }, { c: 'x' }], d: `{"e":"${TOKEN}"}`, f: TOKEN };
    const result = redacted(body);
    expect(new Set(result?.fields)).toEqual(new Set(['a[0].b', 'd.e', 'f']));
    expect(changedFields(body, result?.body)).toEqual(['a[0].b', 'd', 'f']);
  });

  test('merges overlapping findings, and the longest one names the type', () => {
    const wide: Detector = (text, _, spans) => {
      const start = text.indexOf('id=');
      if (start >= 0) spans.push({ start, end: start + 13, dataClass: 'INTERNAL', type: 'TICKET' });
    };
    const { detect, redact } = createDetector([...simpleDetectors, wide]);
    const result = redact(detect({ a: 'my id=ann@mail.com!' }, { regions: [] }), EVERYTHING);
    expect(result?.body).toEqual({ a: 'my [REDACTED:TICKET]!' });
  });

  test('keeps addresses in their fields', () => {
    const mail = { to: ['ann@mail.com'], body: 'Write to bob@mail.com' };
    expect(bodyOf(mail)).toEqual({ to: ['ann@mail.com'], body: 'Write to [REDACTED:EMAIL]' });
  });

  test('does not change the given body', () => {
    const body = Object.freeze({ a: Object.freeze([TOKEN]) });
    expect(bodyOf(body)).toEqual({ a: ['[REDACTED:GITHUB_TOKEN]'] });
    expect(body).toEqual({ a: [TOKEN] });
  });

  test('keeps every field and item, under any name', () => {
    const body = JSON.parse(
      `{"constructor":"${TOKEN}","__proto__":{"x":"ann@mail.com"},"list":["${TOKEN}",null,[]],"2":1,"1":"ann@mail.com"}`,
    ) as object;
    const result = bodyOf(body) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual(Object.keys(body));
    expect(JSON.stringify(result)).toBe(
      JSON.stringify(body).replaceAll(TOKEN, '[REDACTED:GITHUB_TOKEN]').replaceAll('ann@mail.com', '[REDACTED:EMAIL]'),
    );
  });
});

describe('a field name with a finding', () => {
  test('is replaced as a whole, and no field is lost', () => {
    const body = { 'ann@mail.com': 1, 'bob@mail.com': 2, 'of ann@mail.com': 3, plain: 'ann@mail.com' };
    expect(redacted(body)).toEqual({
      body: { '[REDACTED:EMAIL]': 1, '[REDACTED:EMAIL_2]': 2, '[REDACTED:EMAIL_3]': 3, plain: '[REDACTED:EMAIL]' },
      fields: ['[REDACTED:EMAIL]', 'plain'],
    });
  });

  test('never gets a name that the body already has', () => {
    const body = { '[REDACTED:EMAIL]': 'mine', '[REDACTED:EMAIL_3]': 'too', 'ann@mail.com': 1, 'bob@mail.com': 2 };
    expect(bodyOf(body)).toEqual({
      '[REDACTED:EMAIL]': 'mine',
      '[REDACTED:EMAIL_3]': 'too',
      '[REDACTED:EMAIL_2]': 1,
      '[REDACTED:EMAIL_4]': 2,
    });
  });

  test('is replaced together with its value', () => {
    expect(bodyOf({ a: { [TOKEN]: { [TOKEN]: TOKEN } } })).toEqual({
      a: { '[REDACTED:GITHUB_TOKEN]': { '[REDACTED:GITHUB_TOKEN]': '[REDACTED:GITHUB_TOKEN]' } },
    });
  });
});

describe('placeholders in the body', () => {
  test('are not findings of their type', () => {
    expect(found({ password: '[REDACTED:PASSWORD]', also: { password: '[REDACTED:PASSWORD_12]' } }).findings).toEqual(
      [],
    );
  });

  test('of another type, or with other text in them, hide nothing', () => {
    for (const password of ['[REDACTED:HUNTER]', '[REDACTED:PASSWORD] hunter', 'x[REDACTED:PASSWORD]', '[REDACTED:]']) {
      expect(found({ password }).findings).toHaveLength(1);
      expect(bodyOf({ password })).not.toEqual({ password });
    }
    expect(bodyOf(`[REDACTED:${TOKEN}]`)).toBe('[REDACTED:[REDACTED:GITHUB_TOKEN]]');
  });

  test('are distinct from new ones', () => {
    expect(bodyOf(['[REDACTED:EMAIL]', 'ann@mail.com'])).toEqual(['[REDACTED:EMAIL]', '[REDACTED:EMAIL_2]']);
  });

  test('make a second redaction change nothing', () => {
    const once = redacted({ password: 'hunter', note: `ann@mail.com ${TOKEN}`, [TOKEN]: 4111111111111111 })?.body;
    expect(redacted(once)).toEqual({ body: once, fields: [] });
  });
});

describe('there is no redaction', () => {
  test('of an incomplete detection', () => {
    expect(redacted({ a: TOKEN, b: 1n })).toBeUndefined();
    expect(redacted({ a: 1n })).toBeUndefined();
  });

  test('if the result still has findings', () => {
    const oneByOne: Detector = (text, _, spans) => {
      const start = text.indexOf('x');
      if (start >= 0) spans.push({ start, end: start + 1, dataClass: 'INTERNAL', type: 'MARK' });
    };
    const { detect, redact } = createDetector([oneByOne]);
    expect(redact(detect('xxxxxxxx', { regions: [] }), EVERYTHING)).toBeUndefined();
    expect(redact(detect('xxxxxxxx', { regions: [] }), only('PII'))).toEqual({ body: 'xxxxxxxx', fields: [] });
  });

  test('if scanning the result fails', () => {
    let calls = 0;
    const tired: Detector = (text, _, spans) => {
      calls += 1;
      if (calls > 1) throw new Error('tired');
      spans.push({ start: 0, end: text.length, dataClass: 'PII', type: 'EMAIL' });
    };
    const { detect, redact } = createDetector([tired]);
    expect(redact(detect('xxxxxxxx', { regions: [] }), EVERYTHING)).toBeUndefined();
  });

  test('of a detection from another engine', () => {
    const { redact } = createDetector(simpleDetectors);
    expect(redact({ findings: [], classes: new Set(), isComplete: true }, EVERYTHING)).toBeUndefined();
  });
});

describe('fields replaced by name', () => {
  const body = {
    User: { Email: 'ann@mail.com', tags: ['a'] },
    email: null,
    list: [{ user: { email: { a: 1 } } }],
    n: 1,
  };

  test('are replaced at any depth, with any value, in any case', () => {
    expect(redactFields(body, ['EMAIL', 'Tags'])).toEqual({
      body: {
        User: { Email: '[REDACTED:FIELD]', tags: '[REDACTED:FIELD]' },
        email: '[REDACTED:FIELD]',
        list: [{ user: { email: '[REDACTED:FIELD]' } }],
        n: 1,
      },
      fields: ['User.Email', 'User.tags', 'email', 'list[0].user.email'],
    });
  });

  test('may be named by a path, which passes through arrays', () => {
    expect(redactFields(body, ['user.email']).fields).toEqual(['User.Email', 'list[0].user.email']);
    expect(redactFields(body, ['list.user']).fields).toEqual(['list[0].user']);
    expect(redactFields({ 'user.email': 1, auser: { email: 2 } }, ['user.email']).fields).toEqual(['user.email']);
  });

  test('are found in strings that are JSON', () => {
    expect(redactFields({ p: '{"user": [{"email": "x"}], "n": 1}' }, ['p.user.email'])).toEqual({
      body: { p: '{"user":[{"email":"[REDACTED:FIELD]"}],"n":1}' },
      fields: ['p.user[0].email'],
    });
  });

  test('are not hidden by invisible characters', () => {
    expect(redactFields({ 'em\u200bail': 1 }, ['email']).fields).toHaveLength(1);
  });

  test('leave the body as it is if no field matches', () => {
    expect(redactFields(body, ['phone', '']).body).toBe(body);
    expect(redactFields('email', ['email'])).toEqual({ body: 'email', fields: [] });
  });

  test('have no value afterwards', () => {
    expect(found(redactFields({ password: 'hunter' }, ['password']).body).findings).toEqual([]);
  });

  test('beyond the maximum depth are replaced together with their parents', () => {
    let deep: unknown = { email: 'ann@mail.com' };
    for (let level = 0; level < 5000; level += 1) deep = [deep];
    expect(JSON.stringify(redactFields(deep, ['email']).body)).not.toContain('ann');
  });
});
