import { raceAbort, sleep, withOwnSignal, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { isRateLimited, isResponseLost, messageOf, retryAfterOf } from '../api-error.ts';
import { MAX_ATTEMPTS, retryRead, retryWaitMs } from '../api.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { hostedSideEffect } from './context.ts';
import { type ApiConversation, isLocked } from './conversation.ts';
import { asResponse, assertEnded, followStream, isInProgress, textOf } from './response.ts';

export interface Requests {
  /** Resolves with the ended response. */
  create(body: ResponseBody, earlier: PriorRequest): Promise<ModelResponse>;
  /** The last known response, ended or not. */
  readonly latest: ModelResponse | undefined;
  /**
   * True if the API continues after a disconnect and may add calls to a conversation. An early exit then waits for the
   * response.
   */
  readonly outlivesClient: boolean;
  /** Settles when no request is in flight. */
  readonly inFlight: Promise<unknown>;
  /** True if a request was sent whose effect is unknown. */
  readonly hasUnconfirmedRequest: boolean;
  /** Finds the response to the last request among the conversation's items; undefined if the client cannot search. */
  readonly findResponse: ((signal: AbortSignal) => Promise<ModelResponse | undefined>) | undefined;
  /** Aborts a request that is no longer needed. */
  readonly abandon: () => void;
}

export interface PriorRequest {
  /** True if an earlier process may have sent this request. */
  readonly wasSent: boolean;
  /** The id of its background response. */
  readonly sentId?: unknown;
}

export interface RequestsOptions {
  readonly client: ResponsesClient;
  readonly conversationId: string | undefined;
  /** Undefined without a conversation, or if the client cannot read it. */
  readonly conversation: ApiConversation | undefined;
  readonly isBackground: boolean;
  readonly pollIntervalMs: number;
  /** True to stream responses, false to poll them. */
  readonly streams: boolean;
}

/**
 * Creates responses one by one, and follows each until it has ended.
 *
 * @param onAccepted called with the response's id when the API has accepted a request
 */
export function createRequests(
  { client, conversationId, conversation, isBackground, pollIntervalMs, streams }: RequestsOptions,
  loop: Loop,
  onAccepted: (responseId: string) => void,
): Requests {
  const api = client.responses;
  const outlivesClient = conversationId !== undefined || isBackground;
  let isFirst = true;
  const abandon = new AbortController();
  const requests = {
    latest: undefined as ModelResponse | undefined,
    inFlight: Promise.resolve() as Promise<unknown>,
    hasUnconfirmedRequest: false,
    outlivesClient,
    findResponse: undefined as Requests['findResponse'],
    abandon: () => {
      abandon.abort();
    },
    create,
  };

  const observe = (reply: unknown): ModelResponse => {
    const response = withOutputText(asResponse(reply));
    requests.latest = response;
    loop.opened(response.id);
    onAccepted(response.id);
    return response;
  };

  const sendPlain = async (body: ResponseBody, signal: AbortSignal): Promise<ModelResponse> =>
    withOwnSignal(signal, async (own) => observe(await api.create(body, { signal: own, maxRetries: 0 })));

  const rejoin = async (id: string, after: number, signal: AbortSignal): Promise<unknown> =>
    api.retrieve?.(id, { stream: true, starting_after: after }, { signal });

  const sendStreamed = async (body: ResponseBody, signal: AbortSignal): Promise<ModelResponse> =>
    followStream(
      {
        send: (own) => api.create(asStream(body), { signal: own, maxRetries: 0 }),
        rejoin: isBackground ? rejoin : undefined,
        observe,
        pollToEnd,
        retrieve,
        // A background response can be cancelled once its id is known.
        signalFor: (isKnown) => (isKnown && isBackground ? loop.signal : signal),
      },
      loop,
    );

  async function send(body: ResponseBody): Promise<ModelResponse> {
    const signal = outlivesClient ? abandon.signal : loop.signal;
    const { hasUnconfirmedRequest: wasUnconfirmed, latest: before } = requests;
    requests.hasUnconfirmedRequest = true;
    const sent = (streams ? sendStreamed(body, signal) : sendPlain(body, signal)).then(
      (response) => {
        requests.hasUnconfirmedRequest = false;
        return response;
      },
      (error: unknown) => {
        // A background response can be retrieved once its id is known.
        const isKnown = isBackground && requests.latest !== before;
        requests.hasUnconfirmedRequest = wasUnconfirmed || (isResponseLost(error) && !isKnown);
        throw error;
      },
    );
    requests.inFlight = sent.catch(() => undefined);
    return raceAbort(sent, loop.signal);
  }

  async function create(body: ResponseBody, { wasSent, sentId }: PriorRequest): Promise<ModelResponse> {
    const first =
      typeof sentId === 'string'
        ? await retryRead(loop.signal, async (own) => retrieve(sentId, own))
        : await sendReliably(body, wasSent);
    const response = await pollToEnd(first, loop.signal);
    assertEnded(response);
    return response;
  }

  /** Polls a response until it has ended. */
  async function pollToEnd(first: ModelResponse, signal: AbortSignal): Promise<ModelResponse> {
    let response = first;
    while (isInProgress(response)) {
      const { id } = response;
      await sleep(pollIntervalMs, signal);
      response = await retryRead(signal, async (own) => retrieve(id, own));
    }
    return response;
  }

  async function retrieve(id: string, signal: AbortSignal): Promise<ModelResponse> {
    if (api.retrieve) return observe(await api.retrieve(id, {}, { signal }));
    throw new RunFailure(
      'unknown_status',
      'The client has no responses.retrieve, which is needed to follow a response.',
    );
  }

  async function sendReliably(body: ResponseBody, wasSent: boolean): Promise<ModelResponse> {
    const post = async (): Promise<ModelResponse> => send(body);
    // Until it is found, the earlier process's request counts as unconfirmed.
    requests.hasUnconfirmedRequest ||= wasSent;
    if (conversationId === undefined) return createInChain(body, post, loop.signal, wasSent);
    // Outputs are identified by their calls. A first input has only its text, which may occur earlier in the
    // conversation, so the newest item before it is needed. A request of an earlier process may itself be among the
    // newest.
    const baselineId = isFirst && !wasSent ? await readBaseline() : undefined;
    isFirst = false;
    requests.findResponse =
      conversation &&
      (async (signal) => {
        const found = await conversation.findResponse(body.input, baselineId, signal);
        if (found) {
          requests.latest = found;
          requests.hasUnconfirmedRequest = false;
        }
        return found;
      });
    return createInConversation(body, conversationId, post, requests.findResponse, loop.signal, wasSent);
  }

  /**
   * Reads the newest item. Returns undefined on failure: the search for a lost response then relies on the input's
   * text.
   */
  async function readBaseline(): Promise<string | null | undefined> {
    try {
      return await withTimeLimit(limits.conversationBaselineMs, loop.signal, async (signal) =>
        conversation?.newestId(signal),
      );
    } catch {
      loop.signal.throwIfAborted();
      return undefined;
    }
  }

  return requests;
}

/** Adds `output_text` as the SDK does for responses that are not streamed. */
function withOutputText(response: ModelResponse): ModelResponse {
  if ('output_text' in response) return response;
  return Object.assign(response, { output_text: textOf(response) ?? '' });
}

/** Adds `stream`, which the method's type omits so that a client without streaming fits. */
function asStream(body: ResponseBody): ResponseBody {
  return { ...body, stream: true } as object;
}

type Send = () => Promise<ModelResponse>;

/**
 * Sends a request without a conversation, and repeats it when its response was lost: the second response follows the
 * same previous one, and the first is never used. A request with hosted side effects is not repeated.
 */
export async function createInChain(
  body: ResponseBody,
  send: Send,
  signal: AbortSignal,
  wasSent: boolean,
): Promise<ModelResponse> {
  const sideEffect = hostedSideEffect(body);
  if (wasSent && sideEffect !== undefined) throw sideEffectError(interruptedError(), sideEffect);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      if (isResponseLost(error) && sideEffect !== undefined) throw sideEffectError(error, sideEffect);
      if (!isResponseLost(error) && !isRateLimited(error)) throw toOpenCallsError(error, undefined);
      if (attempt >= MAX_ATTEMPTS) throw error;
      await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), signal);
    }
  }
}

/**
 * Sends a request in a conversation. When its response was lost, it searches the conversation's items before it repeats
 * the request. While the first request is in progress, the API locks the conversation, so that a repeated one fails.
 * After it, the API rejects outputs that the first request contained.
 *
 * @param findResponse finds the lost response; undefined if the client cannot search
 * @param wasSent true if an interrupted process may have sent the request
 */
export async function createInConversation(
  body: ResponseBody,
  conversationId: string,
  send: Send,
  findResponse: ((signal: AbortSignal) => Promise<ModelResponse | undefined>) | undefined,
  signal: AbortSignal,
  wasSent: boolean,
): Promise<ModelResponse> {
  const sideEffect = hostedSideEffect(body);
  let lost: unknown = wasSent ? interruptedError() : undefined;
  const found = async (): Promise<ModelResponse | undefined> => {
    if (lost === undefined) return undefined;
    if (!findResponse)
      throw responseLostError(
        lost,
        'The client has no conversations.items, which is needed to find out whether the API processed the request.',
      );
    return findResponse(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw responseLostError(
        lost,
        `Its conversation cannot be read to find out whether the API processed it: ${messageOf(error)}`,
      );
    });
  };

  for (let attempt = 1, locks = 0; ;) {
    const reply = await found();
    if (reply) return reply;
    // A request with side effects is searched for, and never repeated.
    if (lost !== undefined && sideEffect !== undefined) {
      if (attempt > MAX_ATTEMPTS) throw sideEffectError(lost, sideEffect);
      await sleep(retryWaitMs(attempt), signal);
      attempt += 1;
      continue;
    }
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      if (isResponseLost(error)) lost = error;
      if (isLocked(error)) {
        locks += 1;
        await sleep(backoffMs(locks, 500, 5_000), signal);
      } else if ((isResponseLost(error) || isRateLimited(error)) && attempt < MAX_ATTEMPTS) {
        await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), signal);
        attempt += 1;
      } else {
        // The first request may have ended since the last search.
        const late = await found();
        if (late) return late;
        throw toOpenCallsError(error, conversationId);
      }
    }
  }
}

function interruptedError(): Error {
  return new Error('the process that sent it was interrupted');
}

function responseLostError(cause: unknown, remedy: string): RunFailure {
  return new RunFailure('reply_lost', `The response to a request was lost (${messageOf(cause)}). ${remedy}`, { cause });
}

function sideEffectError(cause: unknown, sideEffect: string): RunFailure {
  return responseLostError(
    cause,
    `The API runs ${sideEffect} itself, so the request was not repeated. Check what it did.`,
  );
}

/** Converts the API's error about open calls, which another run may have left, to a RunFailure. */
function toOpenCallsError(error: unknown, conversationId: string | undefined): unknown {
  const callId = /No tool output found for .*call (\S+?)\.?$/.exec(messageOf(error))?.[1];
  if (callId === undefined) return error;
  const message =
    conversationId === undefined
      ? `The previous response has a call without an output, ${callId}. Add its output to input, or continue from an earlier response.`
      : `Conversation ${conversationId} has a call without an output, ${callId}. Another run may be working on it. If not, add its output with conversations.items.create, or delete the call with conversations.items.delete.`;
  return new RunFailure('open_calls', message, { cause: error, openCalls: [callId] });
}
