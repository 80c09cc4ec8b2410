import { Limit, sleep } from '../../internal/abort.ts';
import { limits } from '../limits.ts';
import { httpResponseOf, type HttpResponse, notA } from './api-error.ts';

export interface StreamReader {
  /** Sends the request. Aborting the signal closes the stream. */
  readonly open: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Receives the HTTP response and the time of the request, if the SDK gives access to it. */
  readonly onResponse?: (response: HttpResponse, requestedAt: number) => void;
  /** Handles an event. Returns true when no later event matters. */
  readonly onEvent: (event: Fields) => boolean;
  /** Handles the reply of a server that does not stream. Returns false when the reply is malformed. */
  readonly onReply: (reply: unknown) => boolean;
  /**
   * Called while the stream is silent. Resolves with true when the stream is no longer needed. Undefined while there is
   * nothing to probe.
   */
  readonly probe: ((signal: AbortSignal) => Promise<boolean>) | undefined;
  /** Stops the reading. */
  readonly signal: AbortSignal;
}

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the events of one streamed request up to the last one that matters, or to the end of the stream, which may come
 * early.
 *
 * @throws the stream's error
 */
export async function readStream(reader: StreamReader): Promise<void> {
  // A signal of its own: the SDK ties a stream to its request's signal, and openai 5 and 6 never remove their
  // listeners.
  const request = new Limit(undefined);
  try {
    const opened: unknown = await new Limit(reader.signal).within(open(reader, request.signal));
    if (!isIterable(opened)) {
      if (reader.onReply(opened)) return;
      throw notA('an event stream', opened);
    }
    const events = opened[Symbol.asyncIterator]();
    for (;;) {
      const following = Promise.resolve(events.next());
      // Handles a rejection after the race has been lost.
      following.catch(() => undefined);
      const next = await nextOf(following, reader);
      if (next === undefined || next.done === true) return;
      const { value } = next;
      if (typeof value === 'object' && value !== null && reader.onEvent(value as Fields)) return;
    }
  } finally {
    request.abort();
  }
}

async function open(reader: StreamReader, signal: AbortSignal): Promise<unknown> {
  const requestedAt = Date.now();
  const sent = reader.open(signal);
  const response = await httpResponseOf('an event stream', sent);
  if (response) reader.onResponse?.(response, requestedAt);
  return sent;
}

type Next = IteratorResult<unknown>;

/** Returns undefined when the stream is no longer needed. */
async function nextOf(following: Promise<Next>, reader: StreamReader): Promise<Next | undefined> {
  const waiting = new Limit(reader.signal);
  const arrived = following.then((next) => ({ next }));
  const silence = async (): Promise<undefined> => {
    const { signal } = waiting;
    for (let silentMs = limits.streamSilentMs; ; silentMs += limits.streamSilentMs) {
      await sleep(limits.streamSilentMs, signal);
      const { probe } = reader;
      if (!probe && silentMs >= limits.streamUnknownMs) throw new TypeError('The stream sent no events.');
      // A probe that fails or hangs proves nothing.
      if (
        probe &&
        (await new Limit(signal, limits.streamProbeMs).within(({ signal }) => probe(signal)).catch(() => false))
      )
        return undefined;
    }
  };
  const silent = silence();
  silent.catch(() => undefined);
  try {
    return (await Promise.race([arrived, silent]))?.next;
  } finally {
    waiting.abort();
    waiting.close();
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function';
}
