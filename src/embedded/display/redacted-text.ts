import { detect, redact } from '../detection/detect.ts';
import type { DataClass } from '../detection/span.ts';

/** What stands in the place of what cannot be made clean. */
export const REDACTED = '[REDACTED]';

/** Longer names are cut where many are listed. */
const LONGEST_NAME = 200;

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

/** The same, cut after 200 characters. */
export function cleanName(name: string): string {
  return cut(cleanText(name), LONGEST_NAME);
}

/** Ends with an ellipsis where something was cut off. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;
}
