import { limitedController, raceAbort, sleep } from '../../../internal/abort.ts';
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

export interface Watch {
  /** Resolves when events arrive, or when they are unavailable for now. */
  readonly ready: Promise<void>;
  /** Resolves with the next update. */
  next(): Promise<SessionUpdate>;
  /** Reads the session within this time, after all updates so far are delivered. */
  readWithin(ms: number): void;
  close(): void;
}

/** Watches a session by its events, and polls it while there are none. Events are live only. */
export function watchSession(
  api: SessionsApi,
  sessionId: string,
  signal: AbortSignal,
  { pollIntervalMs, streams }: { readonly pollIntervalMs: number; readonly streams: boolean },
): Watch {
  // A signal of its own: `close` also ends the stream.
  const open = limitedController(signal);
  const updates = new Queue<SessionUpdate>();
  let isStreaming = false;
  let readAt = Date.now() + pollIntervalMs;
  let wake = (): void => undefined;
  let markReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });

  const setStreaming = (on: boolean): void => {
    isStreaming = on;
    // Missed events show only in the session itself.
    readAt = 0;
    markReady();
    wake();
  };

  const subscribe = async (): Promise<void> => {
    for (let attempt = 1; !open.signal.aborted; attempt += 1) {
      try {
        const events = await api.events.stream(sessionId, {}, { signal: open.signal });
        setStreaming(true);
        if (attempt > 1) updates.push({ gap: true });
        for await (const event of events) {
          attempt = 1;
          const { session, turn } = event as Partial<SessionUpdate>;
          if (typeof turn?.id === 'string') updates.push({ turn });
          if (isSession(session)) updates.push({ session });
          if (isTurnEvent(event)) updates.push({ event });
          if (updates.size > 0) wake();
        }
      } catch {
        // The session itself has the state.
      }
      setStreaming(false);
      await sleep(backoffMs(attempt, 250, 5_000), open.signal);
    }
  };
  if (streams) {
    subscribe().catch(() => undefined);
    sleep(limits.sessionStreamReadyMs, open.signal).then(markReady, markReady);
  } else markReady();

  /** Returns undefined when events arrive during the read: they are newer than its result, and must not wait for it. */
  const readUnlessWoken = async (): Promise<AgentSession | undefined> => {
    const reading = limitedController(signal);
    const woken = new Promise<undefined>((resolve) => {
      wake = () => {
        resolve(undefined);
      };
    });
    const read = readSession(api, sessionId, reading.signal);
    // The rejection of a read that lost the race needs a handler.
    read.catch(() => undefined);
    try {
      return await Promise.race([read, woken]);
    } finally {
      wake = () => undefined;
      reading.controller.abort();
      reading.close();
    }
  };

  /** Returns false when the time is up. */
  const wokenWithin = async (ms: number): Promise<boolean> => {
    const waiting = limitedController(open.signal, ms);
    let isWoken = false;
    wake = () => {
      isWoken = true;
      waiting.controller.abort();
    };
    await raceAbort(new Promise(() => undefined), waiting.signal).catch(() => undefined);
    waiting.close();
    wake = () => undefined;
    return isWoken;
  };

  return {
    ready,
    async next() {
      for (;;) {
        signal.throwIfAborted();
        const first = updates.shift();
        if (first) return first;
        const leftMs = readAt - Date.now();
        if (leftMs > 0 && (await wokenWithin(leftMs))) continue;
        signal.throwIfAborted();
        const session = await readUnlessWoken();
        if (!session || updates.size > 0) {
          readAt = Date.now() + limits.sessionPostponedReadMs;
          continue;
        }
        readAt = Date.now() + (isStreaming ? Math.max(pollIntervalMs, limits.sessionSafetyReadMs) : pollIntervalMs);
        return { session, isRead: true };
      }
    },
    readWithin(ms) {
      readAt = Math.min(readAt, Date.now() + ms);
    },
    close() {
      open.controller.abort();
      open.close();
    },
  };
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
