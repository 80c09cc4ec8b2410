import type { RunEvent, RunListener } from '../events.ts';
import { Limit } from '../../internal/abort.ts';
import { checkMethods } from '../../internal/checks.ts';
import { Queue } from '../../internal/queue.ts';

/**
 * A streamed run: its events in order, as they happen. The run does not wait for the reader; unread events are kept.
 * Leaving the iteration before its end aborts the run. The iteration throws the error that ended the run, as `result`
 * does.
 */
export interface RunStream<Result> extends AsyncIterable<RunEvent> {
  /** Resolves or rejects as the method without `stream` does. */
  readonly result: Promise<Result>;
}

/** The state that a stream adds to a run. */
export interface StreamSubscriber {
  readonly listener: RunListener;
  readonly signal: AbortSignal;
}

/** @param serve starts the run */
export function runStream<Result>(
  signal: AbortSignal | undefined,
  serve: (subscriber: StreamSubscriber) => Promise<Result>,
): RunStream<Result> {
  if (signal !== undefined) checkMethods('signal', signal, ['addEventListener', 'throwIfAborted']);
  const run = new Limit(signal);
  const unread = new Queue<RunEvent>();
  let wake = (): void => undefined;
  let hasEnded = false;
  let isLeft = false;
  let isTaken = false;

  const result = serve({
    signal: run.signal,
    listener: (event) => {
      unread.push(event);
      wake();
    },
  }).finally(() => {
    run.close();
    hasEnded = true;
    wake();
  });
  // The iteration throws the same error.
  result.catch(() => undefined);

  const next = async (): Promise<IteratorResult<RunEvent, undefined>> => {
    for (;;) {
      const event = isLeft ? undefined : unread.shift();
      if (event) return { done: false, value: event };
      if (hasEnded) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (!isLeft) await result;
    return { done: true, value: undefined };
  };

  return {
    result,
    [Symbol.asyncIterator]() {
      if (isTaken) throw new TypeError('The events of a stream can be read once. Collect them, or use onEvent.');
      isTaken = true;
      let last: Promise<unknown> = Promise.resolve();
      return {
        // Concurrent calls of `next()` queue up, as in a generator.
        next: async () => {
          const following = last.then(next);
          last = following.catch(() => undefined);
          return following;
        },
        // Settles a pending `next()` at once; a generator would wait for it.
        return: async () => {
          isLeft = true;
          run.abort(new DOMException('The iteration over the events of the run ended early.', 'AbortError'));
          // After `return()`, nothing of the run is in flight.
          await result.catch(() => undefined);
          return { done: true, value: undefined };
        },
      };
    },
  };
}
