/**
 * The wait before the next attempt: doubling from `firstMs` up to `mostMs`, of which a random quarter is taken off so
 * that clients which failed together do not come back together.
 *
 * @param attempt how many attempts have failed, from 1
 */
export function backoffMs(attempt: number, firstMs: number, mostMs: number): number {
  const full = Math.min(firstMs * 2 ** (attempt - 1), mostMs);
  return full * (1 - Math.random() / 4);
}

/**
 * The wait that a server asks for in `Retry-After` (RFC 9110, section 10.2.3: seconds or a date), in milliseconds;
 * undefined when it asks for none that makes sense.
 */
export function retryAfterMs(value: string | null | undefined, now: number): number | undefined {
  if (!value) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
