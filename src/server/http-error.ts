import { omitUndefined } from '../internal/omit-undefined.ts';

interface Details {
  /** The location of the fault in the request, such as `rules[0].action`; empty for the whole request. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further fields of the error. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Ends a request with a status and a JSON error. The message quotes no part of the request. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly status: number;
  readonly code: string;
  readonly details: Details;

  constructor(status: number, code: string, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  toResponse(): Response {
    const { path, headers, fields } = this.details;
    const error = { code: this.code, message: this.message, path, ...fields };
    return Response.json({ error }, omitUndefined({ status: this.status, headers }));
  }
}

/** Characters. The requester chooses the field names in a path. */
const MAX_PATH_LENGTH = 200;

export function invalidRequest(path: string, message: string): HttpError {
  return new HttpError(400, 'invalid_request', message, { path: path.slice(0, MAX_PATH_LENGTH) });
}

export function notFound(message: string): HttpError {
  return new HttpError(404, 'not_found', message);
}

/** @returns the error for a store of approvals that does not answer */
export function unavailable(): HttpError {
  const message = 'The gateway cannot reach its stored approvals, so it clears no call. Try again later.';
  return new HttpError(503, 'unavailable', message, { headers: { 'retry-after': '5' } });
}

export function rateLimited(message: string, retryAfterMs: number): HttpError {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new HttpError(429, 'rate_limited', message, { headers: { 'retry-after': String(seconds) } });
}
