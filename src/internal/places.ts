import pLimit, { type LimitFunction } from 'p-limit';
import { raceAbort } from './abort.ts';

/** A limit of concurrent work, such as all scans of a runner: p-limit, whose work can be given up while it waits. */
export class Places {
  /** True once no more work starts. */
  isClosed = false;
  readonly #limit: LimitFunction;
  readonly #taken = new Set<Promise<void>>();

  constructor(count: number) {
    this.#limit = pLimit(count);
  }

  /**
   * Does the work once there is a place for it.
   *
   * @throws the signal's reason when it aborts first
   */
  async use<T>(signal: AbortSignal, work: () => PromiseLike<T>): Promise<T> {
    const leave = await this.#enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const entered = new Promise<void>((enter) => {
      if (this.isClosed) return;
      void this.#limit(async () => {
        enter();
        this.#taken.add(left);
        await left;
        this.#taken.delete(left);
      });
    });
    try {
      await raceAbort(entered, signal);
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Starts no more work: a caller that waits does so until its signal aborts. Resolves when no work is left. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.#limit.clearQueue();
    await Promise.all(this.#taken);
  }
}
