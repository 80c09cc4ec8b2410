import { setTimeout as delay } from 'node:timers/promises';
import { omitUndefined } from './omit-undefined.ts';

/** The longest delay of `setTimeout`, which fires longer ones at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** A time limit was reached. Its class distinguishes it from errors of the work itself. */
export class TimeLimitError extends Error {
  override readonly name: string = 'TimeLimitError';
}

/** Waits `ms` milliseconds. Rejects with the signal's own reason if it aborts first. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, omitUndefined({ signal }));
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}

/** What work within a limit gets. */
export interface Limited {
  readonly signal: AbortSignal;
}

/** The limits of signals: a child of one needs no event listener, which costs more than all else here. */
const limitOf = new WeakMap<AbortSignal, Limit>();

/** The limits that follow a signal of the caller's, with one listener. The last one that ends removes it. */
class Followers extends Set<Limit> {
  readonly #onEmpty: () => void;

  constructor(onEmpty: () => void) {
    super();
    this.#onEmpty = onEmpty;
  }

  override delete(limit: Limit): boolean {
    const isDeleted = super.delete(limit);
    if (isDeleted && this.size === 0) this.#onEmpty();
    return isDeleted;
  }
}

/**
 * A limit of work: it aborts when its parent does, with the parent's reason, or after `ms` milliseconds with `error`.
 * (`AbortSignal.any` leaks memory in early Node 20.) Its signal is created when it is first read: most gateways and
 * handlers never read theirs.
 */
export class Limit {
  /** True once the signal is aborted, also if it has not been created. */
  isAborted = false;
  readonly #timer: NodeJS.Timeout | undefined;
  /** The children of its parent. */
  readonly #siblings: Set<Limit> | undefined;
  /** Most limits have none. */
  #children: Set<Limit> | undefined;
  #controller: AbortController | undefined;
  #reason: unknown;
  #stop: ((reason: unknown) => void) | undefined;

  constructor(
    parent: AbortSignal | undefined,
    ms: number = Infinity,
    error: () => Error = () => new TimeLimitError(`Took longer than ${ms} ms.`),
  ) {
    if (parent?.aborted) this.abort(parent.reason);
    else if (parent) {
      this.#siblings = (limitOf.get(parent) ?? Limit.#follow(parent)).#children ??= new Set();
      this.#siblings.add(this);
    }
    const onTimeout = (): void => {
      this.abort(error());
    };
    if (ms <= MAX_TIMER_MS) this.#timer = setTimeout(onTimeout, Math.max(ms, 0));
  }

  static #follow(signal: AbortSignal): Limit {
    const followed = new Limit(undefined);
    const onAbort = (): void => {
      followed.abort(signal.reason);
    };
    followed.#children = new Followers(() => {
      signal.removeEventListener('abort', onAbort);
      limitOf.delete(signal);
    });
    limitOf.set(signal, followed);
    signal.addEventListener('abort', onAbort, { once: true });
    return followed;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      limitOf.set(this.#controller.signal, this);
      if (this.isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** @param reason default: an `AbortError` */
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.isAborted) return;
    this.isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#stop?.(reason);
    for (const child of this.#children ?? []) child.abort(reason);
  }

  /**
   * Does work within the limit, which then is over: settles as the work does, or rejects with the signal's reason as
   * soon as it aborts. If the work rejects after that, it is not an unhandled rejection. A function is not called once
   * the signal is aborted.
   */
  async within<T>(work: PromiseLike<T> | ((limit: Limited) => PromiseLike<T>)): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#stop = reject;
        // The abort comes first: aborted work never wins.
        if (this.isAborted) reject(this.#reason);
        if (typeof work !== 'function') work.then(resolve, reject);
        // A client in JavaScript may return the value itself.
        else if (!this.isAborted) Promise.resolve(work(this)).then(resolve, reject);
      });
    } finally {
      clearTimeout(this.#timer);
      this.#siblings?.delete(this);
    }
  }

  /** Ends a limit that has no work of its own. */
  close(): void {
    clearTimeout(this.#timer);
    this.#siblings?.delete(this);
  }
}

/** A time limit that several steps share. The time between them does not count. */
export class TimeBudget {
  #leftMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
  }

  /**
   * Calls `work` within the time that is left.
   *
   * @param maxMs limits this step further
   * @throws TimeLimitError when the time is up
   */
  async spend<T>(work: (signal: AbortSignal) => PromiseLike<T>, maxMs: number = Infinity): Promise<T> {
    const startedAt = performance.now();
    try {
      return await new Limit(undefined, Math.min(this.#leftMs, maxMs)).within(({ signal }) => work(signal));
    } finally {
      this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - startedAt));
    }
  }
}
