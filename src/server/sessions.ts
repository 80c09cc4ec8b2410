import { randomBytes } from 'node:crypto';
import { hashOf, type Person } from './credentials.ts';

/** A signed-in approver. */
export interface Session extends Person {
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const SESSION_MS = 12 * 60 * 60_000;
const MAX_PER_APPROVER = 50;
const SECRET_BYTES = 32;

/** The page's sessions, in memory, by the hash of their secret. Beyond 50 of an approver, that approver's oldest ends. */
export class Sessions {
  readonly #byHash = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open({ name, roles }: Person): { readonly secret: string; readonly session: Session } {
    const now = this.#now();
    for (const [hash, { expiresAt }] of this.#byHash) if (now >= expiresAt) this.#byHash.delete(hash);
    const own = [...this.#byHash].filter(([, session]) => session.name === name);
    for (const [hash] of own.slice(0, Math.max(0, own.length - MAX_PER_APPROVER + 1))) this.#byHash.delete(hash);
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const session = { name, roles, expiresAt: now + SESSION_MS };
    this.#byHash.set(hexHash(secret), session);
    return { secret, session };
  }

  find(secret: string): Session | undefined {
    const session = this.#byHash.get(hexHash(secret));
    return session && this.#now() < session.expiresAt ? session : undefined;
  }

  end(secret: string): void {
    this.#byHash.delete(hexHash(secret));
  }
}

function hexHash(secret: string): string {
  return hashOf(secret).toString('hex');
}
