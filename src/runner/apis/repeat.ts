import { sleep, withOwnSignal } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { statusOf } from './api-error.ts';

/** As often as the SDK itself sends a request. */
export const MAX_ATTEMPTS = 3;

export function retryWaitMs(attempt: number): number {
  return backoffMs(attempt, 500, 8_000);
}

/** The SDK repeats what has a status. Half a body has none, and a read may be repeated. */
export async function repeatRead<T>(signal: AbortSignal, read: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await withOwnSignal(signal, read);
    } catch (error) {
      if (statusOf(error) !== undefined || attempt >= MAX_ATTEMPTS || signal.aborted) throw error;
      await sleep(retryWaitMs(attempt), signal);
    }
  }
}
