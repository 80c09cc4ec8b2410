import { createDetector, type Detection, type Finding } from '../../../src/embedded/detection/detector.ts';
import type { Redaction } from '../../../src/embedded/detection/redact.ts';
import type { DataClass, Detector } from '../../../src/embedded/detection/span.ts';

/** Simple detectors; the real ones have tests of their own. */
const byPattern =
  (dataClass: DataClass, type: string, pattern: RegExp): Detector =>
  (text, _, found) => {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      found.push({ start: index, end: index + match.length, dataClass, type });
    }
  };

const findByKey: Detector = (text, { key }, found) => {
  if (key === 'password') found.push({ start: 0, end: text.length, dataClass: 'SECRETS', type: 'PASSWORD' });
};

export const simpleDetectors: readonly Detector[] = [
  byPattern('SECRETS', 'GITHUB_TOKEN', /ghp_[A-Za-z0-9]{20,}/g),
  findByKey,
  byPattern('PII', 'EMAIL', /[a-z.]{1,30}@[a-z]{1,30}\.(?:com|example)\b/g),
  byPattern('PII', 'CARD', /\b4[0-9]{15}\b/g),
];

const { detect, redact } = createDetector(simpleDetectors);

export const TOKEN: string = ['ghp_', 'a1B2c3D4e5F6g7H8i9J0k1L2'].join('');
export const EVERYTHING: ReadonlySet<DataClass> = new Set(['SECRETS', 'PII', 'PHI', 'INTERNAL']);

export function found(body: unknown): Detection {
  return detect(body, { regions: [] });
}

export function findings(body: unknown): readonly Finding[] {
  return found(body).findings;
}

/** The encoding of the first finding; `plain` if it was not encoded. */
export function hiddenAs(body: unknown): string | undefined {
  const [first] = findings(body);
  return first && (first.encoding ?? 'plain');
}

export function redacted(body: unknown, classes: ReadonlySet<DataClass> = EVERYTHING): Redaction | undefined {
  return redact(found(body), classes);
}
