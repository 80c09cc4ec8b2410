import { SlidingWindowRateLimiter } from './rate-limiter.ts';

/** A session of the approvals page. */
export interface Session {
  /** The approver's name. */
  readonly name: string;
  /** The first 16 hexadecimal digits of the SHA-256 of the approver's token. The session ends when the token changes. */
  readonly tokenId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What the replicas of a gateway server share, besides the approvals: `postgresServerState(pool)`, or yours. */
export interface ServerState {
  /**
   * Opens a session, and ends the oldest ones of its approver beyond 50. Resolves with the epoch milliseconds at which it expires.
   *
   * @param hash SHA-256 of its secret, in hexadecimal
   */
  openSession(hash: string, approver: Omit<Session, 'expiresAt'>, lifetimeMs: number): Promise<number>;
  /** Finds a session that has neither expired nor ended. */
  findSession(hash: string): Promise<Session | undefined>;
  endSession(hash: string): Promise<void>;
  /**
   * Counts an event of this name, unless there were too many in the last minute. Resolves with 0 if it was counted, otherwise with
   * the milliseconds until another attempt makes sense.
   */
  count(name: string, perMinute: number): Promise<number>;
  /**
   * Calls the listener soon after any replica has changed an approval, a grant or the freeze, or has logged a decision. Calls
   * without a change are allowed. Returns a function that removes the listener.
   */
  observe(listener: () => void): () => void;
  /** Returns epoch milliseconds of a clock that all replicas share. Default: `Date.now`. */
  now?(): number;
}

export const STATE_METHODS: readonly (keyof ServerState)[] = [
  'openSession',
  'findSession',
  'endSession',
  'count',
  'observe',
];

const MAX_PER_APPROVER = 50;

/** The state of a server without replicas. */
export class MemoryServerState implements ServerState {
  readonly #sessions = new Map<string, Session>();
  readonly #limiters = new Map<string, SlidingWindowRateLimiter>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async openSession(hash: string, approver: Omit<Session, 'expiresAt'>, lifetimeMs: number): Promise<number> {
    const now = this.#now();
    for (const [other, { expiresAt }] of this.#sessions) if (now >= expiresAt) this.#sessions.delete(other);
    const own = [...this.#sessions].filter(([, { name }]) => name === approver.name);
    for (const [other] of own.slice(0, Math.max(0, own.length - MAX_PER_APPROVER + 1))) this.#sessions.delete(other);
    const expiresAt = now + lifetimeMs;
    this.#sessions.set(hash, { ...approver, expiresAt });
    return expiresAt;
  }

  async findSession(hash: string): Promise<Session | undefined> {
    const session = this.#sessions.get(hash);
    return session && this.#now() < session.expiresAt ? session : undefined;
  }

  async endSession(hash: string): Promise<void> {
    this.#sessions.delete(hash);
  }

  async count(name: string, perMinute: number): Promise<number> {
    const limiter = this.#limiters.get(name) ?? new SlidingWindowRateLimiter(perMinute, this.#now);
    this.#limiters.set(name, limiter);
    const waitMs = limiter.waitMs();
    if (waitMs === 0) limiter.count();
    return waitMs;
  }

  observe(): () => void {
    return () => undefined;
  }
}
