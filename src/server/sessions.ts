import { randomBytes } from 'node:crypto';
import { hashOf } from './credentials.ts';

/** An approver at the page. */
export interface Session {
  readonly name: string;
  readonly csrfToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export const SESSION_MS: number = 12 * 60 * 60_000;
const MOST_SESSIONS = 1_000;
const SECRET_BYTES = 32;

/** The sessions of the page, in memory, by a hash of their id. Beyond 1,000 the oldest ends. */
export class Sessions {
  readonly #byHash = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(name: string): { readonly id: string; readonly session: Session } {
    const now = this.#now();
    for (const [hash, { expiresAt }] of this.#byHash) if (now >= expiresAt) this.#byHash.delete(hash);
    const [oldest] = this.#byHash.keys();
    if (this.#byHash.size >= MOST_SESSIONS && oldest !== undefined) this.#byHash.delete(oldest);
    const id = randomBytes(SECRET_BYTES).toString('base64url');
    const csrfToken = randomBytes(SECRET_BYTES).toString('base64url');
    const session = { name, csrfToken, expiresAt: now + SESSION_MS };
    this.#byHash.set(keyOf(id), session);
    return { id, session };
  }

  find(id: string): Session | undefined {
    const session = this.#byHash.get(keyOf(id));
    return session && this.#now() < session.expiresAt ? session : undefined;
  }

  end(id: string): void {
    this.#byHash.delete(keyOf(id));
  }
}

function keyOf(id: string): string {
  return hashOf(id).toString('hex');
}
