import pLimit from 'p-limit';
import { raceAbort } from '../../internal/abort.ts';
import type { Limiter } from '../call/limiter.ts';

/** The slots in which the handlers of all runs of a runner work. */
export interface HandlerSlots {
  readonly run: Limiter;
  readonly isStopped: boolean;
  /**
   * Resolves if outputs may be submitted. Once stopped, waits until the signal aborts and rejects with its reason: the
   * model would request the next calls, which do not start.
   */
  readonly proceed: (signal: AbortSignal) => Promise<void>;
  /** Starts no further handler. Resolves when those that have started are over. */
  stop(): Promise<void>;
}

export function createHandlerSlots(count: number): HandlerSlots {
  const limit = pLimit(count);
  const started = new Set<Promise<unknown>>();
  const never = new Promise<never>(() => undefined);
  let isStopped = false;
  return {
    run: async (work) =>
      limit(async () => {
        // Keeps its slot, and waits until its run ends.
        if (isStopped) return never;
        const working = work();
        started.add(working);
        return working.finally(() => started.delete(working));
      }),
    get isStopped() {
      return isStopped;
    },
    async proceed(signal) {
      signal.throwIfAborted();
      if (isStopped) await raceAbort(never, signal);
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled(started);
    },
  };
}
