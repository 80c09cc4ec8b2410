import { limitedController, raceAbort, sleep, withTimeLimit } from '../../internal/abort.ts';
import { limits } from '../limits.ts';

export interface StreamReader {
  /** Sends the request; the stream is closed with its signal. */
  readonly open: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Takes an event; returns true when nothing of use comes after it. */
  readonly onEvent: (event: Fields) => boolean;
  /** Takes the reply of a server that does not stream; false when it is none. */
  readonly onReply: (reply: unknown) => boolean;
  /**
   * Called when the stream has said nothing for a while. Resolves with true when it need not be waited for any more; undefined where there is nothing to
   * look at yet.
   */
  readonly probe: ((signal: AbortSignal) => Promise<boolean>) | undefined;
  /** Until when the events are of use. */
  readonly signal: AbortSignal;
}

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the events of one streamed request, up to the last one of use, or to the stream's end, which may come early.
 *
 * @throws what broke the stream
 */
export async function readStream(reader: StreamReader): Promise<void> {
  // Of its own: the SDK ends a stream by its request's signal, and openai 5 and 6 never take their listeners away.
  const request = limitedController(undefined);
  try {
    const opened: unknown = await raceAbort(reader.open(request.signal), reader.signal);
    if (!isIterable(opened)) {
      if (reader.onReply(opened)) return;
      throw new TypeError('The client returned no event stream.');
    }
    const events = opened[Symbol.asyncIterator]();
    for (;;) {
      const following = Promise.resolve(events.next());
      // When it is not waited for any more, what breaks it is nobody's to handle.
      following.catch(() => undefined);
      const next = await nextOf(following, reader);
      if (next === undefined || next.done === true) return;
      const { value } = next;
      if (typeof value === 'object' && value !== null && reader.onEvent(value as Fields)) return;
    }
  } finally {
    request.controller.abort();
  }
}

type Next = IteratorResult<unknown>;

/** Undefined when it is not worth waiting for. */
async function nextOf(following: Promise<Next>, reader: StreamReader): Promise<Next | undefined> {
  const waiting = limitedController(reader.signal);
  const arrived = following.then((next) => ({ next }));
  const silence = async (): Promise<undefined> => {
    const { signal } = waiting;
    for (let silentMs = limits.streamSilentMs; ; silentMs += limits.streamSilentMs) {
      await sleep(limits.streamSilentMs, signal);
      const { probe } = reader;
      if (!probe && silentMs >= limits.streamUnknownMs) throw new TypeError('The stream sent no events.');
      // A look that fails, or hangs, says nothing.
      if (probe && (await withTimeLimit(limits.streamProbeMs, signal, probe).catch(() => false))) return undefined;
    }
  };
  const silent = silence();
  silent.catch(() => undefined);
  try {
    return (await Promise.race([arrived, silent]))?.next;
  } finally {
    waiting.controller.abort();
    waiting.close();
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function';
}
