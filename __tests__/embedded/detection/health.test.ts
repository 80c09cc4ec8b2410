import { describe, expect, test } from '@jest/globals';
import { findHealth } from '../../../src/embedded/detection/health/health.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';

function found(text: string, key?: string): string[] {
  const spans: Span[] = [];
  findHealth(text, { key, regions: [] }, spans);
  for (const { dataClass } of spans) expect(dataClass).toBe('PHI');
  return spans.map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

describe('health care numbers', () => {
  test('a Medicare number has its letters and digits in their places', () => {
    expect(found('1EG4-TE5-MK73, 4EF6GH8JK12')).toEqual(['MBI 1EG4-TE5-MK73', 'MBI 4EF6GH8JK12']);
    expect(found('1EG4-LE5-MK73, 1BG4-TE5-MK73, 1EG4TE5MK734')).toEqual([]);
  });

  test("a prescriber's number has its check digit", () => {
    expect(found('GL0285191')).toEqual(['DEA GL0285191']);
    expect(found('GL0285192')).toEqual([]);
  });

  test('provider and NHS numbers need a label and their check digit', () => {
    expect(found('NPI 1234567893')).toEqual(['NPI 1234567893']);
    expect(found('NPI 1234567890')).toEqual([]);
    expect(found('1234567893')).toEqual([]);
    expect(found('NHS number: 401-023-2137')).toEqual(['NHS_NUMBER 401-023-2137']);
    expect(found('NHS number: 401-023-2138')).toEqual([]);
    expect(found('4010232137', 'nhs_number')).toEqual(['NHS_NUMBER 4010232137']);
  });

  test('medical record numbers follow a label or are in a field named so', () => {
    expect(found('MRN: 00123456')).toEqual(['MEDICAL_RECORD 00123456']);
    expect(found('My patient ID is 67890.')).toEqual(['MEDICAL_RECORD 67890']);
    expect(found('A-00123456', 'medicalRecordNumber')).toContain('MEDICAL_RECORD A-00123456');
    expect(found('00123456', 'record_number')).toEqual([]);
  });

  test('ICD codes need a label', () => {
    expect(found('ICD-10 code E11.9')).toEqual(['ICD E11.9']);
    expect(found('seat E11, room B12.3')).toEqual([]);
  });
});

describe('phrases', () => {
  test.each([
    'She was diagnosed with type 2 diabetes.',
    'He tested positive for HIV',
    'my depression got worse',
    'The patient has asthma',
    'I was prescribed metformin',
    'sertraline 50 mg daily',
    'she is allergic to penicillin',
    'a copy of my medical records',
    'Allergies: peanuts, dust',
    'undergoing treatment for breast cancer',
  ])('%s', (text) => {
    expect(found(text).length).toBeGreaterThan(0);
  });

  test.each([
    'the server suffers from latency',
    'the prescribed format of a date',
    'Vitamin C 500 mg',
    'a cancer research charity',
    'economic depression',
    'patient work pays',
    'medical supplies store',
    'the disease model of markets',
    'Allergies: none',
    'diagnostic logs are on',
  ])('is no finding: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});

test('fields named for an illness or a patient are health data as a whole, unless empty', () => {
  for (const key of ['diagnosis', 'medications', 'patientNotes', 'medical_history', 'bloodType', 'lab_results'])
    expect(found('A positive', key)).toEqual(['HEALTH A positive']);
  for (const value of ['none', 'N/A', 'unknown', '', '12']) expect(found(value, 'diagnosis')).toEqual([]);
  expect(found('on', 'patient_status')).toEqual([]);
});

test('a placeholder is never found again', () => {
  for (const key of [undefined, 'diagnosis', 'patient_name', 'mrn'])
    expect(found('[REDACTED:DIAGNOSIS]', key)).toEqual([]);
  expect(found('she was [REDACTED:DIAGNOSIS] and takes [REDACTED:MEDICATION], MRN [REDACTED:MEDICAL_RECORD]')).toEqual(
    [],
  );
});
