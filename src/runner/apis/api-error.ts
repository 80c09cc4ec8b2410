import { retryAfterMs } from '../../internal/backoff.ts';
import { limits } from '../limits.ts';

/**
 * Errors of the OpenAI SDK, read by shape: its classes differ by version, and Node's errors may come from another
 * realm.
 */
interface ApiErrorLike {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly headers?: { readonly get?: (name: string) => string | null };
}

export function statusOf(error: unknown): number | undefined {
  const status = (error as ApiErrorLike | null | undefined)?.status;
  return typeof status === 'number' ? status : undefined;
}

export function messageOf(error: unknown): string {
  const message = (error as ApiErrorLike | null | undefined)?.message;
  return typeof message === 'string' ? message : String(error);
}

/** Returns true if the API may have processed the request: no response, a broken response, or a server error. */
export function isResponseLost(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 408 || status === 409 || status >= 500;
}

/**
 * Returns true if the API may still process the request later: the connection broke, or a proxy stopped waiting for the
 * API.
 */
export function mayArriveLate(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 408 || status === 502 || status === 504;
}

export function isRateLimited(error: unknown): boolean {
  return statusOf(error) === 429;
}

/** Reads how long the server asks to wait, in milliseconds. */
export function retryAfterOf(error: unknown): number | undefined {
  const headers = (error as ApiErrorLike | null | undefined)?.headers;
  const header = (name: string): string | null => headers?.get?.(name) ?? null;
  const ms = Number(header('retry-after-ms') ?? Number.NaN);
  const requestedMs = Number.isFinite(ms) && ms >= 0 ? ms : retryAfterMs(header('retry-after'), Date.now());
  return requestedMs === undefined ? undefined : Math.min(requestedMs, limits.retryAfterMaxMs);
}
