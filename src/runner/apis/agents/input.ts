import { Limit } from '../../../internal/abort.ts';
import { limits } from '../../limits.ts';
import type { LeftOpen } from '../../run/driver.ts';
import { mayArriveLate } from '../api-error.ts';
import type { SessionsApi } from './client.ts';
import { cancelActiveTurn, postEvents } from './session.ts';
import type { Turns } from './turns.ts';

/** A run's input to a session, and what the session may have made of it when the run ends early. */
export class SessionInput {
  /** True if the session has the input, or may still get it. A session that was never reached must not be changed. */
  #mayBeApplied = false;
  #isAccepted = false;
  #mayArriveLate = true;
  /** Settles when no request is in flight. */
  #inFlight: Promise<unknown> = Promise.resolve();
  readonly #api: SessionsApi;
  readonly #sessionId: string;
  readonly #turns: Turns;
  readonly #abandoned = new AbortController();

  constructor(api: SessionsApi, sessionId: string, turns: Turns) {
    this.#api = api;
    this.#sessionId = sessionId;
    this.#turns = turns;
  }

  /** Sends the input. A request in flight outlives the signal: the API may accept it all the same. */
  async send(input: readonly object[], signal: AbortSignal): Promise<void> {
    const lost: unknown[] = [];
    const onLost = (error: unknown): void => {
      lost.push(error);
    };
    const message = { type: 'agent.session.input.message', input };
    const posting = { signal, requestSignal: this.#abandoned.signal, onLost };
    this.#mayBeApplied = true;
    const sent = postEvents(this.#api.events, this.#sessionId, [message], posting).then(
      () => {
        this.#isAccepted = true;
        this.#turns.inputAccepted();
      },
      (error: unknown) => {
        this.#mayBeApplied = lost.length > 0;
        this.#mayArriveLate = lost.some(mayArriveLate);
        throw error;
      },
    );
    this.#inFlight = sent.catch(() => undefined);
    await new Limit(signal).within(sent);
  }

  /** Call when the session was read, with or without an input. */
  reached(): void {
    this.#mayBeApplied = true;
    this.#isAccepted = true;
  }

  /**
   * Cancels the turn that follows from the input, or the one that it joined.
   *
   * @returns what may still be active at the API
   */
  async cancelTurn(leaveMs: number): Promise<LeftOpen | undefined> {
    const leave = async (signal: AbortSignal): Promise<LeftOpen | undefined> => {
      await new Limit(signal, limits.leaveCreationMs).within(this.#inFlight).catch(() => undefined);
      this.#abandoned.abort();
      return this.#mayBeApplied ? this.#cancel(signal) : undefined;
    };
    return new Limit(undefined, leaveMs)
      .within(({ signal }) => leave(signal))
      .catch(() => ({
        message: `Session ${this.#sessionId} could not be cancelled and may still be active.`,
        callIds: [],
      }));
  }

  async #cancel(signal: AbortSignal): Promise<LeftOpen | undefined> {
    // Whether the session has the input may be unknown. It can also arrive later.
    const searchUntil = this.#isAccepted ? Infinity : Date.now() + limits.leaveLookMs;
    let left: LeftOpen | undefined;
    await cancelActiveTurn(this.#api, this.#sessionId, signal, async ({ status }) => {
      if (this.#turns.isDone(await this.#turns.refresh(signal), status)) return true;
      if (Date.now() <= searchUntil) return false;
      if (!this.#mayArriveLate) return true;
      const message = `Session ${this.#sessionId} may still get the input, because the response to it was lost. Check its turns before you continue.`;
      left = { message, callIds: [] };
      return true;
    });
    return left;
  }
}
