import { Refusal } from './refusal.ts';

const MOST_STREAMS = 100;
const BEAT_MS = 15_000;
/** How soon a browser asks again after a break. */
const RETRY_MS = 2_000;

interface Stream {
  readonly isStillIn: () => boolean;
  /** Says that something changed. What nobody has read yet says it already. */
  readonly changed: () => void;
  readonly beat: () => void;
  readonly end: () => void;
}

/** The open streams of server-sent events. They say that something has changed, and never what. */
export class EventStreams {
  readonly #streams = new Set<Stream>();
  #beating: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param isStillIn asked every 15 s: whoever has signed out, or been signed in for too long, is told no more
   * @throws Refusal 503 when there are 100 already, or after {@link close}
   */
  open(signal: AbortSignal, isStillIn: () => boolean): Response {
    if (this.#isClosed || this.#streams.size >= MOST_STREAMS) {
      const headers = { 'retry-after': '10' };
      throw new Refusal(503, 'too_many_streams', 'There are too many streams of events.', { headers });
    }
    const body = this.#stream(signal, isStillIn);
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  }

  changed(): void {
    for (const stream of this.#streams) stream.changed();
  }

  /** Ends every stream, and takes no new one. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
  }

  #stream(signal: AbortSignal, isStillIn: () => boolean): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let hasUnread = false;
    let left: () => void = () => undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const write = (text: string): void => {
          controller.enqueue(encoder.encode(text));
        };
        const stream: Stream = {
          isStillIn,
          changed: () => {
            if (hasUnread) return;
            hasUnread = true;
            write('event: change\ndata: {}\n\n');
          },
          beat: () => {
            // One that is not read would only fill up.
            if ((controller.desiredSize ?? 0) > 0) write(': still here\n\n');
          },
          end: () => {
            left();
            controller.close();
          },
        };
        left = () => {
          this.#remove(stream);
          signal.removeEventListener('abort', stream.end);
        };
        write(`retry: ${RETRY_MS}\n\n`);
        this.#add(stream);
        if (signal.aborted) stream.end();
        else signal.addEventListener('abort', stream.end, { once: true });
      },
      pull: () => {
        hasUnread = false;
      },
      cancel: () => {
        left();
      },
    });
  }

  #add(stream: Stream): void {
    this.#streams.add(stream);
    this.#beating ??= setInterval(() => {
      for (const one of this.#streams) {
        if (one.isStillIn()) one.beat();
        else one.end();
      }
    }, BEAT_MS);
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#beating);
    this.#beating = undefined;
  }
}
