import { describe, expect, test } from '@jest/globals';
import { detect } from '../../../src/embedded/detection/detect.ts';
import { findPersonal } from '../../../src/embedded/detection/personal/personal.ts';
import { DEFAULT_REGIONS } from '../../../src/embedded/detection/personal/phone.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';

/** The findings, as `TYPE text`. */
function found(text: string, key?: string, regions: readonly string[] = DEFAULT_REGIONS): string[] {
  const spans: Span[] = [];
  findPersonal(text, { key, regions }, spans);
  for (const { dataClass } of spans) expect(dataClass).toBe('PII');
  return spans.map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

describe('cards', () => {
  test.each([
    '4012888888881881',
    '4012-8888-8888-1881',
    '4012 8888 8888 1881',
    '371449635398431',
    '3714 496353 98431',
    '5555555555554444',
    '2223003122003222',
    '30569309025904',
    '6011000400000000',
    '3528000700000000',
    '6759649826438453',
    '6200000000000005',
  ])('%s is in an issuer’s range and has the right check digit', (card) => {
    expect(found(`pay ${card} now`)).toEqual([`CARD ${card}`]);
    expect(found(card)).toEqual([`CARD ${card}`]);
  });

  test('a card number with a wrong check digit is found next to a label and in a field named for cards', () => {
    expect(found('take 4012 8888 8888 1882 for it')).toEqual([]);
    expect(found('my credit card is 4012 8888 8888 1882')).toEqual(['CARD 4012 8888 8888 1882']);
    expect(found('4012888888881882, CVV 123')).toEqual(['CARD 4012888888881882']);
    expect(found('4012888888881882', 'cardNumber')).toEqual(['CARD 4012888888881882']);
  });

  test.each(['1748503543012', '17485035430120000', '9999999999999999', '0.4012888888881881', 'a4012888888881881'])(
    '%s is not a card',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

describe('IBANs', () => {
  test.each([
    'DE89370400440532013000',
    'GB82 WEST 1234 5698 7654 32',
    'nl91abna0417164300',
    'FR14-2004-1010-0505-0001-3M02-606',
    'NO9386011117947',
  ])('%s has the length and check digits of its country', (iban) => {
    expect(found(`to ${iban}, please`)).toEqual([`IBAN ${iban}`]);
  });

  test.each(['DE89370400440532013001', 'DE8937040044053201300', 'ZZ89370400440532013000', 'XDE89370400440532013000'])(
    '%s is not detected',
    (text) => {
      expect(found(text).filter((span) => span.startsWith('IBAN'))).toEqual([]);
    },
  );
});

describe('US numbers', () => {
  test('a social security number has a valid area, group and serial', () => {
    expect(found('123-45-6789 and 856 45 6789')).toEqual(['SSN 123-45-6789', 'SSN 856 45 6789']);
    for (const text of ['000-45-6789', '666-45-6789', '123-00-6789', '123-45-0000', '1-123-45-6789', '123-45-6789-1']) {
      expect(found(text)).toEqual([]);
    }
  });

  test('nine digits without separators need a label or a field named so', () => {
    expect(found('order 856456789')).toEqual([]);
    expect(found('856456789', 'orderId')).toEqual([]);
    expect(found('my SSN is 856456789')).toEqual(['SSN 856456789']);
    expect(found('Social Security Number: 856456789')).toEqual(['SSN 856456789']);
    expect(found('856456789', 'social_security_number')).toEqual(['SSN 856456789']);
  });

  test('a taxpayer number begins with nine and has a middle that the IRS issues', () => {
    expect(found('911-70-1234')).toEqual(['ITIN 911-70-1234']);
    expect(found('911-93-1234')).toEqual([]);
  });

  test('routing numbers need a label and their check digit', () => {
    expect(found('routing number 121042882')).toEqual(['ROUTING_NUMBER 121042882']);
    expect(found('routing number 121042883')).toEqual([]);
    expect(found('121042882')).toEqual([]);
  });
});

describe('telephone numbers', () => {
  test.each([
    '+1 212 555 0100',
    '+442071838750',
    '+49 (0)30 1234567',
    '(415) 555-0132',
    '415-555-0132',
    '415.555.0132',
    '1-415-555-0132',
    '020 7183 8750',
    '030 1234567',
    '01 42 68 53 00',
    '0412 345 678',
    '0412 028 428',
    '07762 044064',
    '088 001 7941',
    '(098) 00076',
    '09-7625400',
    '030/123 456',
    '415-555-0132 x123',
  ])('%s is written like a telephone number', (phone) => {
    expect(found(`reply to ${phone}, thanks`)).toEqual([`PHONE ${phone}`]);
  });

  test.each([
    'Call me on 9472 7916',
    'Call 9472 7916',
    'Phone:\n358 0594',
    'fax 0393 1144137',
    'mobile 3580594',
    '(37) 788-063-Office',
    '60-56-85-91 (mobile)',
  ])('seven to fifteen digits after a label are a telephone number: %s', (text) => {
    expect(found(text)).toHaveLength(1);
    expect(found(text)[0]).toMatch(/^PHONE /);
  });

  test('and so are they in a field named for telephones', () => {
    expect(found('3580594', 'phoneNumber')).toEqual(['PHONE 3580594']);
    expect(found('3580594', 'quantity')).toEqual([]);
  });

  test('numbers without a prefix belong to the configured countries', () => {
    expect(found('020 7183 8750', undefined, ['US'])).toEqual([]);
    expect(found('020 7183 8750', undefined, ['GB'])).toEqual(['PHONE 020 7183 8750']);
    expect(found('+44 20 7183 8750', undefined, [])).toEqual(['PHONE +44 20 7183 8750']);
  });

  test('beyond the limit of parses, candidates count as telephone numbers', () => {
    const text = Array.from({ length: 3000 }, (_, at) => `+999 ${1000000 + at}`).join(', ');
    const spans: Span[] = [];
    findPersonal(text, { key: undefined, regions: DEFAULT_REGIONS }, spans);
    expect(spans.length).toBeGreaterThan(2000);
  });
});

test.each([
  '2024-01-02T10:20:30.123Z',
  '2024-01-02 10:20:30',
  '01/02/2024 - 03/02/2024',
  '20240102',
  '2019-2020',
  'version 1.2.3.4',
  'Chrome/109.0.0.0 Safari/537.36',
  'v10.20.30.40',
  '550e8400-e29b-41d4-a716-446655440000',
  'e3d7c0a5f1b24c8e9d3a7b6c5d4e3f2a1b0c9d8e',
  '$1 234 567.89',
  '1,234,567.89 EUR',
  '1 234 567 890',
  'order 1234567890',
  'ticket #123456-7890',
  'item 12-34567-890',
  'ratio 0.1234567890',
  '1700000000000',
  '12:34:56',
  'std::vector, a[1::2], x::y',
  '127.0.0.1, 0.0.0.0, ::1, 255.255.255.0',
  'lodash@4.17.21, actions/checkout@v4, icon@2x.png, @media, @user',
  'git@github.com:octo/hello.git',
  'ssh://git@example.com/octo/hello.git',
  '00:00:00:00:00:00',
  'phone model, card game, passport control, call the office, a tin of 12345678',
])('nothing personal is in %s', (text) => {
  expect(found(text).filter((span) => !span.startsWith('TAX_ID'))).toEqual([]);
});

test('of two overlapping findings the more certain one stays', () => {
  expect(found('phone 4012888888881881')).toEqual(['CARD 4012888888881881']);
  expect(found('tel 93.184.216.34')).toEqual(['IP 93.184.216.34']);
  expect(found('tel 192.168.20.200')).toEqual([]);
});

describe('many short strings', () => {
  // No country has this prefix, so no parse accepts them.
  const numbers = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `+999 ${1_000_000 + at}`);

  test('candidates are telephone numbers only if a parse accepts them', () => {
    expect(detect(numbers(1_000), { regions: ['US'] }).findings).toEqual([]);
  });

  test('beyond the limit of parses of a body, candidates count as telephone numbers', () => {
    const { findings, isComplete } = detect(numbers(4_010), { regions: ['US'] });
    expect(findings.map(({ type, path }) => `${type} ${path}`)).toEqual(
      Array.from({ length: 10 }, (_, at) => `PHONE [${4_000 + at}]`),
    );
    expect(isComplete).toBe(true);
  });
});
