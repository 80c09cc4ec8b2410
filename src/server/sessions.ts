import { randomBytes } from 'node:crypto';
import { hashOf, secretId, type Credentials, type Person } from './credentials.ts';
import type { ServerState } from './server-state.ts';

const SESSION_MS = 12 * 60 * 60_000;
const SECRET_BYTES = 32;

/** The page's sessions. The state has them by the hash of their secret; the credentials have their approvers. */
export class Sessions {
  readonly #state: ServerState;
  readonly #credentials: Credentials;

  constructor(state: ServerState, credentials: Credentials) {
    this.#state = state;
    this.#credentials = credentials;
  }

  /** @param token the approver's */
  async open({ name }: Person, token: string): Promise<{ readonly secret: string; readonly expiresAt: number }> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const expiresAt = await this.#state.openSession(hexHash(secret), { name, tokenId: secretId(token) }, SESSION_MS);
    return { secret, expiresAt };
  }

  /** Finds the approver, with the roles of today. A session ends when its token is no longer the approver's. */
  async find(secret: string): Promise<Person | undefined> {
    const session = await this.#state.findSession(hexHash(secret));
    return session && this.#credentials.approver(session.name, session.tokenId);
  }

  async end(secret: string): Promise<void> {
    await this.#state.endSession(hexHash(secret));
  }
}

function hexHash(secret: string): string {
  return hashOf(secret).toString('hex');
}
