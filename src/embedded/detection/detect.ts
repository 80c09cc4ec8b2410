import { createDetector, type DetectOptions, type Detection } from './detector.ts';
import { detectors } from './detectors.ts';
import type { Redaction } from './redact.ts';
import type { DataClass } from './span.ts';

export type { Detection, DetectOptions, Finding } from './detector.ts';
export type { Redaction } from './redact.ts';
export { redactFields } from './redact-fields.ts';

const everything = createDetector(detectors);

/**
 * Looks for secrets, personal and health data and internal marks in a body: any JSON value, its names included, decoded
 * where it is encoded. Pure, and never throws: what cannot be looked through is not complete.
 */
export function detect(body: unknown, options: DetectOptions): Detection {
  return everything.detect(body, options);
}

/**
 * The detected body with everything of these classes replaced by placeholders such as `[REDACTED:EMAIL]`. The same value
 * has the same placeholder, no field vanishes, and lists keep their lengths; a number becomes a text. Undefined when the
 * detection is not complete, or when the result still holds something of these classes.
 */
export function redact(detection: Detection, classes: ReadonlySet<DataClass>): Redaction | undefined {
  return everything.redact(detection, classes);
}
