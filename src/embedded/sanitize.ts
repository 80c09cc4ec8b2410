import { detect, redact, redactFields } from './detection/detect.ts';
import type { Sanitize } from './policy/evaluate.ts';
import type { Facts } from './policy/facts.ts';
import type { WithoutLinks } from './policy/leaks.ts';

/**
 * Redacts a body; undefined if that is not completely possible. Returns the same body if there is nothing to redact.
 *
 * @param links the body without links that stay as they are
 */
export function sanitized(
  body: unknown,
  { beside, detection }: Pick<Facts, 'beside' | 'detection'>,
  { classes, fields }: Sanitize,
  regions: readonly string[],
  links?: WithoutLinks,
): { readonly body: unknown } | undefined {
  // What the address or a header has cannot be redacted.
  const left = beside?.detection;
  if (left && (!left.isComplete || [...classes].some((each) => left.classes.has(each)))) return undefined;
  const withoutFields = redactFields(links?.body ?? body, fields);
  const isSame = withoutFields.fields.length === 0 && !beside && !links;
  const rest = isSame ? detection : detect(withoutFields.body, { regions });
  const redacted = redact(rest, classes);
  if (!links || !redacted) return redacted && { body: redacted.body };
  return { body: redacted.body === links.body ? body : links.restored(redacted.body) };
}
