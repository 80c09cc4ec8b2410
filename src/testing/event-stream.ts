/** Cancel reason for a stream whose server must not notice that the client is gone. */
export const UNNOTICED: unique symbol = Symbol('unnoticed');

/** The end of a stream: closed by its server, broken or closed by its client, or lost without the server noticing. */
export type StreamEnd = 'closed' | 'broken' | 'unnoticed';

/** Data of the last event of an Assistants API stream. */
export const DONE = '[DONE]';

const ENCODER = new TextEncoder();

/** One open `text/event-stream`, the response to one request. It drops events sent after its end. */
export class EventStream {
  readonly response: Response;
  /** Referenced, because a garbage-collected request no longer aborts its signal. */
  readonly #request: Request;
  readonly #ended: (how: StreamEnd) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isOpen = true;
  #isBreaking = false;

  /** @param ended called once, at the end of the stream and never inside the constructor */
  constructor(request: Request, ended: (how: StreamEnd) => void = () => undefined) {
    this.#request = request;
    this.#ended = ended;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          if (this.#isBreaking) this.#breakNow();
        },
        cancel: (reason) => {
          this.#end(reason === UNNOTICED ? 'unnoticed' : 'broken');
        },
      },
      // `pull` is only called when the reader has read everything.
      { highWaterMark: 0 },
    );
    this.response = new Response(body, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    });
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (request.signal.aborted) queueMicrotask(this.#onAbort);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @param data the event's data, serialized at once, because it may change later; a string is sent as it is */
  send(event: string, data: unknown): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.write(ENCODER.encode(`event: ${event}\ndata: ${text}\n\n`));
  }

  /** Sends a comment, which clients ignore. */
  comment(text: string): void {
    this.write(ENCODER.encode(`: ${text}\n\n`));
  }

  /** Sends a chunk as it is. */
  write(chunk: Uint8Array): void {
    if (this.#isOpen) this.#controller?.enqueue(chunk);
  }

  /** Ends the stream after the events sent so far. */
  close(): void {
    if (!this.#isOpen) return;
    this.#controller?.close();
    this.#end('closed');
  }

  /** Breaks the connection after the events sent so far. */
  break(): void {
    if (!this.#isOpen) return;
    this.#isBreaking = true;
    // An error would discard unread chunks, so it waits for the next read.
    if (this.#controller?.desiredSize === 0) this.#breakNow();
    this.#end('broken');
  }

  #breakNow(): void {
    this.#controller?.error(new TypeError('terminated'));
  }

  /** Aborts the stream, even after its end: as with `fetch`, unread chunks are lost. */
  readonly #onAbort = (): void => {
    this.#controller?.error(this.#request.signal.reason);
    this.#end('broken');
  };

  #end(how: StreamEnd): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ended(how);
  }
}

export function isEventStream(reply: Response): boolean {
  return reply.headers.get('content-type')?.startsWith('text/event-stream') === true;
}
