import { detect, redact, redactFields, type Detection } from './detection/detect.ts';
import type { Sanitize } from './policy/evaluate.ts';

/** Redacts a body; undefined if that is not completely possible. Returns the same body if there is nothing to redact. */
export function sanitized(
  body: unknown,
  detection: Detection,
  { classes, fields }: Sanitize,
  regions: readonly string[],
): { readonly body: unknown } | undefined {
  const withoutFields = redactFields(body, fields);
  const isSame = withoutFields.fields.length === 0;
  const rest = isSame ? detection : detect(withoutFields.body, { regions });
  const redacted = redact(rest, classes);
  return redacted && { body: redacted.body };
}
