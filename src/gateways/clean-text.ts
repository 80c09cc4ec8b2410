import { detect, redact } from '../detection/detect.ts';
import type { DataClass } from '../detection/span.ts';

/** What stands in the place of what cannot be made clean. */
export const REDACTED = '[REDACTED]';

/** What is kept from whoever passes by. What is internal is not: those who decide and read the record are inside. */
export const KEPT_OUT: ReadonlySet<DataClass> = new Set<DataClass>(['SECRETS', 'PII', 'PHI']);

/**
 * A name or a note with what is sensitive in it replaced; one word when it cannot be made clean. A number without its country's
 * prefix is not taken for somebody's telephone number: it is more often an id.
 */
export function cleanText(text: string): string {
  const clean = redact(detect(text, { regions: [] }), KEPT_OUT)?.body;
  return typeof clean === 'string' ? clean : REDACTED;
}
