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

/**
 * Creates the error for a response that is not what was requested: a proxy may answer with a page of its own and status
 * 200, a truncated response can be valid JSON, and a compatible server can return anything.
 */
export function notA(what: string, reply: unknown): TypeError {
  const remedy = "Check the client's baseURL, and any proxy before it.";
  return new TypeError(`The API response is not ${what}, but ${kindOf(reply)}. ${remedy}`);
}

function kindOf(reply: unknown): string {
  if (isPage(reply)) return 'an HTML page';
  if (reply === undefined || reply === null || reply === '') return 'empty';
  if (Array.isArray(reply)) return 'an array';
  if (typeof reply !== 'object') return typeof reply === 'string' ? 'text that is not JSON' : `a ${typeof reply}`;
  const fields = Object.keys(reply).slice(0, 5);
  return fields.length === 0 ? 'an empty object' : `an object with the fields ${fields.join(', ')}`;
}

/** Returns true for a page: the SDK returns a response that is not JSON as a string. */
function isPage(reply: unknown): boolean {
  return typeof reply === 'string' && reply.trimStart().startsWith('<');
}

export interface HttpResponse {
  readonly headers: { get(name: string): string | null };
}

/**
 * Returns the HTTP response to a request of the SDK; undefined without access to it.
 *
 * @throws TypeError for a response that is neither JSON nor an event stream: the SDK returns it as a string, reads it as
 * a stream without events, or fails at it
 */
export async function httpResponseOf(what: string, sent: PromiseLike<unknown>): Promise<HttpResponse | undefined> {
  const { asResponse } = sent as { readonly asResponse?: () => PromiseLike<HttpResponse> };
  if (typeof asResponse !== 'function') return undefined;
  const response = await asResponse.call(sent);
  const type = response.headers.get('content-type');
  if (type !== null && !/json|event-stream/i.test(type)) throw notA(what, /html/i.test(type) ? '<html>' : type);
  return response;
}

/** @throws TypeError for a page in place of a response without content that matters */
export function assertNoPage(what: string, reply: unknown): void {
  if (isPage(reply)) throw notA(what, reply);
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
