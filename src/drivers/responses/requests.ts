import type { Loop } from '../../core/driver.ts';
import { EndRun } from '../../errors.ts';
import { raceAbort, sleep, withOwnSignal } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { askedWaitMs, isRateLimited, isReplyLost, messageOf, statusOf } from '../api-error.ts';
import { MAX_ATTEMPTS, repeatRead, retryWaitMs } from '../repeat.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './client.ts';
import { replyInConversation } from './conversation.ts';
import { actsByItself } from './hosted-effects.ts';
import { asResponse, assertEnded, isUnderWay } from './status.ts';

export interface Requests {
  /** Resolves with the ended response. */
  create(body: ResponseBody): Promise<ModelResponse>;
  /** The last response that we know of, ended or not. */
  readonly latest: ModelResponse | undefined;
  /** Settles when no creation is under way. */
  readonly sending: Promise<unknown>;
  /** Whether a creation was sent of which we do not know what became. */
  readonly isUnsure: boolean;
  /** Cuts off a creation that nobody waits for any more. */
  readonly abandon: () => void;
}

/**
 * Creates responses one after the other and survives lost replies. In a conversation a request is not sent again before
 * its items were read; elsewhere it is sent again, from the same response before it, unless the API's own side could do
 * something twice.
 */
export function createRequests(
  client: ResponsesClient,
  conversationId: string | undefined,
  loop: Loop,
  pollIntervalMs: number,
): Requests {
  const api = client.responses;
  const items = client.conversations?.items;
  /** A chain is forked by a second request, a conversation would be given everything twice. */
  const canTell = conversationId === undefined || items !== undefined;
  const abandon = new AbortController();
  const requests = {
    latest: undefined as ModelResponse | undefined,
    sending: Promise.resolve() as Promise<unknown>,
    isUnsure: false,
    abandon: () => {
      abandon.abort();
    },
    create,
  };

  const see = (reply: unknown): ModelResponse => {
    const response = asResponse(reply);
    requests.latest = response;
    loop.opened(response.id);
    return response;
  };

  async function send(body: ResponseBody): Promise<ModelResponse> {
    // Whoever leaves a conversation needs the reply: the API may put calls into it all the same.
    const signal = conversationId === undefined ? loop.signal : abandon.signal;
    requests.isUnsure = true;
    const sent = withOwnSignal(signal, async (own) => see(await api.create(body, { signal: own, maxRetries: 0 }))).then(
      (response) => {
        requests.isUnsure = false;
        return response;
      },
      (error: unknown) => {
        requests.isUnsure = isReplyLost(error);
        throw error;
      },
    );
    requests.sending = sent.catch(() => undefined);
    return raceAbort(sent, loop.signal);
  }

  async function create(body: ResponseBody): Promise<ModelResponse> {
    let response = await reliably(body);
    while (isUnderWay(response)) {
      const { id } = response;
      await sleep(pollIntervalMs, loop.signal);
      response = await repeatRead(loop.signal, async (signal) => {
        if (!api.retrieve)
          throw new EndRun('unknown_status', 'The client has no responses.retrieve, to follow a response.');
        return see(await api.retrieve(id, {}, { signal }));
      });
    }
    assertEnded(response);
    return response;
  }

  async function reliably(body: ResponseBody): Promise<ModelResponse> {
    const actor = actsByItself(body);
    let lost: unknown;
    let timesLocked = 0;
    for (let attempt = 1; ;) {
      loop.signal.throwIfAborted();
      const found = lost === undefined ? undefined : await reply(body, lost);
      if (found) return found;
      try {
        if (lost !== undefined && actor !== undefined) throw lost as Error;
        return await send(body);
      } catch (error) {
        loop.signal.throwIfAborted();
        if (isLocked(error)) {
          timesLocked += 1;
          await sleep(backoffMs(timesLocked, 500, 5_000), loop.signal);
          continue;
        }
        // The API may have come to the end of the first request between our look and the second.
        const late = lost !== undefined && statusOf(error) === 400 ? await reply(body, lost) : undefined;
        if (late) return late;
        if (!isReplyLost(error) && !isRateLimited(error)) throw refused(error, conversationId);
        if (isReplyLost(error)) {
          lost = error;
          if (!canTell) throw replyLost(error, NOBODY_CAN_TELL);
          if (actor !== undefined && (conversationId === undefined || attempt >= MAX_ATTEMPTS)) {
            throw replyLost(error, `The API runs ${actor} by itself, so it was not sent again: find out what it did.`);
          }
        }
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(askedWaitMs(error) ?? retryWaitMs(attempt), loop.signal);
        attempt += 1;
      }
    }
  }

  async function reply({ input }: ResponseBody, lost: unknown): Promise<ModelResponse | undefined> {
    if (conversationId === undefined || !items) return undefined;
    const found = await replyInConversation(items, conversationId, input, loop.signal).catch((error: unknown) => {
      loop.signal.throwIfAborted();
      throw replyLost(lost, `Its conversation, which would tell, cannot be read: ${messageOf(error)}`);
    });
    if (found) {
      requests.latest = found;
      requests.isUnsure = false;
    }
    return found;
  }

  return requests;
}

const NOBODY_CAN_TELL =
  'Without conversations.items in the client nobody can tell whether it was taken: look before you send it again.';

function replyLost(cause: unknown, remedy: string): EndRun {
  return new EndRun('reply_lost', `The reply to a request was lost (${messageOf(cause)}). ${remedy}`, { cause });
}

/** "Another process is currently operating on this conversation": a 400, so the SDK does not repeat it. */
function isLocked(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'conversation_locked';
}

/** What came before may be left open by somebody else. */
function refused(error: unknown, conversationId: string | undefined): unknown {
  const callId = /No tool output found for .*call (\S+?)\.?$/.exec(messageOf(error))?.[1];
  if (callId === undefined) return error;
  const says =
    conversationId === undefined
      ? `The response to go on from has a call that was not answered, ${callId}: put its output into input, or go on from an earlier response.`
      : `Conversation ${conversationId} has a call that was not answered, ${callId}: another run may be at it. If none is, add its output with conversations.items.create, or delete the call with conversations.items.delete.`;
  return new EndRun('open_calls', says, { cause: error });
}
