import type { LeftOpen, Loop } from '../../core/driver.ts';
import { sleep, withOwnSignal, withTimeLimit } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import type { Ask } from './asks.ts';
import type { ConversationItemsApi, ModelResponse, ResponsesClient } from './client.ts';
import { openAsks } from './conversation.ts';
import type { Requests } from './requests.ts';
import { asResponse, isUnderWay } from './status.ts';

/** How long we stay for a reply, and how long to bring a conversation in order. */
const LEAVE_MS = 10_000;
/** The API's most for one request. */
const MOST_ITEMS = 20;

/**
 * Waits for the reply to a request that the API may have taken, and cancels what goes on in the background.
 *
 * @returns what may still go on
 */
export async function standStill(
  client: ResponsesClient,
  conversationId: string | undefined,
  requests: Requests,
): Promise<LeftOpen | undefined> {
  const isSettled = await withTimeLimit(LEAVE_MS, undefined, async () => requests.sending).then(
    () => true,
    () => false,
  );
  requests.abandon();
  const { latest } = requests;
  if (latest && isUnderWay(latest) && !(await cancel(client, latest))) {
    return { says: `Response ${latest.id} could not be cancelled and may go on.`, callIds: [] };
  }
  if (conversationId === undefined || (isSettled && !requests.isUnsure)) return undefined;
  const says = `The API may go on with a request in ${conversationId}: look there for calls without an output before you go on.`;
  return { says, callIds: [] };
}

/** A cancel that is refused, or whose reply is lost, says nothing: the response does. */
async function cancel({ responses }: ResponsesClient, { id }: ModelResponse): Promise<boolean> {
  try {
    return await withTimeLimit(LEAVE_MS, undefined, async (signal) => {
      await withOwnSignal(signal, async (own) => responses.cancel?.(id, { signal: own })).catch(() => undefined);
      for (let attempt = 1; ; attempt += 1) {
        const seen = await withOwnSignal(signal, async (own) => responses.retrieve?.(id, {}, { signal: own }));
        if (seen === undefined) return false;
        if (!isUnderWay(asResponse(seen))) return true;
        await sleep(backoffMs(attempt, 50, 1_000), signal);
      }
    });
  } catch {
    return false;
  }
}

/**
 * Leaves no call of a conversation unanswered, as the API would refuse every later request: each gets what became of it,
 * and is deleted should the API not take that.
 *
 * @returns what is open all the same
 */
export async function closeAsks(
  items: ConversationItemsApi | undefined,
  conversationId: string,
  asks: readonly Ask[],
  loop: Loop,
): Promise<LeftOpen | undefined> {
  const outputs = await loop.outputsOf(asks.map(({ call }) => call));
  const answers = new Map(asks.map((ask, index) => [ask, outputs[index]]));
  let open = asks;
  const close = async (signal: AbortSignal): Promise<void> => {
    if (!items) return;
    for (let attempt = 1; ; attempt += 1) {
      const held = await openAsks(items, conversationId, asks, signal);
      open = held.open;
      const answered = open.flatMap((ask) => {
        const output = answers.get(ask);
        // Nothing that is left is approved any more.
        return output ? [ask.answer({ ...output, outcome: 'aborted' })] : [];
      });
      if (answered.length === 0) return;
      try {
        for (let start = 0; start < answered.length; start += MOST_ITEMS) {
          const some = { items: answered.slice(start, start + MOST_ITEMS) };
          await withOwnSignal(signal, (own) => items.create(conversationId, some, { signal: own, maxRetries: 0 }));
        }
      } catch {
        if (attempt > 2) await deleteAll(items, conversationId, [...held.itemIds.values()], signal);
      }
      if (attempt > 1) await sleep(backoffMs(attempt, 100, 1_000), signal);
    }
  };
  await withTimeLimit(LEAVE_MS, undefined, close).catch(() => undefined);
  if (open.length === 0) return undefined;
  const callIds = open.map(({ call }) => call.callId);
  const says = `Conversation ${conversationId} has calls without an output, ${callIds.join(', ')}: add one to each with conversations.items.create, or delete them with conversations.items.delete. Until then it takes no request.`;
  return { says, callIds };
}

async function deleteAll(
  items: ConversationItemsApi,
  conversationId: string,
  itemIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const itemId of itemIds) {
    const params = { conversation_id: conversationId };
    await withOwnSignal(signal, (own) => items.delete(itemId, params, { signal: own })).catch(() => undefined);
  }
}
