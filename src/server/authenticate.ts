import { isSecretEqual, type Credentials, type Holder, type Person } from './credentials.ts';
import { HttpError } from './http-error.ts';
import { sessionIdOf, type BrowserRequest, type Session, type Sessions } from './sessions.ts';

/** An agent, identified by its API key. */
export interface Agent {
  /** The position of the key in the list of keys. */
  readonly key: number;
  /** The first 16 hexadecimal digits of the key's SHA-256: stable across restarts and reordered keys. */
  readonly id: string;
}

/** An approver, identified by a token or signed in to the page. */
export interface Approver extends Person {
  /** Returns false once the session has ended. */
  readonly isSignedIn: () => boolean;
}

/** Authenticates requests. An API key grants the agent role, a token the approver role, never both. */
export class Authenticator {
  readonly #credentials: Credentials;
  readonly #sessions: Sessions;

  constructor(credentials: Credentials, sessions: Sessions) {
    this.#credentials = credentials;
    this.#sessions = sessions;
  }

  /** @throws HttpError 401 without valid credentials, 403 for an approver */
  agent(context: BrowserRequest): Agent {
    const holder = this.#bearer(context);
    if (!holder && !this.#signedIn(context)) throw unauthorized();
    if (holder && 'agent' in holder) return { key: holder.agent, id: holder.id };
    throw forbidden('This endpoint is for agents. Send an API key instead of an approver token.');
  }

  /** @throws HttpError 401 without valid credentials, 403 for an agent or a cross-site request */
  approver(context: BrowserRequest): Approver {
    const holder = this.#bearer(context);
    if (holder && 'agent' in holder) {
      throw forbidden('This endpoint is for approvers. API keys cannot decide approvals or change policies.');
    }
    if (holder) return { ...holder.approver, isSignedIn: () => true };
    const signedIn = this.#signedIn(context);
    if (!signedIn) throw unauthorized();
    const { id, session } = signedIn;
    if (context.request.method !== 'GET') checkOwnPage(context, session);
    return { name: session.name, roles: session.roles, isSignedIn: () => this.#sessions.find(id) !== undefined };
  }

  /** @throws HttpError 401 without valid credentials */
  agentOrApprover(context: BrowserRequest): void {
    if (!this.#bearer(context) && !this.#signedIn(context)) throw unauthorized();
  }

  /** Returns the holder of the `Authorization` header's secret; undefined without the header. */
  #bearer({ request }: BrowserRequest): Holder | undefined {
    const header = request.headers.get('authorization');
    if (header === null) return undefined;
    const secret = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
    const holder = secret === undefined ? undefined : this.#credentials.find(secret);
    if (!holder) throw unauthorized();
    return holder;
  }

  #signedIn(context: BrowserRequest): { readonly id: string; readonly session: Session } | undefined {
    const id = sessionIdOf(context);
    const session = id === undefined ? undefined : this.#sessions.find(id);
    return id !== undefined && session ? { id, session } : undefined;
  }
}

/**
 * Rejects cross-site requests. Browsers send `Sec-Fetch-Site`, or only `Origin` for a plain HTTP page on another
 * machine. A request with neither header passes.
 *
 * @throws HttpError 403
 */
export function checkSameOrigin({ request: { headers }, origin }: BrowserRequest): void {
  const site = headers.get('sec-fetch-site');
  const from = headers.get('origin') ?? origin;
  const isOwn = site === null ? from === origin : site === 'same-origin' || site === 'none';
  if (!isOwn) throw notFromPage();
}

function checkOwnPage(context: BrowserRequest, session: Session): void {
  checkSameOrigin(context);
  const { request } = context;
  if (!isSecretEqual(request.headers.get('x-csrf-token') ?? '', session.csrfToken)) throw notFromPage();
}

function unauthorized(): HttpError {
  const headers = { 'www-authenticate': 'Bearer' };
  return new HttpError(401, 'unauthorized', 'Missing or invalid API key or approver token.', { headers });
}

function forbidden(message: string): HttpError {
  return new HttpError(403, 'forbidden', message);
}

function notFromPage(): HttpError {
  const message = 'This request did not come from the approvals page. Reload the page and try again.';
  return new HttpError(403, 'not_from_page', message);
}
