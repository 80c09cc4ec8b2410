import { Limit, sleep } from '../../internal/abort.ts';
import { limits } from '../limits.ts';
import { httpResponseOf, type HttpResponse, notA } from './api-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A run or a response, which the events of a stream report. */
interface Reported {
  readonly id: string;
}

export interface StreamSource<State extends Reported> {
  /** The id of the run, unless the streamed request creates it. */
  readonly id?: string | undefined;
  /** Receives the HTTP response and the time of the request, if the SDK gives access to it. */
  readonly onResponse?: (response: HttpResponse, requestedAt: number) => void;
  /** Handles an event. Returns the state in it, or `over` when no later event matters. */
  readonly onEvent: (event: Fields) => unknown;
  /**
   * Records a state.
   *
   * @throws TypeError for another value
   */
  readonly observe: (state: unknown) => State;
  /** Returns true while further events may follow. */
  readonly isActive: (state: State) => boolean;
  /** Reads the state while the stream is silent. Resolves with undefined for one that is outdated. */
  readonly retrieve: (id: string, signal: AbortSignal) => Promise<State | undefined>;
  /** Returns the signal that stops the reading, which depends on whether the stream has reported a state. */
  readonly signalFor: (isKnown: boolean) => AbortSignal;
}

/** Follows a run or a response by the events of streamed requests. */
export class FollowedStream<State extends Reported> {
  /** The latest state, from whichever request. */
  latest: State | undefined;
  readonly #source: StreamSource<State>;

  constructor(source: StreamSource<State>) {
    this.#source = source;
  }

  /**
   * Reads the events of one request up to the last one that matters, or to the end of the stream, which may come early.
   *
   * @param send sends the request. Aborting the signal closes the stream.
   * @throws the stream's error
   */
  async read(send: (signal: AbortSignal) => PromiseLike<unknown>): Promise<void> {
    // A signal of its own: the SDK ties a stream to its request's signal, and openai 5 and 6 never remove their
    // listeners.
    const request = new Limit(undefined);
    try {
      const opened: unknown = await new Limit(this.#signal).within(this.#open(send, request.signal));
      if (!isIterable(opened)) {
        // The reply of a server that does not stream.
        if (typeof (opened as Partial<Reported> | null | undefined)?.id !== 'string')
          throw notA('an event stream', opened);
        this.#isLast(opened);
        return;
      }
      const events = opened[Symbol.asyncIterator]();
      for (;;) {
        const following = Promise.resolve(events.next());
        // Handles a rejection after the race has been lost.
        following.catch(() => undefined);
        const next = await this.#nextOf(following);
        if (next === undefined || next.done === true) return;
        const { value } = next;
        const state = typeof value === 'object' && value !== null ? this.#source.onEvent(value as Fields) : undefined;
        if (state === 'over' || (state !== undefined && this.#isLast(state))) return;
      }
    } finally {
      request.abort();
    }
  }

  get #signal(): AbortSignal {
    return this.#source.signalFor(this.latest !== undefined);
  }

  async #open(send: (signal: AbortSignal) => PromiseLike<unknown>, signal: AbortSignal): Promise<unknown> {
    const requestedAt = Date.now();
    const sent = send(signal);
    const response = await httpResponseOf('an event stream', sent);
    if (response) this.#source.onResponse?.(response, requestedAt);
    return sent;
  }

  /** Records a state. Returns true when no later event matters. */
  #isLast(state: unknown): boolean {
    const { id } = Object(state) as Partial<Reported>;
    const known = this.latest?.id ?? this.#source.id;
    // A stream must not mix runs.
    if (known !== undefined && id !== known)
      throw new TypeError('The stream sent an event of another run or response.');
    this.latest = this.#source.observe(state);
    return !this.#source.isActive(this.latest);
  }

  /** Returns undefined when the stream is no longer needed. */
  async #nextOf(following: Promise<Next>): Promise<Next | undefined> {
    const waiting = new Limit(this.#signal);
    const arrived = following.then((next) => ({ next }));
    const silent = this.#silence(waiting.signal);
    silent.catch(() => undefined);
    try {
      return (await Promise.race([arrived, silent]))?.next;
    } finally {
      waiting.abort();
      waiting.close();
    }
  }

  /** Resolves when a silent stream is no longer needed, because the state has reached its end. */
  async #silence(signal: AbortSignal): Promise<undefined> {
    for (let silentMs = limits.streamSilentMs; ; silentMs += limits.streamSilentMs) {
      await sleep(limits.streamSilentMs, signal);
      const id = this.latest?.id ?? this.#source.id;
      if (id === undefined && silentMs >= limits.streamUnknownMs) throw new TypeError('The stream sent no events.');
      if (id === undefined) continue;
      const probe = new Limit(signal, limits.streamProbeMs).within(async ({ signal: own }) => {
        const state = await this.#source.retrieve(id, own);
        return state !== undefined && this.#isLast(state);
      });
      // A probe that fails or hangs proves nothing.
      if (await probe.catch(() => false)) return undefined;
    }
  }
}

type Next = IteratorResult<unknown>;

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function';
}
