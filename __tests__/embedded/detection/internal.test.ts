import { describe, expect, test } from '@jest/globals';
import { findInternal } from '../../../src/embedded/detection/internal/internal.ts';
import {
  MARKING_WORDS,
  MARKINGS,
  STAMP_WORDS,
  STAMPS,
} from '../../../src/embedded/detection/internal/data/markings.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';

function found(text: string, key?: string): string[] {
  const spans: Span[] = [];
  findInternal(text, { key, regions: [] }, spans);
  for (const { dataClass } of spans) expect(dataClass).toBe('INTERNAL');
  return spans.map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

describe('markings', () => {
  test.each([
    'CONFIDENTIAL',
    'Internal use only',
    'INTERNAL-ONLY',
    'Proprietary and Confidential',
    'company confidential',
    'strictly confidential',
    'Do not distribute',
    'TLP:RED',
    'TLP: AMBER+STRICT',
    'attorney-client privileged',
    'material non-public information',
    'trade secret',
    'not for external distribution',
    'MNPI',
    'For Official Use Only',
    '[Internal]',
    '- [Confidential] salaries',
    'Classification: Restricted',
    'Confidential: the plan',
    'Re: [internal] plans',
    '(Company Confidential)',
    'This draft is for internal use',
    'Do not distribute outside the team',
    'Roadmap of next year (Internal)',
    '# [Private] Minutes',
    '# Internal use only',
  ])('%s', (text) => {
    expect(found(text).length).toBeGreaterThan(0);
    expect(found(`Report\n${text}\nmore`).length).toBeGreaterThan(0);
  });

  test.each([
    'your answers stay confidential between us',
    'the internal API of the module',
    'an internal server error',
    'confidentiality matters',
    'TLP:GREEN, TLP:CLEAR',
    'a secret ingredient',
    'distribution of goods',
    '- **[Internal]** Fix the cache',
    '`[Internal]` Creates a value',
    'if (internal) return;',
    'an alias for internal use by the parser',
    "Don't distribute files that configure makes",
    'names that are considered internal',
    '   * Internal: the next index',
    'def f(): """Reads the header (PRIVATE)."""',
    '        (Private) Encodes a line.',
    '# (Internal) Saves a picture',
    '    Internal: applications call open instead',
    '  // a private method, internal use only',
    ' * Sets the name. Internal use only.',
    '    Returns a frame. For internal use only, see above.',
    '# This file is for internal use by the build',
  ])('is no marking: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  test('a classification field marks by its value', () => {
    expect(found('internal', 'classification')).toEqual(['MARKING internal']);
    expect(found('public', 'classification')).toEqual([]);
    expect(found('internal', 'visibility')).toEqual([]);
  });
});

describe('hosts and networks', () => {
  test.each([
    ['http://wiki.corp/page', 'INTERNAL_HOST wiki.corp'],
    ['https://vault.internal:8200/v1', 'INTERNAL_HOST vault.internal'],
    ['ops@mail.acme.local', 'INTERNAL_HOST mail.acme.local'],
    ['db01.prod.internal', 'INTERNAL_HOST db01.prod.internal'],
    ['https://jira.corp.acme.com/x', 'INTERNAL_HOST jira.corp.acme.com'],
    ['http://10.1.2.3/admin', 'PRIVATE_ADDRESS 10.1.2.3'],
    ['https://root@192.168.0.1:8443/', 'PRIVATE_ADDRESS 192.168.0.1'],
    ['http://172.16.5.4', 'PRIVATE_ADDRESS 172.16.5.4'],
    ['http://169.254.169.254/latest', 'PRIVATE_ADDRESS 169.254.169.254'],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  test.each([
    'this.internal = 1',
    '.env.local',
    'settings.local.json',
    'jdk.internal.misc.Unsafe',
    'https://example.com/internal/only-here',
    'https://corp.example.com',
    'http://172.32.0.1/',
    'http://11.0.0.1/',
    'http://localhost:3000/',
    'version 10.1.2.3',
    'ann@localhost.localdomain',
  ])('%s is public, or not a host', (text) => {
    expect(found(text)).toEqual([]);
  });
});

test('each marking contains a word that the search for markings looks for', () => {
  for (const marking of MARKINGS) expect(MARKING_WORDS.filter((word) => marking.includes(word))).not.toEqual([]);
  for (const stamp of STAMPS.map((each) => each.toLowerCase()))
    expect(STAMP_WORDS.filter((word) => stamp.includes(word))).not.toEqual([]);
});

test('a placeholder is never found again', () => {
  expect(found('[REDACTED:MARKING] http://[REDACTED:INTERNAL_HOST]/x', 'classification')).toEqual([]);
});
