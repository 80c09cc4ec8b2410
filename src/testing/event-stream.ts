/** The reason to cancel a stream with when its server is not to hear that nobody listens any more. */
export const UNNOTICED: unique symbol = Symbol('unnoticed');

/** How a stream is over: ended by its server, broken or left by its client, or lost on the way, which nobody notices. */
export type StreamEnd = 'closed' | 'broken' | 'unnoticed';

/** What ends a stream of the Assistants API. */
export const DONE = '[DONE]';

const ENCODER = new TextEncoder();

/** One open `text/event-stream`, the answer to one request. What is sent when it is over reaches nobody. */
export class EventStream {
  readonly response: Response;
  /** Kept: a request that is collected forgets to abort its signal. */
  readonly #request: Request;
  readonly #ended: (how: StreamEnd) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isOpen = true;
  #isBreaking = false;

  /** @param ended is told once that the stream is over; never before it is made */
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
      // Nothing is asked for before its reader has read all that was sent.
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

  /** @param data is written now, as JSON unless it is a string: what it holds may change later */
  send(event: string, data: unknown): void {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.write(ENCODER.encode(`event: ${event}\ndata: ${text}\n\n`));
  }

  /** Sends what no client reads. */
  comment(text: string): void {
    this.write(ENCODER.encode(`: ${text}\n\n`));
  }

  /** Sends a chunk as it is. */
  write(chunk: Uint8Array): void {
    if (this.#isOpen) this.#controller?.enqueue(chunk);
  }

  /** Ends the stream after what was sent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#controller?.close();
    this.#end('closed');
  }

  /** Breaks the connection after what was sent. */
  break(): void {
    if (!this.#isOpen) return;
    this.#isBreaking = true;
    // An error would discard what is still to be read: then the next read is told.
    if (this.#controller?.desiredSize === 0) this.#breakNow();
    this.#end('broken');
  }

  #breakNow(): void {
    this.#controller?.error(new TypeError('terminated'));
  }

  /** Also of a stream that was ended: as with `fetch`, what was not read yet is never read. */
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
