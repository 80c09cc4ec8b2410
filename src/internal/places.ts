import pLimit, { type LimitFunction } from 'p-limit';
import { Limit } from './abort.ts';

/** A limit of concurrent work, such as all scans of a runner: p-limit, whose work can be given up while it waits. */
export class Places {
  /** True once no more work starts. */
  isClosed = false;
  readonly #limit: LimitFunction;
  #closed: Promise<void> | undefined;

  constructor(count: number) {
    this.#limit = pLimit(count);
  }

  /**
   * Does the work once there is a place for it.
   *
   * @throws the signal's reason when it aborts first
   */
  async use<T>(signal: AbortSignal, work: () => PromiseLike<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#limit.activeCount < this.#limit.concurrency && !this.isClosed) return this.#limit(work);
    const leave = await this.#enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<() => void> {
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const entered = new Promise<void>((enter) => {
      if (this.isClosed) return;
      void this.#limit(async () => {
        enter();
        await left;
      });
    });
    try {
      await new Limit(signal).within(entered);
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Starts no more work: a caller that waits does so until its signal aborts. Resolves when no work is left. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.#closed ??= this.#finish();
    await this.#closed;
  }

  async #finish(): Promise<void> {
    this.#limit.clearQueue();
    // The only place is free once all the work that still runs has ended.
    this.#limit.concurrency = 1;
    await this.#limit(async () => Promise.resolve());
  }
}
