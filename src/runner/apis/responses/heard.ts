import type { Conversation } from '../../gateway/gateway.ts';
import { heardIn, withInput } from '../extract-conversation.ts';
import { listNewest } from '../api.ts';
import { repeatRead } from '../repeat.ts';
import type { Item, ResponseBody, ResponsesClient } from './client.ts';
import { conversationIdOf, inputItems } from './context.ts';

/** How far a chain is followed, in responses. */
const MOST_LINKS = 50;

/**
 * What was said in the conversation, or in the responses that the request goes on from, and with its own input.
 *
 * @throws Error when it cannot be listed
 */
export async function heardBefore(
  client: ResponsesClient,
  { input, conversation, previous_response_id: previousId }: ResponseBody,
  signal: AbortSignal,
): Promise<Conversation> {
  const conversationId = conversationIdOf(conversation);
  const listed =
    conversationId !== undefined
      ? await itemsOf(client, conversationId, signal)
      : typeof previousId === 'string'
        ? await chainOf(client, previousId, signal)
        : [];
  return withInput(heardIn(listed), heardIn(inputItems(input)));
}

async function itemsOf(
  { conversations }: ResponsesClient,
  conversationId: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  if (!conversations) throw new TypeError('The client has no conversations.items, which lists what was said.');
  return listNewest((query, own) => conversations.items.list(conversationId, query, { signal: own }), signal);
}

/** Link by link, each one's input and output; until one lists an input that came before it, and so all of them. */
async function chainOf(
  { responses }: ResponsesClient,
  lastId: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const { inputItems: api } = responses;
  if (!api) throw new TypeError('The client has no responses.inputItems, which lists what was said.');
  let chain: readonly Item[] = [];
  let isWhole = false;
  let id: string | undefined = lastId;
  for (let link = 1; id !== undefined && !isWhole && link <= MOST_LINKS; link += 1) {
    const responseId: string = id;
    const [input, response] = await Promise.all([
      listNewest((query, own) => api.list(responseId, query, { signal: own }), signal),
      repeatRead(signal, async (own) => responses.retrieve?.(responseId, {}, { signal: own })),
    ]);
    const { output = [], previous_response_id: previousId } = (response ?? {}) as Link;
    const known = new Set(chain.map(keyOf));
    isWhole = output.some((item) => known.has(keyOf(item)));
    chain = [...([...input, ...output] as Item[]).filter((item) => !known.has(keyOf(item))), ...chain];
    id = typeof previousId === 'string' ? previousId : undefined;
  }
  return chain;
}

interface Link {
  readonly output?: readonly Item[];
  readonly previous_response_id?: unknown;
}

/** What has no id is told from everything else. */
function keyOf(item: Item): unknown {
  return item['id'] ?? item;
}
