import { Limit } from '../../../internal/abort.ts';
import type { InputTrace, SentInput } from '../../journal/events.ts';
import { limits } from '../../limits.ts';
import { RunFailure } from '../../errors.ts';
import type { LeftOpen } from '../../run/driver.ts';
import { mayArriveLate } from '../api-error.ts';
import type { SessionsApi } from './client.ts';
import { findInput, hashOfInput, turnOf, type InputSearch } from './input-search.ts';
import type { TurnEvent } from './items.ts';
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
  /** The input as an earlier process recorded it before it sent it. */
  readonly #sentBefore: SentInput | undefined;
  #trace: InputTrace | undefined;
  /** True if the session is idle and its turn is unknown. */
  #isGivenUp = false;

  constructor(api: SessionsApi, sessionId: string, turns: Turns, sentBefore: SentInput | undefined) {
    this.#api = api;
    this.#sessionId = sessionId;
    this.#turns = turns;
    this.#sentBefore = sentBefore;
  }

  /**
   * Sends the input. One that an earlier process may have sent goes out again only if the session is as it was then.
   *
   * @param record records that it is about to be sent, and returns its idempotency key
   * @throws RunFailure `reply_lost` if the session may have it already
   */
  async send(
    input: readonly object[],
    signal: AbortSignal,
    record: (input: InputTrace) => Promise<string | undefined>,
  ): Promise<void> {
    const now = { ...this.#turns.before, hash: hashOfInput(input) };
    const before = this.#sentBefore;
    if (before && (now.after !== before.after || now.isActive || now.hash !== before.hash))
      throw new RunFailure('reply_lost', changedSince(now.hash === before.hash, this.#sessionId));
    this.#trace = now;
    await this.#post(input, signal, await record(now));
  }

  /** Finds the turn of the input by the event of its message. */
  note({ type, item }: TurnEvent): void {
    const hash = this.#trace?.hash;
    if (this.#turns.isFollowed || type !== 'agent.session.turn.item.added' || !item || hash === undefined) return;
    const id = turnOf(item);
    const mayHaveIt = id !== undefined && (id === this.#turns.root?.id || !this.#turns.wasListed(id));
    if (mayHaveIt && hashOfInput([item]) === hash) this.#turns.follow({ id, status: 'queued' });
  }

  /**
   * Finds the turn of the input at the API, if it is not found yet.
   *
   * @param status the session's
   * @throws RunFailure `reply_lost` when the session stays idle, and its turns since are not known to have the input
   */
  async find(status: string, signal: AbortSignal): Promise<void> {
    if (this.#turns.isFound || !this.#trace) return;
    const found = await this.#search(this.#trace, signal);
    if (found.is === 'absent') return;
    const { isSettled } = this.#turns;
    const onlyTurn = found.is === 'unknown' && isSettled ? found.onlyTurn : undefined;
    const turn = found.is === 'found' ? found.turn : onlyTurn;
    if (turn) this.#turns.follow(turn);
    else if (isSettled && status === 'idle') {
      this.#isGivenUp = true;
      throw new RunFailure('reply_lost', notFound(this.#sessionId));
    }
  }

  async #search(trace: InputTrace, signal: AbortSignal): Promise<InputSearch> {
    const search = async (own: AbortSignal): Promise<InputSearch> =>
      findInput(this.#api, this.#sessionId, trace, own, () => []);
    return new Limit(signal, limits.turnReadMs)
      .within(({ signal: own }) => search(own))
      .catch(() => {
        signal.throwIfAborted();
        return { is: 'unknown' };
      });
  }

  /** Sends the input. A request in flight outlives the signal: the API may accept it all the same. */
  async #post(input: readonly object[], signal: AbortSignal, idempotencyKey: string | undefined): Promise<void> {
    const lost: unknown[] = [];
    const onLost = (error: unknown): void => {
      lost.push(error);
    };
    const message = { type: 'agent.session.input.message', input };
    const posting = { idempotencyKey, signal, requestSignal: this.#abandoned.signal, onLost };
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
    // A later call finds the turn. The active one may be another client's.
    if (this.#isGivenUp || (this.#sentBefore && !this.#turns.isFound)) return { message: '', callIds: [] };
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
      await this.find(status, signal);
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

function changedSince(isSameInput: boolean, sessionId: string): string {
  const what = isSameInput ? 'turns are' : 'input is';
  return `A process ended while it sent an input of this runKey to session ${sessionId}, and its ${what} no longer the same, so the input is not sent again. Repeat the call with the first input, or look at the session and use another runKey.`;
}

function notFound(sessionId: string): string {
  return `Session ${sessionId} accepted the input, but it is unknown which turn has it: another client uses the session, or its lists are outdated. Look for the answer in the session's items; with a runKey, you can also repeat the call.`;
}
