import { clientOf } from '../internal/connections.ts';
import { rateLimited } from './http-error.ts';
import { SlidingWindowRateLimiter } from './rate-limiter.ts';

/** Wrong secrets a minute that an address may send before its responses are delayed. */
const FREE_PER_MINUTE = 10;
const DELAY_MS = 1_000;
/** Delayed wrong secrets of an address at once; further secrets of approvers are not checked. */
const MAX_DELAYED = 32;
/** Beyond this, the address without a wrong secret for the longest time is forgotten. */
const MAX_ADDRESSES = 10_000;

interface Address {
  readonly wrong: SlidingWindowRateLimiter;
  delayed: number;
}

/**
 * Slows the guessing of secrets, by address. It delays wrong ones, and never right ones: an attacker cannot lock out an
 * approver without a flood. A delay lasts also when the client disconnects, so an address has 32 guesses a second.
 */
export class Guesses {
  readonly #addresses = new Map<string, Address>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws HttpError 429 for an address that floods, whether the secret is right or wrong */
  check(request: Request): void {
    const { delayed = 0 } = this.#addresses.get(addressOf(request)) ?? {};
    if (delayed >= MAX_DELAYED) throw rateLimited('Too many wrong tokens from this address.', DELAY_MS);
  }

  /** Counts a wrong secret. Resolves after a second if the address has sent too many. */
  async wrong(request: Request): Promise<void> {
    this.check(request);
    const name = addressOf(request);
    const address = this.#addresses.get(name) ?? {
      wrong: new SlidingWindowRateLimiter(FREE_PER_MINUTE, this.#now),
      delayed: 0,
    };
    // Adding it again makes it the newest.
    this.#addresses.delete(name);
    this.#addresses.set(name, address);
    const [oldest] = this.#addresses.keys();
    if (this.#addresses.size > MAX_ADDRESSES && oldest !== undefined) this.#addresses.delete(oldest);
    if (address.wrong.waitMs() === 0) {
      address.wrong.count();
      return;
    }
    address.delayed += 1;
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS).unref());
    address.delayed -= 1;
  }
}

/** Returns the client's address; requests that an app forwards have none, and share a limit. */
function addressOf(request: Request): string {
  return clientOf(request)?.address ?? '';
}
