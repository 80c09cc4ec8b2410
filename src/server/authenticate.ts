import { isAgent, type Agent, type Credentials, type Person } from './credentials.ts';
import { clientOf } from '../internal/connections.ts';
import type { Guesses } from './guesses.ts';
import { HttpError } from './http-error.ts';
import type { Sessions } from './sessions.ts';

/** A request and the origin at which browsers reach the gateway. */
export interface BrowserRequest {
  readonly request: Request;
  /** The origin, such as `https://gateway.example.com`. */
  readonly origin: string;
}

/** An approver, identified by a token or signed in to the page. */
export interface Approver extends Person {
  /** Returns false once the session has ended. */
  readonly isSignedIn: () => Promise<boolean>;
  /** Ends the session of the page. A token has none. */
  readonly signOut: () => Promise<void>;
}

/**
 * Authenticates requests by their `Authorization` header: `Bearer` with a key or a token, or `Session` with the secret
 * of a page's session. An API key grants the agent role, the others the approver role, never both.
 */
export class Authenticator {
  readonly #credentials: Credentials;
  readonly #sessions: Sessions;
  readonly #guesses: Guesses;

  constructor(credentials: Credentials, sessions: Sessions, guesses: Guesses) {
    this.#credentials = credentials;
    this.#sessions = sessions;
    this.#guesses = guesses;
  }

  /** @throws HttpError 401 without valid credentials, 403 for an approver */
  async agent(context: BrowserRequest): Promise<Agent> {
    const client = await this.agentOrApprover(context);
    if (isAgent(client)) return client;
    throw forbidden('This endpoint is for agents. Send an API key instead of an approver token.');
  }

  /** @throws HttpError 401 without valid credentials, 403 for an agent or a cross-site request */
  async approver(context: BrowserRequest): Promise<Approver> {
    const client = await this.agentOrApprover(context);
    if (!isAgent(client)) return client;
    throw forbidden('This endpoint is for approvers. API keys cannot decide approvals or change policies.');
  }

  /** @throws HttpError 401 without valid credentials, 403 for a cross-site request with a session */
  async agentOrApprover(context: BrowserRequest): Promise<Agent | Approver> {
    const { request } = context;
    const [, scheme = '', secret = ''] =
      /^(Bearer|Session) +([\x21-\x7e]+) *$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    if (secret === '') throw unauthorized();
    const client =
      scheme.toLowerCase() === 'session' ? await this.#signedIn(context, secret) : await this.#holder(request, secret);
    if (!client) throw unauthorized();
    const connection = clientOf(request);
    if (connection) connection.isKnown = true;
    return client;
  }

  /**
   * Finds the approver of a token.
   *
   * @throws HttpError 401 for any other secret
   */
  async approverOfToken(request: Request, token: string): Promise<Person> {
    const approver = await this.#holder(request, token);
    if (approver && !isAgent(approver)) return approver;
    throw unauthorized();
  }

  async #holder(request: Request, secret: string): Promise<Agent | Approver | undefined> {
    const holder = this.#credentials.find(secret);
    if (!holder) {
      await this.#guesses.wrong(request);
      return undefined;
    }
    if (isAgent(holder)) return holder;
    this.#guesses.check(request);
    return { ...holder, isSignedIn: async () => true, signOut: async () => undefined };
  }

  async #signedIn(context: BrowserRequest, secret: string): Promise<Approver | undefined> {
    const approver = await this.#sessions.find(secret);
    if (!approver) return undefined;
    checkSameOrigin(context);
    return {
      ...approver,
      isSignedIn: async () => (await this.#sessions.find(secret)) !== undefined,
      signOut: async () => this.#sessions.end(secret),
    };
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
  if (isOwn) return;
  const message = 'This request did not come from the approvals page. Reload the page and try again.';
  throw new HttpError(403, 'not_from_page', message);
}

function unauthorized(): HttpError {
  const headers = { 'www-authenticate': 'Bearer' };
  return new HttpError(401, 'unauthorized', 'Missing or invalid API key or approver token.', { headers });
}

function forbidden(message: string): HttpError {
  return new HttpError(403, 'forbidden', message);
}
