import { limitedController, raceAbort, TimeLimitError, withTimeLimit } from '../internal/abort.ts';

/** How long a stream may say nothing before somebody looks whether it still has something to say. */
const SILENT_MS = 5_000;

export interface LiveEvents {
  /** Sends the request; the stream is closed with its signal. */
  readonly open: (signal: AbortSignal) => PromiseLike<unknown>;
  /** Takes an event; returns true when nothing of use comes after it. */
  readonly take: (event: Fields) => boolean;
  /** Called when the stream has said nothing for a while; resolves with true when it need not be waited for any more. */
  readonly onSilence: (signal: AbortSignal) => Promise<boolean>;
  /** Until when the events are of use. */
  readonly signal: () => AbortSignal;
}

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the events of one streamed request, up to the last one of use, or to the stream's end, which may come early.
 *
 * @throws what broke the stream
 */
export async function readLive({ open, take, onSilence, signal }: LiveEvents): Promise<void> {
  // Of its own: the SDK ends a stream by its request's signal, and openai 5 and 6 never take their listeners away.
  const request = limitedController(undefined);
  try {
    const opened: unknown = await raceAbort(open(request.signal), signal());
    if (!isIterable(opened)) throw new TypeError('The client did not answer with a stream of events.');
    const events = opened[Symbol.asyncIterator]();
    for (;;) {
      const following = Promise.resolve(events.next());
      // When it is not waited for any more, what breaks it is nobody's to handle.
      following.catch(() => undefined);
      const next = await nextWithin(following, signal(), onSilence);
      if (next === undefined || next.done === true) return;
      const { value } = next;
      if (typeof value === 'object' && value !== null && take(value as Fields)) return;
    }
  } finally {
    request.controller.abort();
  }
}

/** Undefined when it is not worth waiting for. */
async function nextWithin(
  following: Promise<IteratorResult<unknown>>,
  signal: AbortSignal,
  onSilence: LiveEvents['onSilence'],
): Promise<IteratorResult<unknown> | undefined> {
  for (;;) {
    try {
      return await withTimeLimit(SILENT_MS, signal, async () => following);
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
    }
    if (await onSilence(signal)) return undefined;
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function';
}
