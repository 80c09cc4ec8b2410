import { badRequest } from '../api-fault.ts';
import { EventStream } from '../event-stream.ts';
import { wrongType } from '../request-checks.ts';
import type { ThinkingTime } from '../thinking-time.ts';
import type { Json } from '../wire.ts';

/** The events and subscribers of a response created with `stream`. A late subscriber gets every event. */
export class ResponseEvents {
  readonly #sent: { readonly type: string; readonly data: string }[] = [];
  readonly #streams = new Set<EventStream>();
  readonly #time: ThinkingTime;
  #isOver = false;

  /** @param time the thinking time, during which open streams keep the process alive */
  constructor(time: ThinkingTime) {
    this.#time = time;
  }

  /** Sends an event with the next sequence number. Serialised at once, because the data may change later. */
  send(type: string, event: Json): void {
    const data = JSON.stringify({ type, sequence_number: this.#sent.length, ...event });
    this.#sent.push({ type, data });
    for (const stream of this.#streams) stream.send(type, data);
  }

  /**
   * @param after the number of the last event that the client has
   * @param gone called when the client's connection breaks
   */
  subscribe(request: Request, after = -1, gone: () => void = () => undefined): Response {
    const stream: EventStream = new EventStream(request, (how) => {
      this.#streams.delete(stream);
      this.#time.isStreamed = this.#streams.size > 0;
      if (how === 'broken') gone();
    });
    this.#streams.add(stream);
    this.#time.isStreamed = true;
    for (const { type, data } of this.#sent.slice(after + 1)) stream.send(type, data);
    if (this.#isOver) stream.close();
    return stream.response;
  }

  /** Ends every stream. */
  close(): void {
    this.#isOver = true;
    for (const stream of this.#streams) stream.close();
  }

  break(): void {
    for (const stream of this.#streams) stream.break();
  }
}

/** @throws ApiFault with the API's message, unless the response can be joined */
export function joinable(events: ResponseEvents | undefined, isBackground: boolean): ResponseEvents {
  if (isBackground && events) return events;
  const missing = isBackground ? 'stream=true' : 'background=true';
  throw badRequest(`This response cannot be streamed because it was not created with ${missing}.`, {
    param: 'stream',
    code: 'invalid_request_error',
  });
}

/** @throws ApiFault for a cursor that is not the number of an event */
export function readCursor(startingAfter: string | undefined): number | undefined {
  if (startingAfter === undefined) return undefined;
  if (/^\d{1,15}$/.test(startingAfter)) return Number(startingAfter);
  throw wrongType('starting_after', 'an integer', startingAfter);
}
