import { randomUUID } from 'node:crypto';
import { Limit, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { limits } from '../../limits.ts';
import { assertNoPage, isRateLimited, isResponseLost, messageOf, notA, statusOf } from '../api-error.ts';
import { MAX_ATTEMPTS, retryRead, pauseBeforeRetry } from '../api.ts';
import type { AgentSession, SessionEventsApi, SessionsApi } from './client.ts';

/** The status of a session that is paused because it reached its spending limit. It continues when the limit is raised. */
export const PAUSED = 'budget_reached';

/** Statuses of a session without an active turn. */
const ENDED: ReadonlySet<string> = new Set(['idle', 'failed', PAUSED]);

export async function readSession(api: SessionsApi, sessionId: string, signal: AbortSignal): Promise<AgentSession> {
  return retryRead(signal, async ({ signal: own }) => {
    const reply: unknown = await api.retrieve(sessionId, { signal: own });
    if (isSession(reply)) return reply;
    throw notA('a session', reply);
  });
}

export function isSession(value: unknown): value is AgentSession {
  const { status, required_actions: actions } = (value ?? {}) as Partial<AgentSession>;
  return typeof status === 'string' && Array.isArray(actions);
}

/**
 * Cancels a session's active turn, and waits until the session is idle or paused. A turn that becomes active meanwhile
 * is cancelled, too: the API may apply an earlier input after the cancellation.
 *
 * @param isOver tells whether no turn is to come, for a session that is idle or paused
 * @throws the signal's reason when that takes too long
 */
export async function cancelActiveTurn(
  api: SessionsApi,
  sessionId: string,
  signal: AbortSignal,
  isOver: (session: AgentSession) => Promise<boolean> = async () => true,
): Promise<void> {
  let cancelledAt = 0;
  let isActive = true;
  for (let attempt = 1, isDue = true; ; attempt += 1) {
    if (isDue) {
      const cancel = { events: [{ type: 'agent.session.input.cancel' }], 'Idempotency-Key': randomUUID() };
      // The idempotency key makes it safe to repeat.
      await retryRead(signal, ({ signal: own }) => api.events.create(sessionId, cancel, { signal: own }));
      cancelledAt = Date.now();
    }
    // The API accepts a cancel before it carries it out.
    await sleep(backoffMs(attempt, 50, 1_000), signal);
    const session = await readSession(api, sessionId, signal);
    const wasActive = isActive;
    isActive = !ENDED.has(session.status);
    if (session.status === 'failed' || (!isActive && (await isOver(session)))) return;
    isDue = isActive && (!wasActive || Date.now() - cancelledAt > limits.sessionRecancelMs);
  }
}

/** OpenAI accepts 16,384 events in one request; one compatible server accepted 32. */
const MAX_EVENTS = 32;

interface QueuedEvent {
  readonly event: object;
  readonly settle: (sent: Promise<void>) => void;
}

/** Sends events as soon as they exist, and those of the same tick in one request. */
export class Outbox {
  readonly #api: SessionEventsApi;
  readonly #sessionId: string;
  readonly #signal: AbortSignal;
  #queue: QueuedEvent[] = [];

  constructor(api: SessionEventsApi, sessionId: string, signal: AbortSignal) {
    this.#api = api;
    this.#sessionId = sessionId;
    this.#signal = signal;
  }

  /** Sends an input event. Resolves when the API has accepted it. */
  async send(event: object): Promise<void> {
    return new Promise((resolve) => {
      if (this.#queue.length === 0)
        setImmediate(() => {
          this.#flush();
        });
      this.#queue.push({ event, settle: resolve });
    });
  }

  #flush(): void {
    const ready = this.#queue;
    this.#queue = [];
    for (let start = 0; start < ready.length; start += MAX_EVENTS) {
      const batch = ready.slice(start, start + MAX_EVENTS);
      const sent = this.#post(batch.map(({ event }) => event));
      for (const { event, settle } of batch) {
        // The API accepts or rejects a batch as a whole. Send its events one by one to find the rejected one.
        settle(
          batch.length === 1
            ? sent
            : sent.catch(async (error: unknown) => {
                if (!isNotPending(error)) throw error;
                await this.#post([event]);
              }),
        );
      }
    }
  }

  async #post(events: readonly object[]): Promise<void> {
    return postEvents(this.#api, this.#sessionId, events, { signal: this.#signal });
  }
}

export interface Posting {
  /** The key under which the API takes the events once. Default: a new one. */
  readonly idempotencyKey?: string | undefined;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  /** Aborts an attempt in flight. Default: `signal`. */
  readonly requestSignal?: AbortSignal;
  /** Called with the error of an attempt that the API may have accepted all the same. */
  readonly onLost?: (error: unknown) => void;
}

/** Sends events in one request. Their idempotency key makes it safe to repeat it after a lost response. */
export async function postEvents(
  api: SessionEventsApi,
  sessionId: string,
  events: readonly object[],
  { idempotencyKey = randomUUID(), signal, requestSignal = signal, onLost }: Posting,
): Promise<void> {
  const params = { events: [...events], 'Idempotency-Key': idempotencyKey };
  for (let attempt = 1, rejections = 0; ;) {
    try {
      const reply = await new Limit(requestSignal).within(({ signal: own }) =>
        api.create(sessionId, params, { signal: own, maxRetries: 0 }),
      );
      assertNoPage('an acceptance of events', reply);
      return;
    } catch (error) {
      if (isResponseLost(error) && !isConflict(error)) onLost?.(error);
      signal.throwIfAborted();
      const pendingWait = isNotPending(error) ? limits.resultRetryMs[rejections] : undefined;
      if (pendingWait !== undefined && events.length === 1) {
        rejections += 1;
        await sleep(pendingWait, signal);
      } else if (isRetryable(error) && attempt < MAX_ATTEMPTS) {
        await pauseBeforeRetry(error, attempt, signal);
        attempt += 1;
      } else throw error;
    }
  }
}

/** Returns true if the API rejected a result because it does not know the call yet, or no longer waits for it. */
export function isNotPending(error: unknown): boolean {
  return /Unknown pending /.test(messageOf(error));
}

/** A conflict is final: the idempotency key already covers a repeated request. */
function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

function isRetryable(error: unknown): boolean {
  return !isConflict(error) && (isResponseLost(error) || isRateLimited(error));
}
