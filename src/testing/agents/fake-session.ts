import { badRequest, conflict } from '../api-fault.ts';
import type { Model } from '../script.ts';
import type { Json } from '../wire.ts';
import { answersOf, type Answer } from './answers.ts';
import { checkIdempotencyKey, checkStrings } from './input-checks.ts';
import { RootRun } from './root-run.ts';
import type { SessionRecord } from './session-record.ts';

/** One session. It accepts input, which takes effect a moment later. */
export class FakeSession {
  readonly record: SessionRecord;
  readonly #model: Model;
  readonly #bodies = new Map<string, string>();
  #run: RootRun | undefined;
  #isDeleted = false;
  #applied: Promise<unknown> = Promise.resolve();

  constructor(model: Model, record: SessionRecord) {
    this.#model = model;
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get isActive(): boolean {
    return this.#run?.turn.isOver === false;
  }

  /** Accepts all events or none. They take effect in the order in which they were accepted. */
  accept(body: Json, key: string | null): void {
    checkIdempotencyKey(key);
    const text = JSON.stringify(body);
    const before = key === null ? undefined : this.#bodies.get(key);
    if (before === text) return;
    if (before !== undefined)
      throw conflict('This idempotency key was used with different input.', 'idempotency_conflict');
    const events = body['events'] as Json[];
    checkStrings(events, 'events');
    if (this.record.status === 'failed' && events.some(({ type }) => type === 'agent.session.input.message')) {
      throw badRequest(`Session '${this.record.id}' has failed: it takes no messages.`);
    }
    const answers = answersOf(events, this.record.asks);
    for (const { ask, event } of answers) ask.accepted = event;
    if (key !== null) this.#bodies.set(key, text);
    this.#applied = Promise.all([this.#applied, moment(this.#model.thinkMs / 3)]).then(() => {
      for (const event of events) if (!this.#isDeleted) this.#apply(event, answers);
    });
  }

  #apply(event: Json, answers: readonly Answer[]): void {
    switch (event['type']) {
      case 'agent.session.input.message':
        this.addInput(event['input'] as Json[]);
        return;
      case 'agent.session.input.cancel':
        this.end('cancelled');
        return;
      default: {
        const answer = answers.find((one) => one.event === event);
        if (answer) this.#run?.answer(answer.ask);
      }
    }
  }

  /** Starts a turn, or adds the input to the active one. */
  addInput(input: readonly Json[]): void {
    if (this.#run && this.isActive) {
      this.#run.addInput(input);
      return;
    }
    this.#run = new RootRun(this.#model, this.record, input);
  }

  /** Continues the turn that paused at the spending limit, because the limit has changed. */
  budgetChanged(): void {
    if (this.isActive && this.record.status === 'budget_reached') this.#run?.resume();
  }

  /** Ends the active turn at once, if there is one. */
  end(status: 'cancelled' | 'failed'): void {
    if (!this.isActive) return;
    const error = { code: 'server_error', message: 'The turn was ended from outside.' };
    this.#run?.end(status, status === 'failed' ? error : null);
  }

  /** Ends its event streams. Accepted input no longer takes effect. */
  delete(): void {
    this.#isDeleted = true;
    this.record.events.close();
  }

  /** Breaks the connection of every stream of its events. */
  breakStreams(): void {
    this.record.events.break();
  }
}

/** Waits long enough that a request sent at once still finds the session unchanged. */
async function moment(ms: number): Promise<void> {
  if (ms > 0) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return;
  }
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
