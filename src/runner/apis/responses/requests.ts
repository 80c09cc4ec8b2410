import { raceAbort, sleep, withOwnSignal, withTimeLimit } from '../../../internal/abort.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { isResponseLost } from '../api-error.ts';
import { retryRead } from '../api.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import type { ApiConversation } from './conversation.ts';
import { createInChain, createInConversation } from './reliable.ts';
import { asResponse, assertEnded, isInProgress, textOf } from './response.ts';
import { followStream } from './stream.ts';

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
