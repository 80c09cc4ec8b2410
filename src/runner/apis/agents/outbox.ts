import { randomUUID } from 'node:crypto';
import { sleep, withOwnSignal } from '../../../internal/abort.ts';
import { retryAfterOf, isRateLimited, isResponseLost, messageOf, statusOf } from '../api-error.ts';
import { MAX_ATTEMPTS, retryWaitMs } from '../api.ts';
import type { SessionEventsApi } from './client.ts';
import { limits } from '../../limits.ts';

/** OpenAI takes 16,384 events in one request; a compatible server was seen to take 32. */
const MAX_EVENTS = 32;

export interface Outbox {
  /** Sends an input event; resolves when the API has accepted it, or does not want it any more. */
  send(event: object): Promise<void>;
}

/** Sends events as soon as they are there, those that are there together in one request. */
export function createOutbox(api: SessionEventsApi, sessionId: string, signal: AbortSignal): Outbox {
  let queue: { readonly event: object; readonly settle: (sent: Promise<void>) => void }[] = [];

  const flush = (): void => {
    const ready = queue;
    queue = [];
    for (let start = 0; start < ready.length; start += MAX_EVENTS) {
      const batch = ready.slice(start, start + MAX_EVENTS);
      const sent = post(batch.map(({ event }) => event));
      for (const { event, settle } of batch) {
        // A batch is taken or refused as a whole: one that is refused says nothing of its other events.
        settle(
          batch.length === 1
            ? sent
            : sent.catch(async (error: unknown) => {
                if (!isNotPending(error)) throw error;
                await post([event]);
              }),
        );
      }
    }
  };

  /** A request's key makes it safe to send again, whatever became of its reply. */
  async function post(events: readonly object[]): Promise<void> {
    const params = { events: [...events], 'Idempotency-Key': randomUUID() };
    for (let attempt = 1, refusals = 0; ;) {
      try {
        await withOwnSignal(signal, (own) => api.create(sessionId, params, { signal: own, maxRetries: 0 }));
        return;
      } catch (error) {
        signal.throwIfAborted();
        const pendingWait = isNotPending(error) ? limits.resultRetryMs[refusals] : undefined;
        if (pendingWait !== undefined && events.length === 1) {
          refusals += 1;
          await sleep(pendingWait, signal);
        } else if (isRetryable(error) && attempt < MAX_ATTEMPTS) {
          await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), signal);
          attempt += 1;
        } else throw error;
      }
    }
  }

  return {
    async send(event) {
      return new Promise((resolve) => {
        if (queue.length === 0) setImmediate(flush);
        queue.push({ event, settle: resolve });
      });
    },
  };
}

/** What the API says of a call or request that it does not know yet, and of one that nobody waits for any more. */
export function isNotPending(error: unknown): boolean {
  return /Unknown pending /.test(messageOf(error));
}

/** A conflict is an answer here: the key makes a request that was taken safe to send again. */
function isRetryable(error: unknown): boolean {
  return statusOf(error) !== 409 && (isResponseLost(error) || isRateLimited(error));
}
