import { createDetector, type DetectOptions, type Detection, type FoundValue } from './detector.ts';
import { findHealth } from './health/health.ts';
import { findInternal } from './internal/internal.ts';
import { findPersonal } from './personal/personal.ts';
import type { Redaction } from './redact.ts';
import { findSecrets } from './secrets/secrets.ts';
import type { DataClass } from './span.ts';

export type { Detection, DetectOptions, Finding } from './detector.ts';
export { redactFields, type Redaction } from './redact.ts';

// The order matters: of equal spans of one class, the first detector's type is kept.
const all = createDetector([findSecrets, findPersonal, findHealth, findInternal]);

/**
 * Detects secrets, personal, health and internal data in a body, which is any JSON value. Also examines field names,
 * and decodes encoded values. Never throws: if a part cannot be examined, the detection is incomplete.
 */
export function detect(body: unknown, options: DetectOptions): Detection {
  return all.detect(body, options);
}

/**
 * Returns the detected body with all findings of these classes replaced by placeholders such as `[REDACTED:EMAIL]`.
 * Equal values get the same placeholder, fields and array items stay in place, and a number becomes a string. Returns
 * undefined if the detection is incomplete, or if the result still has findings of these classes.
 */
export function redact(detection: Detection, classes: ReadonlySet<DataClass>): Redaction | undefined {
  return all.redact(detection, classes);
}

/**
 * Lists the found values of a class, without addresses. Undefined for a detection that does not have them, such as one
 * of several parts.
 */
export function valuesOf(detection: Detection, dataClass: DataClass): readonly FoundValue[] | undefined {
  return all.valuesOf(detection, dataClass);
}
