import { canonicalJson } from '../../internal/json.ts';
import { repeatRead } from '../repeat.ts';
import { answeredId, asksOf, type Ask } from './asks.ts';
import type { ConversationItemsApi, Item, ModelResponse } from './client.ts';
import { inputItems } from './context.ts';

/** The API's most for one page. */
const PAGE = 100;

/** The conversation's latest items, oldest first. */
async function latestItems(
  items: ConversationItemsApi,
  conversationId: string,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const query = { order: 'desc', limit: PAGE } as const;
  const { data } = await repeatRead(signal, (own) => items.list(conversationId, query, { signal: own }));
  return ([...data] as Item[]).reverse();
}

/** Which of the asks the conversation holds unanswered, and what it holds that nobody here can answer. */
export async function openAsks(
  items: ConversationItemsApi,
  conversationId: string,
  asks: readonly Ask[],
  signal: AbortSignal,
): Promise<{ open: readonly Ask[]; itemIds: ReadonlyMap<string, string> }> {
  const held = await latestItems(items, conversationId, signal);
  const waiting = new Map(asksOf(held).asks.map(({ call, item }) => [call.callId, item['id']]));
  const open = asks.filter(({ call }) => waiting.has(call.callId));
  const itemIds = open.flatMap(({ call: { callId } }) => {
    const id = waiting.get(callId);
    return typeof id === 'string' ? [[callId, id] as const] : [];
  });
  return { open, itemIds: new Map(itemIds) };
}

/**
 * The reply to a request that was not answered, from the conversation: what follows our input there, or the last input
 * where we sent none. Undefined when there is nothing, so that the API did not take the request or is still at it.
 */
export async function replyInConversation(
  items: ConversationItemsApi,
  conversationId: string,
  input: unknown,
  signal: AbortSignal,
): Promise<ModelResponse | undefined> {
  const held = await latestItems(items, conversationId, signal);
  const start = held.findLastIndex(isInput) + 1;
  const output = held.slice(start);
  const sent = inputItems(input) as Item[];
  const before = held.slice(start - Math.min(sent.length, start), start);
  if (output.length === 0 || signatures(before) !== signatures(sent)) return undefined;
  const isWhole = output.every(({ status }) => status !== 'incomplete' && status !== 'in_progress');
  // The items tell neither the response's id nor its usage.
  return {
    id: '',
    ...{ object: 'response', conversation: { id: conversationId }, error: null, incomplete_details: null },
    status: isWhole ? 'completed' : 'incomplete',
    output,
    usage: null,
  };
}

/** What a client puts into a conversation; everything else is the model's, or the API's. */
function isInput(item: Item): boolean {
  if (item['type'] === 'message' || item['type'] === undefined) return item['role'] !== 'assistant';
  return item['type'] !== 'mcp_call' && answeredId(item) !== undefined;
}

/** An output is told by its call, a message by its words: their form and ids are the API's. */
function signatures(items: readonly Item[]): string {
  return canonicalJson(items.map((item) => answeredId(item) ?? [item['role'], wordsOf(item['content'])]));
}

function wordsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return [content];
  return content.map((part: Item) => part['text'] ?? part['type']);
}
