import { Limit, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { Queue } from '../../../internal/queue.ts';
import { limits } from '../../limits.ts';
import type { AgentSession, AgentTurn, SessionsApi } from './client.ts';
import type { TurnEvent } from './items.ts';
import { isSession, readSession } from './session.ts';

/** The content of an event, or of a read of the session. */
export interface SessionUpdate {
  /** Events may have been missed before this update. */
  readonly gap?: true;
  readonly session?: AgentSession;
  readonly turn?: AgentTurn;
  readonly event?: TurnEvent;
  /** The session was read after all earlier updates. An event may be stale. */
  readonly isRead?: true;
}

/** Watches a session by its events, and polls it while there are none. Events are live only. */
export class SessionWatch {
  /** Resolves when events arrive, or when they are unavailable for now. */
  readonly ready: Promise<void>;
  readonly #api: SessionsApi;
  readonly #sessionId: string;
  readonly #signal: AbortSignal;
  readonly #pollIntervalMs: number;
  /** A signal of its own: `close` also ends the stream. */
  readonly #open: Limit;
  readonly #updates = new Queue<SessionUpdate>();
  #isStreaming = false;
  #readAt: number;
  #markReady: (() => void) | undefined;
  #wake: (() => void) | undefined;

  constructor(
    api: SessionsApi,
    sessionId: string,
    signal: AbortSignal,
    { pollIntervalMs, streams }: { readonly pollIntervalMs: number; readonly streams: boolean },
  ) {
    this.#api = api;
    this.#sessionId = sessionId;
    this.#signal = signal;
    this.#pollIntervalMs = pollIntervalMs;
    this.#open = new Limit(signal);
    this.#readAt = Date.now() + pollIntervalMs;
    this.ready = new Promise((resolve) => {
      this.#markReady = resolve;
      if (!streams) resolve();
      else sleep(limits.sessionStreamReadyMs, this.#open.signal).then(resolve, resolve);
    });
    if (streams) this.#subscribe().catch(() => undefined);
  }

  /** Resolves with the next update. */
  async next(): Promise<SessionUpdate> {
    for (;;) {
      this.#signal.throwIfAborted();
      const first = this.#updates.shift();
      if (first) return first;
      const leftMs = this.#readAt - Date.now();
      if (leftMs > 0 && (await this.#wokenWithin(leftMs))) continue;
      this.#signal.throwIfAborted();
      const session = await this.#readUnlessWoken();
      if (!session || this.#updates.size > 0) {
        this.#readAt = Date.now() + limits.sessionPostponedReadMs;
        continue;
      }
      const intervalMs = this.#pollIntervalMs;
      this.#readAt = Date.now() + (this.#isStreaming ? Math.max(intervalMs, limits.sessionSafetyReadMs) : intervalMs);
      return { session, isRead: true };
    }
  }

  /** Reads the session within this time, after all updates so far are delivered. */
  readWithin(ms: number): void {
    this.#readAt = Math.min(this.#readAt, Date.now() + ms);
  }

  close(): void {
    this.#open.abort();
    this.#open.close();
  }

  async #subscribe(): Promise<void> {
    const { signal } = this.#open;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const events = await this.#api.events.stream(this.#sessionId, {}, { signal });
        this.#setStreaming(true);
        if (attempt > 1) this.#updates.push({ gap: true });
        for await (const event of events) {
          attempt = 1;
          const { session, turn } = event as Partial<SessionUpdate>;
          if (typeof turn?.id === 'string') this.#updates.push({ turn });
          if (isSession(session)) this.#updates.push({ session });
          if (isTurnEvent(event)) this.#updates.push({ event });
          if (this.#updates.size > 0) this.#wake?.();
        }
      } catch {
        // The session itself has the state.
      }
      this.#setStreaming(false);
      await sleep(backoffMs(attempt, 250, 5_000), signal);
    }
  }

  #setStreaming(on: boolean): void {
    this.#isStreaming = on;
    // Missed events show only in the session itself.
    this.#readAt = 0;
    this.#markReady?.();
    this.#wake?.();
  }

  /** Returns undefined when events arrive during the read: they are newer than its result, and must not wait for it. */
  async #readUnlessWoken(): Promise<AgentSession | undefined> {
    const reading = new Limit(this.#signal);
    const woken = new Promise<undefined>((resolve) => {
      this.#wake = () => {
        resolve(undefined);
      };
    });
    const read = readSession(this.#api, this.#sessionId, reading.signal);
    // The rejection of a read that lost the race needs a handler.
    read.catch(() => undefined);
    try {
      return await Promise.race([read, woken]);
    } finally {
      this.#wake = undefined;
      reading.abort();
      reading.close();
    }
  }

  /** Returns false when the time is up. */
  async #wokenWithin(ms: number): Promise<boolean> {
    const waiting = new Limit(this.#open.signal, ms);
    let isWoken = false;
    this.#wake = () => {
      isWoken = true;
      waiting.abort();
    };
    await waiting.within(new Promise(() => undefined)).catch(() => undefined);
    this.#wake = undefined;
    return isWoken;
  }
}

/** Events with items and text. */
const ITEM_EVENTS: ReadonlySet<string> = new Set([
  'agent.session.turn.item.added',
  'agent.session.turn.item.done',
  'agent.session.turn.output_text.delta',
]);

function isTurnEvent(event: object): event is TurnEvent {
  const { type } = event as Partial<TurnEvent>;
  return typeof type === 'string' && ITEM_EVENTS.has(type);
}
