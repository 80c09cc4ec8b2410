import { describe, expect, test } from '@jest/globals';
import { isExternal } from '../../../src/embedded/policy/external.ts';

const OWN = ['acme.com', '@Acme.io', 'pat@partner.com', 'ann', '+15551230000', 'bücher.example'];

describe('an internal principal is', () => {
  test.each([
    'ann@acme.com',
    'ANN@ACME.COM',
    ' ann@acme.com ',
    'ann@mail.eu.acme.com',
    'ann@acme.com.',
    'bob@acme.io',
    'Ann Doe <ann@acme.com>',
    '"Doe, Ann" <ann@acme.com>',
    'mailto:ann@acme.com',
    'ann+tag@acme.com',
    'jörg@acme.com',
    'pat@partner.com',
    'ann',
    'Ann',
    '+15551230000',
    'acme.com',
    'hooks.acme.com',
    'hooks.acme.com:8443',
    'https://hooks.acme.com/x?y=z',
    'x@bücher.example',
    'x@xn--bcher-kva.example',
  ])('%s', (principal) => {
    expect(isExternal(principal, OWN)).toBe(false);
  });
});

describe('an external or ambiguous principal is', () => {
  test.each([
    'eve@evil.com',
    'ann@notacme.com',
    'ann@acme.com.evil.com',
    'ann@acme.co',
    'user@evil.com@acme.com',
    '"user@evil.com"@acme.com',
    'user%evil.com@acme.com',
    'evil.com!user@acme.com',
    'ann@acme.com <eve@evil.com>',
    'eve@evil.com <ann@acme.com>',
    'Ann <ann@acme.com> <eve@evil.com>',
    '<ann@acme.com> eve@evil.com',
    'ann@acme.com, eve@evil.com',
    'ann@acme.com\neve@evil.com',
    'ann@acme.com\u200b',
    'ann@аcme.com',
    'ann@ａcme.com',
    'other@partner.com',
    'bob',
    'x@ann',
    '@',
    'ann@',
    '@acme.com',
    '',
    '+15559999999',
    'evil.com',
    'evil.com/acme.com',
    'https://acme.com@evil.com/',
    'https://evil.com/acme.com',
    'https://acme.com.evil.com',
    'a'.repeat(5_000),
  ])('%j', (principal) => {
    expect(isExternal(principal, OWN)).toBe(true);
  });

  test('everyone, if ownDomains is empty', () => {
    expect(isExternal('ann@acme.com', [])).toBe(true);
    expect(isExternal('ann@acme.com', ['', '.', '@'])).toBe(true);
  });
});
