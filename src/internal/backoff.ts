/**
 * Computes the milliseconds before the next attempt: doubles from `firstMs` up to `maxMs`, minus a random part of up to
 * a quarter, so that clients that failed together do not retry together.
 *
 * @param attempt the number of failed attempts, from 1
 */
export function backoffMs(attempt: number, firstMs: number, maxMs: number): number {
  const full = Math.min(firstMs * 2 ** (attempt - 1), maxMs);
  return full * (1 - Math.random() / 4);
}

/**
 * Parses `Retry-After` (RFC 9110, section 10.2.3: seconds or a date) to milliseconds; undefined if missing or invalid.
 */
export function retryAfterMs(value: string | null | undefined, now: number): number | undefined {
  if (!value) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
