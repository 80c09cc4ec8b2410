import { detect, redact, redactFields } from './detection/detect.ts';
import type { Sanitize } from './policy/evaluate.ts';
import type { Facts } from './policy/facts.ts';

/** Redacts a body; undefined if that is not completely possible. Returns the same body if there is nothing to redact. */
export function sanitized(
  body: unknown,
  { beside, detection }: Pick<Facts, 'beside' | 'detection'>,
  { classes, fields }: Sanitize,
  regions: readonly string[],
): { readonly body: unknown } | undefined {
  // What the address or a header has cannot be redacted.
  const left = beside?.detection;
  if (left && (!left.isComplete || [...classes].some((each) => left.classes.has(each)))) return undefined;
  const withoutFields = redactFields(body, fields);
  const isSame = withoutFields.fields.length === 0 && !beside;
  const rest = isSame ? detection : detect(withoutFields.body, { regions });
  const redacted = redact(rest, classes);
  return redacted && { body: redacted.body };
}
