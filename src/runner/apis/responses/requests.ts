import { Limit, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { isRateLimited, isResponseLost, messageOf, statusOf } from '../api-error.ts';
import { type Fields, FollowedStream } from '../event-stream.ts';
import { emitItem } from '../message.ts';
import { MAX_ATTEMPTS, retryRead, pauseBeforeRetry } from '../api.ts';
import type { ModelResponse, ResponseBody } from './client.ts';
import { hostedSideEffect, inputItems } from './context.ts';
import { isLocked, isOfNoCall } from './conversation.ts';
import { type Continued, toOpenCallsError } from './open-calls.ts';
import { answeredId, pendingItems } from './pending.ts';
import { StreamedItems } from './streamed-items.ts';
import { asResponse, assertEnded, isInProgress, receiveResponse, responseMessage } from './response.ts';

export interface RequestsOptions extends Continued {
  readonly isBackground: boolean;
  readonly pollIntervalMs: number;
  /** True to stream responses, false to poll them. */
  readonly streams: boolean;
  /** Called with the response's id when the API has accepted a request. */
  readonly onAccepted: (responseId: string) => void;
}

export interface PriorRequest {
  /** True if an earlier process may have sent this request. */
  readonly wasSent: boolean;
  /** The id of its background response. */
  readonly sentId: string | undefined;
  /** Finds its response in the conversation, see `ApiConversation.findResponse`. Undefined without a conversation. */
  readonly find: Find | undefined;
}

/** Maximum number of times to rejoin a stream before polling. */
const MAX_REJOINS = 3;

type Find = (signal: AbortSignal) => Promise<ModelResponse | undefined>;

/** Creates responses one by one, and follows each until it has ended. */
export class Requests {
  /** The last known response, ended or not. */
  latest: ModelResponse | undefined;
  /** Settles when no request is in flight. */
  inFlight: Promise<unknown> = Promise.resolve();
  /** True if a request was sent whose effect is unknown. */
  hasUnconfirmedRequest = false;
  /** True if the API rejected the last request. It may have processed a copy of it. */
  wasRejected = false;
  /**
   * True if the API continues after a disconnect and may add calls to a conversation. An early exit then waits for the
   * response.
   */
  readonly outlivesClient: boolean;

  readonly #options: RequestsOptions;
  readonly #loop: Loop;
  readonly #abandoned = new AbortController();
  #streamed = new StreamedItems();
  /** The ids of the calls whose outputs were sent. */
  readonly #answeredIds = new Set<unknown>();
  /** The ids of calls whose outputs were sent twice, with the error of the first attempt, which may still arrive. */
  readonly #sentAgain = new Map<unknown, unknown>();
  /** Finds the response to the last request in a conversation. */
  #find: Find | undefined;

  constructor(options: RequestsOptions, loop: Loop) {
    this.#options = options;
    this.#loop = loop;
    this.outlivesClient = options.conversationId !== undefined || options.isBackground;
  }

  /** Resolves with the ended response. */
  async create(body: ResponseBody, { wasSent, sentId, find }: PriorRequest): Promise<ModelResponse> {
    const { signal } = this.#loop;
    this.#find = find;
    const first =
      sentId === undefined
        ? await this.#sendReliably(body, wasSent)
        : await retryRead(signal, async ({ signal: own }) => this.#retrieve(sentId, own));
    const response = await this.#pollToEnd(first, signal);
    assertEnded(response);
    this.#assertNotSentAgain(response);
    return response;
  }

  /** Aborts a request that is no longer needed. */
  abandon(): void {
    this.#abandoned.abort();
  }

  /**
   * Finds the response to the last request among the conversation's items. Resolves with undefined if there is none, or
   * if the client cannot search.
   */
  async findResponse(signal: AbortSignal): Promise<ModelResponse | undefined> {
    const found = await this.#find?.(signal);
    if (found) {
      this.latest = found;
      this.hasUnconfirmedRequest = false;
    }
    return found;
  }

  /**
   * Sends a request, and repeats it when its response was lost. In a chain, the second response follows the same
   * previous one, and the first is never used. In a conversation, its items are searched first: while the first request
   * is in progress, the API locks the conversation, and after it, the API rejects outputs that the first request
   * contained. A request with hosted side effects is never repeated.
   */
  async #sendReliably(body: ResponseBody, wasSent: boolean): Promise<ModelResponse> {
    const { signal } = this.#loop;
    const { conversationId } = this.#options;
    let onlyOnce = onlyOnceBecause(body);
    const usesIdsAgain = conversationId !== undefined && this.#usesIdsAgain(body);
    let lost: unknown = wasSent ? new Error('the process that sent it was interrupted') : undefined;
    // Until it is found, the earlier process's request counts as unconfirmed.
    this.hasUnconfirmedRequest ||= wasSent;
    for (let attempt = 1, locks = 0; ;) {
      const found = lost === undefined ? undefined : await this.#findLost(lost);
      if (found) return found;
      if (lost !== undefined && onlyOnce !== undefined) {
        if (conversationId === undefined || attempt > MAX_ATTEMPTS) throw responseLostError(lost, onlyOnce);
        await pauseBeforeRetry(lost, attempt, signal);
        attempt += 1;
        continue;
      }
      try {
        if (lost !== undefined && conversationId !== undefined)
          for (const id of answeredIdsIn(body)) this.#sentAgain.set(id, lost);
        return await this.#send(body);
      } catch (error) {
        signal.throwIfAborted();
        const isLost = isResponseLost(error);
        if (isLost) lost = error;
        if (usesIdsAgain && isLost) onlyOnce ??= IDS_USED_AGAIN;
        if (isLost && onlyOnce !== undefined && conversationId === undefined) throw responseLostError(error, onlyOnce);
        if (isLocked(error)) {
          locks += 1;
          await sleep(backoffMs(locks, 500, 5_000), signal);
        } else if ((isLost || isRateLimited(error)) && attempt < MAX_ATTEMPTS) {
          await pauseBeforeRetry(error, attempt, signal);
          attempt += 1;
        } else {
          const late = await this.#findProcessed(error, lost);
          if (late) return late;
          throw await toOpenCallsError(error, this.#options, body, signal);
        }
      }
    }
  }

  /**
   * Searches for the response to a request that failed in the end. The API may have processed an earlier attempt since
   * the last search, or a copy of a request that reached it twice: it then rejects the outputs, or finds open calls.
   */
  async #findProcessed(error: unknown, lost: unknown): Promise<ModelResponse | undefined> {
    const { signal } = this.#loop;
    const isRejected = statusOf(error) === 400;
    if (this.#options.conversationId === undefined || (!isRejected && lost === undefined)) return undefined;
    const isProcessed = isRejected && (lost !== undefined || isOfNoCall(error));
    const until = Date.now() + (isProcessed ? limits.responseSearchMs : 0);
    for (let attempt = 1; ; attempt += 1) {
      const found = await (lost === undefined
        ? this.findResponse(signal).catch(() => undefined)
        : this.#findLost(lost));
      if (found || Date.now() >= until) return found;
      await sleep(backoffMs(attempt, 100, 1_000), signal);
    }
  }

  /** Returns true if the request has outputs for call ids that an earlier request had outputs for. */
  #usesIdsAgain(body: ResponseBody): boolean {
    const ids = answeredIdsIn(body);
    const isAgain = ids.some((id) => this.#answeredIds.has(id));
    for (const id of ids) this.#answeredIds.add(id);
    return isAgain;
  }

  /** @throws RunFailure for a call whose id has outputs that may still arrive: the API would take them for this call's */
  #assertNotSentAgain({ output }: ModelResponse): void {
    const { pending } = pendingItems(output);
    const again = pending.find(({ call }) => this.#sentAgain.has(call.callId));
    if (again) throw responseLostError(this.#sentAgain.get(again.call.callId), IDS_USED_AGAIN);
  }

  /** Searches for a lost response, which a chain does not need. */
  async #findLost(lost: unknown): Promise<ModelResponse | undefined> {
    const { conversation, conversationId } = this.#options;
    if (conversationId === undefined) return undefined;
    if (!conversation)
      throw responseLostError(
        lost,
        'The client has no conversations.items, which is needed to find out whether the API processed the request.',
      );
    const { signal } = this.#loop;
    return this.findResponse(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof RunFailure) throw error;
      throw responseLostError(
        lost,
        `Its conversation cannot be read to find out whether the API processed it: ${messageOf(error)}`,
      );
    });
  }

  /** Sends a request once. */
  async #send(body: ResponseBody): Promise<ModelResponse> {
    const { isBackground, streams } = this.#options;
    const signal = this.outlivesClient ? this.#abandoned.signal : this.#loop.signal;
    const { hasUnconfirmedRequest: wasUnconfirmed, latest: before } = this;
    this.hasUnconfirmedRequest = true;
    this.#streamed = new StreamedItems();
    const sent = (streams ? this.#stream(body, signal) : this.#post(body, signal)).then(
      (response) => {
        this.hasUnconfirmedRequest = false;
        return response;
      },
      (error: unknown) => {
        // A background response can be retrieved once its id is known.
        const isKnown = isBackground && this.latest !== before;
        this.hasUnconfirmedRequest = wasUnconfirmed || (isResponseLost(error) && !isKnown);
        this.wasRejected = statusOf(error) === 400;
        throw error;
      },
    );
    this.inFlight = sent.catch(() => undefined);
    return new Limit(this.#loop.signal).within(sent);
  }

  async #post(body: ResponseBody, signal: AbortSignal): Promise<ModelResponse> {
    return new Limit(signal).within(async ({ signal: own }) =>
      this.#observe(await receiveResponse(this.#options.api.create(body, { signal: own, maxRetries: 0 }))),
    );
  }

  /**
   * Follows a response by its events. Rejoins a broken stream of a background response, which may still be in progress
   * when this resolves. Polls any other response.
   *
   * @throws the stream's error when the response is lost
   */
  async #stream(body: ResponseBody, signal: AbortSignal): Promise<ModelResponse> {
    const { api, isBackground } = this.#options;
    const { text, signal: loopSignal } = this.#loop;
    /** The number of the last event. */
    let after = -1;
    let failure: unknown = new TypeError('The stream ended before the response did.');
    // A background response can be cancelled once its id is known.
    const signalFor = (isKnown: boolean): AbortSignal => (isKnown && isBackground ? loopSignal : signal);
    const stream = new FollowedStream<ModelResponse>({
      onEvent: (event) => {
        const { type, sequence_number: number, response } = event;
        // An error of the API: the response's status shows its effect, where it can be retrieved.
        if (type === 'error') throw new TypeError('The stream ended with an error event.', { cause: event });
        // A server may repeat events.
        if (typeof number === 'number' && number <= after) return undefined;
        if (typeof number === 'number') after = number;
        this.#streamed.note(event);
        if (text) emitItem(event, text, isMessage);
        return String(type).startsWith('response.') ? response : undefined;
      },
      observe: (reply) => this.#observe(reply),
      isActive: isInProgress,
      retrieve: async (id, own) => this.#retrieve(id, own),
      signalFor,
    });
    const read = async (send: (own: AbortSignal) => PromiseLike<unknown>): Promise<void> =>
      stream.read(send).catch((error: unknown) => {
        signalFor(stream.latest !== undefined).throwIfAborted();
        failure = error;
      });
    // The method's type omits `stream`, so that a client without streaming fits.
    const streamed: ResponseBody = { ...body, ...({ stream: true } as object) };
    await read((own) => api.create(streamed, { signal: own, maxRetries: 0 }));
    for (let again = 0; isBackground && again < MAX_REJOINS; again += 1) {
      const known = stream.latest;
      // Without a sequence number, the stream cannot be rejoined.
      if (after < 0 || !known || !isInProgress(known)) break;
      const query = { stream: true, starting_after: after };
      await read(async (own) => api.retrieve?.(known.id, query, { signal: own }));
    }
    const known = stream.latest;
    if (!known) throw failure;
    if (!isInProgress(known) || isBackground) return known;
    const now = await new Limit(signal, limits.responseRetrieveMs)
      .within(async ({ signal: own }) => this.#pollToEnd(known, own))
      .catch(() => undefined);
    signal.throwIfAborted();
    if (now && now.status !== 'cancelled') return now;
    throw failure;
  }

  async #pollToEnd(first: ModelResponse, signal: AbortSignal): Promise<ModelResponse> {
    let response = first;
    while (isInProgress(response)) {
      const { id } = response;
      await sleep(this.#options.pollIntervalMs, signal);
      response = await retryRead(signal, async ({ signal: own }) => this.#retrieve(id, own), true);
    }
    return response;
  }

  async #retrieve(id: string, signal: AbortSignal): Promise<ModelResponse> {
    const { api } = this.#options;
    if (api.retrieve) return this.#observe(await receiveResponse(api.retrieve(id, {}, { signal })));
    throw new RunFailure(
      'unknown_status',
      'The client has no responses.retrieve, which is needed to follow a response.',
    );
  }

  #observe(reply: unknown): ModelResponse {
    const response = this.#streamed.reconcile(asResponse(reply));
    // The SDK adds this to responses that are not streamed.
    if (!('output_text' in response)) Object.assign(response, { output_text: responseMessage(response).text ?? '' });
    this.latest = response;
    this.#loop.opened(response.id);
    this.#options.onAccepted(response.id);
    return response;
  }
}

function isMessage({ type, id }: Fields): boolean {
  return type === 'message' && typeof id === 'string';
}

function answeredIdsIn({ input }: ResponseBody): readonly unknown[] {
  return inputItems(input)
    .map(answeredId)
    .filter((id) => id !== undefined);
}

function responseLostError(cause: unknown, remedy: string): RunFailure {
  return new RunFailure('reply_lost', `The response to a request was lost (${messageOf(cause)}). ${remedy}`, { cause });
}

/** Returns the reason not to repeat a request; undefined if it can be repeated. */
function onlyOnceBecause(body: ResponseBody): string | undefined {
  const sideEffect = hostedSideEffect(body);
  return sideEffect && `The API runs ${sideEffect} itself, so the request was not repeated. Check what it did.`;
}

const IDS_USED_AGAIN =
  'The model uses the ids of earlier calls again, so the API could take repeated outputs for those of later calls.';
