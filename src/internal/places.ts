import { raceAbort } from './abort.ts';

/** A limited number of places for work that goes on at the same time, such as all scans of a runner. */
export class Places {
  /** True once no more places are given. */
  isClosed = false;
  readonly #count: number;
  #taken = 0;
  /** Those that wait for a place, oldest first. */
  readonly #waiting = new Set<() => void>();
  readonly #onEmpty: (() => void)[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** Does the work once there is a place for it. */
  async use<T>(work: () => PromiseLike<T>): Promise<T> {
    await this.take();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /**
   * Resolves once there is a place; call `leave` when the work is done.
   *
   * @throws the signal's reason when it aborts first
   */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#count && !this.isClosed) this.#taken += 1;
    else await this.#wait(signal);
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    let enter = (): void => undefined;
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    this.#waiting.add(enter);
    try {
      await (signal ? raceAbort(entered, signal) : entered);
    } catch (error) {
      // It may have got a place at the same moment.
      if (!this.#waiting.delete(enter)) this.leave();
      throw error;
    }
  }

  /** Gives the place to the next that waits. */
  leave(): void {
    const [next] = this.isClosed ? [] : this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next();
      return;
    }
    this.#taken -= 1;
    if (this.#taken === 0) for (const done of this.#onEmpty.splice(0)) done();
  }

  /** Gives no more places: a caller that waits does so until its signal aborts. Resolves when all places are empty. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.#taken === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty.push(resolve);
    });
  }
}
