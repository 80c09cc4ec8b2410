import { MAX_TIMER_MS } from '../../internal/abort.ts';
import { DONE, EventStream } from '../event-stream.ts';
import { partsOf, seconds, type Json } from '../wire.ts';
import type { PendingCall } from './fake-run-json.ts';

/** A run goes on by itself in these; in all others its stream ends. */
const GOES_ON: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);

interface RunListener {
  /** How long the run still has, in milliseconds. */
  readonly leftMs: number;
  /** Is told when that is over; who polls finds it out when it asks. */
  readonly expire: () => void;
  /** Is told once that the stream is over; the run goes on. */
  readonly ended: () => void;
}

/** Tells the client of one stream what becomes of a run, in the order of recorded streams. */
export class RunEvents {
  readonly #stream: EventStream;

  constructor(request: Request, { leftMs, expire, ended }: RunListener) {
    const expiry = setTimeout(expire, Math.min(leftMs, MAX_TIMER_MS)).unref();
    this.#stream = new EventStream(request, () => {
      clearTimeout(expiry);
      ended();
    });
  }

  get response(): Response {
    return this.#stream.response;
  }

  thread(thread: Json): void {
    this.#stream.send('thread.created', thread);
  }

  /** @param event the run's status, or `created` */
  run(event: string, run: Json): void {
    this.#stream.send(`thread.run.${event}`, run);
    if (GOES_ON.has(event) || event === 'created') return;
    this.#stream.send('done', DONE);
    this.#stream.close();
  }

  step(event: string, step: Json): void {
    this.#stream.send(`thread.run.step.${event}`, step);
  }

  /** @param step as it is while it is made: without its calls */
  calls(step: Json, calls: readonly PendingCall[]): void {
    this.#begin(step);
    for (const [index, { id, name, arguments: args }] of calls.entries()) {
      this.#delta(step, { index, id, type: 'function', function: { name, arguments: '', output: null } });
      for (const part of partsOf(args)) {
        this.#delta(step, { index, type: 'function', function: { arguments: part } });
      }
    }
  }

  /** @param step as it is while it is made; it completes with the message */
  message(step: Json, completed: Json, message: Json, text: string): void {
    this.#begin(step);
    const open = { ...message, ...STATUS, status: 'in_progress', content: [] };
    for (const event of ['created', 'in_progress']) this.#stream.send(`thread.message.${event}`, open);
    for (const [index, value] of partsOf(text).entries()) {
      const content = [{ index: 0, type: 'text', text: index === 0 ? { value, annotations: [] } : { value } }];
      const delta = { id: message['id'], object: 'thread.message.delta', delta: { content } };
      this.#stream.send('thread.message.delta', delta);
    }
    const whole = { ...message, ...STATUS, status: 'completed', completed_at: seconds(Date.now()) };
    this.#stream.send('thread.message.completed', whole);
    this.step('completed', completed);
  }

  break(): void {
    this.#stream.break();
  }

  #begin(step: Json): void {
    this.step('created', step);
    this.step('in_progress', step);
  }

  #delta({ id }: Json, call: Json): void {
    const details = { type: 'tool_calls', tool_calls: [call] };
    this.step('delta', { id, object: 'thread.run.step.delta', delta: { step_details: details } });
  }
}

/** What messages have in a stream only. */
const STATUS = { incomplete_details: null, incomplete_at: null, completed_at: null };
