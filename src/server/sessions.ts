import { randomBytes } from 'node:crypto';
import { hashOf, type Person } from './credentials.ts';

/** A signed-in approver. */
export interface Session extends Person {
  readonly csrfToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export const SESSION_MS: number = 12 * 60 * 60_000;
const MAX_SESSIONS = 1_000;
const SECRET_BYTES = 32;

/** The page's sessions, in memory, by the hash of their id. Beyond 1,000, the oldest one ends. */
export class Sessions {
  readonly #byHash = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open({ name, roles }: Person): { readonly id: string; readonly session: Session } {
    const now = this.#now();
    for (const [hash, { expiresAt }] of this.#byHash) if (now >= expiresAt) this.#byHash.delete(hash);
    const [oldest] = this.#byHash.keys();
    if (this.#byHash.size >= MAX_SESSIONS && oldest !== undefined) this.#byHash.delete(oldest);
    const id = randomBytes(SECRET_BYTES).toString('base64url');
    const csrfToken = randomBytes(SECRET_BYTES).toString('base64url');
    const session = { name, roles, csrfToken, expiresAt: now + SESSION_MS };
    this.#byHash.set(hexHash(id), session);
    return { id, session };
  }

  find(id: string): Session | undefined {
    const session = this.#byHash.get(hexHash(id));
    return session && this.#now() < session.expiresAt ? session : undefined;
  }

  end(id: string): void {
    this.#byHash.delete(hexHash(id));
  }
}

function hexHash(id: string): string {
  return hashOf(id).toString('hex');
}

/** A request and the origin at which browsers reach the gateway. */
export interface BrowserRequest {
  readonly request: Request;
  /** The origin, such as `https://gateway.example.com`. */
  readonly origin: string;
}

/** Returns the session id in the request's cookie. */
export function sessionIdOf({ request, origin }: BrowserRequest): string | undefined {
  const start = `${cookieName(origin)}=`;
  const cookies = (request.headers.get('cookie') ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
}

/** Builds the `set-cookie` header of a session. A lifetime of 0 deletes the cookie. */
export function sessionCookie(origin: string, sessionId: string, lifetimeMs: number): string {
  const secure = isSecure(origin) ? '; Secure' : '';
  return `${cookieName(origin)}=${sessionId}; Max-Age=${lifetimeMs / 1000}; Path=/; HttpOnly; SameSite=Strict${secure}`;
}

/** Browsers accept a `__Host-` cookie only from this very host and only over TLS (RFC 6265bis, 4.1.3.2). */
function cookieName(origin: string): string {
  return isSecure(origin) ? '__Host-interven_session' : 'interven_session';
}

function isSecure(origin: string): boolean {
  return origin.startsWith('https:');
}
