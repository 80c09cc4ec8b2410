import type { Loop } from '../../run/driver.ts';
import { EndRun } from '../../errors.ts';
import { raceAbort, sleep, withOwnSignal, withTimeLimit } from '../../../internal/abort.ts';
import { isResponseLost } from '../api-error.ts';
import { retryRead } from '../api.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import type { ApiConversation } from './conversation.ts';
import { createInChain, createInConversation } from './reliable.ts';
import { followStream } from './stream.ts';
import { textOf, asResponse, assertEnded, isInProgress } from './response.ts';
import { limits } from '../../limits.ts';

export interface Requests {
  /**
   * Resolves with the ended response.
   *
   * @param wasSent whether an earlier process may have sent this very request
   * @param sentId the id of the response in the background that it got
   */
  create(body: ResponseBody, earlier: PriorRequest): Promise<ModelResponse>;
  /** The last response that we know of, ended or not. */
  readonly latest: ModelResponse | undefined;
  /** Whether the API goes on without us, and may put calls into a conversation: whoever leaves waits for the reply. */
  readonly outlivesClient: boolean;
  /** Settles when no creation is under way. */
  readonly inFlight: Promise<unknown>;
  /** Whether a creation was sent of which we do not know what became. */
  readonly hasUnconfirmedRequest: boolean;
  /** Finds the reply to the last request among the conversation's items; undefined where that cannot be done. */
  readonly findResponse: ((signal: AbortSignal) => Promise<ModelResponse | undefined>) | undefined;
  /** Cuts off a creation that nobody waits for any more. */
  readonly abandon: () => void;
}

export interface PriorRequest {
  readonly wasSent: boolean;
  readonly sentId?: unknown;
}

export interface RequestsOptions {
  readonly client: ResponsesClient;
  readonly conversationId: string | undefined;
  /** Absent where the client cannot look into it. */
  readonly conversation: ApiConversation | undefined;
  readonly isBackground: boolean;
  readonly pollIntervalMs: number;
  /** Whether responses are followed by their events. */
  readonly streams: boolean;
}

/**
 * Creates responses one after the other, and follows those that take their time.
 *
 * @param onAccepted called when the API has taken a request, with the response's id
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
        // What goes on in the background can be cancelled once it has an id.
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
        // What goes on in the background, and is known, can be asked for.
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

  /** Asks for a response until it has ended. */
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
    throw new EndRun('unknown_status', 'The client has no responses.retrieve, which is needed to follow a response.');
  }

  async function sendReliably(body: ResponseBody, wasSent: boolean): Promise<ModelResponse> {
    const post = async (): Promise<ModelResponse> => send(body);
    // Whoever leaves before it is found leaves what an earlier process sent.
    requests.hasUnconfirmedRequest ||= wasSent;
    if (conversationId === undefined) return createInChain(body, post, loop.signal, wasSent);
    // Outputs are told by their calls. A first input has nothing but its words, which may have been said before.
    // What an earlier process sent may be among the newest itself.
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

  /** Where it cannot be had the words must do: a run is not lost for it. */
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

/** The SDK adds it to what it does not stream, and its type has it. */
function withOutputText(response: ModelResponse): ModelResponse {
  if ('output_text' in response) return response;
  return Object.assign(response, { output_text: textOf(response) ?? '' });
}

/** The method's type does not tell of it: a client of the plain form should fit. */
function asStream(body: ResponseBody): ResponseBody {
  return { ...body, stream: true } as object;
}
