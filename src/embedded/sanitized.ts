import { detect, redact, redactFields, type Detection, type DetectOptions } from './detection/detect.ts';
import type { Sanitize } from './policy/evaluate.ts';

/**
 * The body with what a rule wants redacted; undefined when it cannot be made clean, or when there is nothing that could be
 * redacted although the rule says so.
 */
export function sanitized(
  body: unknown,
  detection: Detection,
  { classes, fields }: Sanitize,
  options: DetectOptions,
): { readonly body: unknown } | undefined {
  const withoutFields = redactFields(body, fields);
  const isSame = withoutFields.fields.length === 0;
  const redacted = redact(isSame ? detection : detect(withoutFields.body, options), classes);
  return redacted && { body: redacted.body };
}
