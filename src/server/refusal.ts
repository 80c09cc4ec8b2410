/** What a refused request is told besides why. */
interface Details {
  /** Where in the request the fault is, such as `rules[0].action`; empty for the whole of it. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further fields of the error. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Ends a request with a status and an error in JSON. The words are constant: they quote nothing of the request. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
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
    const { path, headers, facts } = this.details;
    const error = { code: this.code, message: this.message, ...(path === undefined ? {} : { path }), ...facts };
    return Response.json({ error }, { status: this.status, ...(headers ? { headers } : {}) });
  }
}

/** Names of fields are the sender's. */
const LONGEST_PATH = 200;

/** The request says something that it may not say at this path. */
export function invalid(path: string, message: string): Refusal {
  return new Refusal(400, 'invalid_request', message, { path: path.slice(0, LONGEST_PATH) });
}

export function notFound(message: string): Refusal {
  return new Refusal(404, 'not_found', message);
}

/** @param afterMs when to ask again */
export function tooMany(message: string, afterMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(afterMs / 1000));
  return new Refusal(429, 'rate_limited', message, { headers: { 'retry-after': String(seconds) } });
}
