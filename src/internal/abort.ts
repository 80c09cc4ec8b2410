import { setTimeout as delay } from 'node:timers/promises';

/**
 * Settles as `work` does, or rejects with the signal's reason the moment it aborts. The listener never outlives the
 * race, and a `work` that rejects after it lost is not an unhandled rejection.
 */
export async function raceAbort<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}

/** Waits `ms` milliseconds; rejects with the signal's own reason when it aborts first. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}

export interface LinkedController {
  readonly controller: AbortController;
  /** Removes the listeners; to be called in a `finally`. */
  readonly unlink: () => void;
}

/** A controller that aborts with any of the parents, for their reason. (`AbortSignal.any` leaked in early Node 20.) */
export function linkedController(...parents: readonly (AbortSignal | undefined)[]): LinkedController {
  const controller = new AbortController();
  const links = parents
    .filter((parent) => parent !== undefined)
    .map((parent) => {
      const onAbort = (): void => {
        controller.abort(parent.reason);
      };
      if (parent.aborted) onAbort();
      else parent.addEventListener('abort', onAbort, { once: true });
      return () => {
        parent.removeEventListener('abort', onAbort);
      };
    });
  return {
    controller,
    unlink: () => {
      for (const unlink of links) unlink();
    },
  };
}

/**
 * Gives `work` a signal of its own that aborts with the parent. For whoever adds listeners and never removes them, as
 * openai 5 and 6 do at each request.
 */
export async function withOwnSignal<T>(parent: AbortSignal, work: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
  const { controller, unlink } = linkedController(parent);
  try {
    return await work(controller.signal);
  } finally {
    unlink();
  }
}

/** The longest delay that `setTimeout` takes. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** Thrown by {@link withTimeLimit}; told from the work's own errors by its class. */
export class TimeLimitError extends Error {
  override readonly name: string = 'TimeLimitError';
}

/**
 * Gives `work` a signal that aborts with the parent or after `ms` milliseconds, and does not wait for work that ignores
 * it.
 *
 * @throws TimeLimitError after `ms`; the parent's reason when that aborts.
 */
export async function withTimeLimit<T>(
  ms: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const { controller, unlink } = linkedController(parent);
  // A longer timer would fire at once.
  const timer =
    ms < LONGEST_TIMER_MS &&
    setTimeout(() => {
      controller.abort(new TimeLimitError(`Took longer than ${ms} ms.`));
    }, ms);
  try {
    return await raceAbort(work(controller.signal), controller.signal);
  } finally {
    if (timer) clearTimeout(timer);
    unlink();
  }
}
