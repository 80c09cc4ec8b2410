const WINDOW_MS = 60_000;

/** So many in any 60 seconds. */
export class WindowLimit {
  readonly #most: number;
  readonly #now: () => number;
  #times: number[] = [];

  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  /** How long to wait until there is room for one more, in milliseconds; 0 when there is. */
  waitMs(): number {
    const now = this.#now();
    // What lies in the future was counted while the clock was ahead.
    this.#times = this.#times.filter((time) => time > now - WINDOW_MS && time <= now);
    const oldest = this.#times[0];
    return oldest === undefined || this.#times.length < this.#most ? 0 : oldest + WINDOW_MS - now;
  }

  count(): void {
    if (this.#most !== Infinity) this.#times.push(this.#now());
  }
}
