import type { Json, NewId } from '../wire.ts';

interface Subscriber {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** Kept: a request that is collected forgets to abort its signal. */
  readonly request: Request;
  readonly onAbort: () => void;
}

/** The open event streams of one session. They are live: an event reaches who has subscribed before it. */
export class EventHub {
  readonly #newId: NewId;
  readonly #subscribers = new Set<Subscriber>();

  constructor(newId: NewId) {
    this.#newId = newId;
  }

  subscribe(request: Request): Response {
    let leave = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const onAbort = (): void => {
          leave();
          controller.error(request.signal.reason);
        };
        const subscriber = { controller, request, onAbort };
        leave = () => {
          this.#remove(subscriber);
        };
        this.#subscribers.add(subscriber);
        request.signal.addEventListener('abort', onAbort, { once: true });
        // A comment: servers send the headers with the first bytes.
        controller.enqueue(bytes(': subscribed\n\n'));
      },
      cancel: () => {
        leave();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' } });
  }

  /** The event is written now: what it holds may change later. */
  send(type: string, event: Json): void {
    const data = JSON.stringify({ type, event_id: this.#newId('evt'), ...event });
    for (const { controller } of this.#subscribers) controller.enqueue(bytes(`event: ${type}\ndata: ${data}\n\n`));
  }

  /** Breaks the connection of every stream. */
  break(): void {
    for (const subscriber of this.#subscribers) {
      this.#remove(subscriber);
      subscriber.controller.error(new TypeError('terminated'));
    }
  }

  /** Ends every stream. */
  close(): void {
    for (const subscriber of this.#subscribers) {
      this.#remove(subscriber);
      subscriber.controller.close();
    }
  }

  #remove(subscriber: Subscriber): void {
    subscriber.request.signal.removeEventListener('abort', subscriber.onAbort);
    this.#subscribers.delete(subscriber);
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
