import { Limit, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { canonicalHash } from '../../../internal/json.ts';
import type { SentInput } from '../../journal/events.ts';
import { limits } from '../../limits.ts';
import { RunFailure } from '../../errors.ts';
import type { LeftOpen } from '../../run/driver.ts';
import { mayArriveLate } from '../api-error.ts';
import { listNewest } from '../api.ts';
import { extractConversation } from '../extract-conversation.ts';
import type { SessionsApi } from './client.ts';
import { cancelActiveTurn, postEvents } from './session.ts';
import { isRoot, type Turns } from './turns.ts';

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
  /** The input as an earlier process recorded it before it sent it, until its turn is found. */
  #sentBefore: SentInput | undefined;

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
   * @throws RunFailure `reply_lost` if the session may have it, or has it in a turn that is not found
   */
  async send(
    input: readonly object[],
    signal: AbortSignal,
    record: (input: Omit<SentInput, 'idempotencyKey'>) => Promise<string | undefined>,
  ): Promise<void> {
    const now = { ...this.#turns.before, hash: hashOfInput(input) };
    const before = this.#sentBefore;
    if (before && (now.after !== before.after || now.isActive || now.hash !== before.hash))
      throw new RunFailure('reply_lost', changedSince(now.hash === before.hash, this.#sessionId));
    await this.#post(input, signal, await record(now));
    if (!before) return;
    const found = await awaitInput(this.#api, this.#sessionId, before, signal);
    if (found === undefined) throw new RunFailure('reply_lost', notFoundYet(this.#sessionId));
    this.#turns.follow(found);
    this.#sentBefore = undefined;
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
    if (this.#sentBefore) return { message: '', callIds: [] };
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

function changedSince(isSameInput: boolean, sessionId: string): string {
  const what = isSameInput ? 'turns are' : 'input is';
  return `A process ended while it sent an input of this runKey to session ${sessionId}, and its ${what} no longer the same, so the input is not sent again. Repeat the call with the first input, or look at the session and use another runKey.`;
}

function notFoundYet(sessionId: string): string {
  return `The input of this runKey was sent to session ${sessionId}, which does not list its turn yet. Repeat the call to continue it.`;
}

/** Hashes the first message that has text; undefined without one. */
function hashOfInput(items: readonly object[]): string | undefined {
  const [first] = extractConversation(items).userMessages;
  return first === undefined ? undefined : canonicalHash(first);
}

/**
 * Finds the turn of an input that an earlier process may have sent: the only one with its message, since it was sent.
 *
 * @returns the turn's id; `none` if no turn can have the input; `unknown` if one may have it
 */
export async function findInput(
  { turns, items }: SessionsApi,
  sessionId: string,
  { after, isActive, hash }: SentInput,
  signal: AbortSignal,
): Promise<{ readonly turnId: string } | 'none' | 'unknown'> {
  if (!turns || !items || after === undefined || hash === undefined) return 'unknown';
  const listed = await listNewest((query, own) => turns.list(sessionId, query, { signal: own }), signal);
  const before = listed.findIndex(({ id }) => id === after);
  if (after !== null && before === -1) return 'unknown';
  const candidates = listed.slice(isActive ? before : before + 1).filter(isRoot);
  if (candidates.length === 0) return 'none';
  const all = (await listNewest((query, own) => items.list(sessionId, query, { signal: own }), signal)) as readonly {
    turn_id?: unknown;
  }[];
  const withInput = new Set(all.filter((item) => hashOfInput([item]) === hash).map(({ turn_id: of }) => of));
  const [turn, ...others] = candidates.filter(({ id }) => withInput.has(id));
  return turn && others.length === 0 ? { turnId: turn.id } : 'unknown';
}

/**
 * Finds the turn of an input that was sent again. Another client may have begun one meanwhile, and lists lag behind.
 *
 * @returns undefined if it is not found in time
 */
async function awaitInput(
  api: SessionsApi,
  sessionId: string,
  input: SentInput,
  signal: AbortSignal,
): Promise<string | undefined> {
  const search = async (own: AbortSignal): Promise<string> => {
    for (let attempt = 1; ; attempt += 1) {
      const found = await findInput(api, sessionId, input, own);
      if (typeof found === 'object') return found.turnId;
      await sleep(backoffMs(attempt, 50, 1_000), own);
    }
  };
  return new Limit(signal, limits.sessionReadMs).within(({ signal: own }) => search(own)).catch(() => undefined);
}
