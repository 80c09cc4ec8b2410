import { EventStream } from '../event-stream.ts';
import type { Json, NewId } from '../wire.ts';

/** The open event streams of one session. They are live: a subscriber receives only later events. */
export class EventHub {
  readonly #newId: NewId;
  readonly #streams = new Set<EventStream>();

  constructor(newId: NewId) {
    this.#newId = newId;
  }

  subscribe(request: Request): Response {
    const stream: EventStream = new EventStream(request, () => {
      this.#streams.delete(stream);
    });
    this.#streams.add(stream);
    // Servers send the headers with the first bytes.
    stream.comment('subscribed');
    return stream.response;
  }

  send(type: string, event: Json): void {
    const data = JSON.stringify({ type, event_id: this.#newId('evt'), ...event });
    for (const stream of this.#streams) stream.send(type, data);
  }

  /** Breaks the connection of every stream. */
  break(): void {
    for (const stream of this.#streams) stream.break();
  }

  /** Ends every stream. */
  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}
