import { MAX_TIMER_MS } from '../../internal/abort.ts';
import { DONE, EventStream } from '../event-stream.ts';
import { partsOf, seconds, type Json } from '../wire.ts';
import type { PendingCall } from './run-parts.ts';

/** Statuses in which a run continues by itself. In all others its stream ends. */
const CONTINUING: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);

interface RunListener {
  /** Milliseconds until the run expires. */
  readonly leftMs: number;
  /** Called after that time. */
  readonly expire: () => void;
  /** Called once, at the end of the stream. The run continues. */
  readonly ended: () => void;
}

/** The event stream of a run, in the order of recorded streams. */
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
    if (CONTINUING.has(event) || event === 'created') return;
    this.#stream.send('done', DONE);
    this.#stream.close();
  }

  step(event: string, step: Json): void {
    this.#stream.send(`thread.run.step.${event}`, step);
  }

  /** @param step the step in progress, without its calls */
  calls(step: Json, calls: readonly PendingCall[]): void {
    this.#begin(step);
    for (const [index, { id, name, arguments: args }] of calls.entries()) {
      this.#delta(step, { index, id, type: 'function', function: { name, arguments: '', output: null } });
      for (const part of partsOf(args)) {
        this.#delta(step, { index, type: 'function', function: { arguments: part } });
      }
    }
  }

  /** @param step the step in progress, which completes with the message */
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

/** Fields that messages have only in a stream. */
const STATUS = { incomplete_details: null, incomplete_at: null, completed_at: null };
