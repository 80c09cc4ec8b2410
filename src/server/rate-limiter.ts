const WINDOW_MS = 60_000;

/** Allows a maximum number of events in any 60 seconds. */
export class SlidingWindowRateLimiter {
  readonly #limit: number;
  readonly #now: () => number;
  #times: number[] = [];

  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Returns the milliseconds until the next event is allowed; 0 if it is allowed now. */
  waitMs(): number {
    const now = this.#now();
    // Drops times in the future, which were recorded before the clock was set back.
    this.#times = this.#times.filter((time) => time > now - WINDOW_MS && time <= now);
    const oldest = this.#times[0];
    return oldest === undefined || this.#times.length < this.#limit ? 0 : oldest + WINDOW_MS - now;
  }

  count(): void {
    if (this.#limit !== Infinity) this.#times.push(this.#now());
  }
}
