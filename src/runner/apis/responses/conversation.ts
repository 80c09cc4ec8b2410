import { withOwnSignal } from '../../../internal/abort.ts';
import { canonicalJson } from '../../../internal/json.ts';
import { repeatRead } from '../api.ts';
import { answeredId, asksOf, type Ask } from './pending.ts';
import type { ConversationItemsApi, Item, ModelResponse } from './client.ts';
import { inputItems } from './context.ts';

/** The API's most for one page. */
const PAGE = 100;
/** Further back than any run goes. */
const MOST_PAGES = 10;

/** The API's most for one request. */
const MOST_ITEMS = 20;

/** A conversation's items, as far as a run needs them. */
export interface Conversation {
  readonly id: string;
  /** The id of the newest item; null when there is none. */
  newestId(signal: AbortSignal): Promise<string | null>;
  /** Which of these asks are open, with the id of their items; and the other items of these that are there. */
  stillOpen(asks: readonly Ask[], others: readonly Item[], signal: AbortSignal): Promise<StillOpen>;
  /**
   * The reply to a request that was not answered: what follows its input. Undefined when there is nothing, so that the API
   * did not take the request or is still at it.
   *
   * @param newestBefore the newest item before the request, where that is known
   */
  replyTo(
    input: unknown,
    newestBefore: string | null | undefined,
    signal: AbortSignal,
  ): Promise<ModelResponse | undefined>;
  add(items: readonly object[], signal: AbortSignal): Promise<void>;
  remove(itemIds: readonly string[], signal: AbortSignal): Promise<void>;
}

export interface StillOpen {
  readonly asks: readonly { readonly ask: Ask; readonly itemId: string | undefined }[];
  readonly others: readonly string[];
}

export function createConversation(api: ConversationItemsApi, conversationId: string): Conversation {
  /** The latest items, oldest first, as far back as is wanted. */
  async function latest(
    isEnough: (newestFirst: readonly Item[]) => boolean,
    signal: AbortSignal,
  ): Promise<readonly Item[]> {
    const newestFirst: Item[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const after = newestFirst.at(-1)?.['id'];
      const query = { order: 'desc', limit: PAGE, ...(typeof after === 'string' ? { after } : {}) } as const;
      const { data, has_more: hasMore } = await repeatRead(signal, (own) =>
        api.list(conversationId, query, { signal: own }),
      );
      newestFirst.push(...(data as Item[]));
      if (hasMore !== true || data.length === 0 || isEnough(newestFirst)) break;
    }
    return newestFirst.reverse();
  }

  return {
    id: conversationId,
    async newestId(signal) {
      const query = { order: 'desc', limit: 1 } as const;
      const { data } = await withOwnSignal(signal, (own) =>
        api.list(conversationId, query, { signal: own, maxRetries: 0 }),
      );
      const [newest] = data as Item[];
      return newest === undefined ? null : String(newest['id']);
    },
    async stillOpen(asks, others, signal) {
      const isOf = (held: readonly Item[], { item }: Ask): boolean => held.some((one) => isSame(one, item));
      const held = await latest((items) => asks.every((ask) => isOf(items, ask)), signal);
      const waiting = asksOf(held).asks;
      const open = asks.flatMap((ask) => {
        const found = waiting.find(({ item, call }) => isSame(item, ask.item) || call.callId === ask.call.callId);
        return found ? [{ ask, itemId: idOf(found.item) }] : [];
      });
      const ids = others.flatMap((other) => held.filter((one) => isSame(one, other)).flatMap((one) => idOf(one) ?? []));
      return { asks: open, others: ids };
    },
    async replyTo(input, newestBefore, signal) {
      const sent = inputItems(input) as Item[];
      const given = new Set<unknown>(sent.map(answeredId).filter((id) => id !== undefined));
      // A shell's output or a search's is a client's or the API's: what we sent tells ours.
      const isInput = (item: Item): boolean =>
        isClients(item) || (item['type'] !== 'mcp_call' && given.has(answeredId(item)));
      const isMarker = ({ id }: Item): boolean => id === newestBefore;
      const isEnough = (newestFirst: readonly Item[]): boolean =>
        newestBefore === undefined
          ? newestFirst.findIndex(isInput) + sent.length < newestFirst.length
          : newestFirst.some(isMarker);
      const held = await latest(isEnough, signal);
      const fresh = held.slice(held.findIndex(isMarker) + 1);
      // With nothing sent and nothing known of before, everything there may be older.
      if (sent.length === 0 && newestBefore === undefined) return undefined;
      const start = fresh.findLastIndex(isInput) + 1;
      const before = fresh.slice(start - Math.min(sent.length, start), start);
      const isOurs = signatures(before) === signatures(sent) && start < fresh.length;
      return isOurs ? responseOf(fresh.slice(start), conversationId) : undefined;
    },
    async add(items, signal) {
      for (let start = 0; start < items.length; start += MOST_ITEMS) {
        const some = { items: items.slice(start, start + MOST_ITEMS) };
        await withOwnSignal(signal, (own) => api.create(conversationId, some, { signal: own, maxRetries: 0 }));
      }
    },
    async remove(itemIds, signal) {
      for (const itemId of itemIds) {
        await withOwnSignal(signal, (own) => api.delete(itemId, { conversation_id: conversationId }, { signal: own }));
      }
    },
  };
}

/**
 * The items tell neither the response's id nor its usage. Its first item's id stands for it, so that its calls go by the same name in every
 * process, whatever was seen of the response before it was lost.
 */
function responseOf(output: readonly Item[], conversationId: string): ModelResponse {
  const [first = {}] = output;
  const isWhole = output.every(({ status }) => status !== 'incomplete' && status !== 'in_progress') && endsWell(output);
  return {
    id: idOf(first) ?? '',
    ...{ object: 'response', conversation: { id: conversationId }, error: null, incomplete_details: null },
    status: isWhole ? 'completed' : 'incomplete',
    output,
    usage: null,
  };
}

/** A whole response ends with words or with a call; what was stopped before may end with a thought. */
function endsWell(output: readonly Item[]): boolean {
  const last = output.at(-1);
  return last?.['type'] === 'message' || asksOf(output).asks.some(({ item }) => item === last);
}

function isSame(one: Item, other: Item): boolean {
  return one === other || (idOf(one) !== undefined && idOf(one) === idOf(other));
}

function idOf({ id }: Item): string | undefined {
  return typeof id === 'string' ? id : undefined;
}

/** What only a client puts into a conversation. */
const OUTPUTS: ReadonlySet<unknown> = new Set([
  'function_call_output',
  'custom_tool_call_output',
  'computer_call_output',
  'local_shell_call_output',
  'apply_patch_call_output',
  'mcp_approval_response',
]);

/** What surely came from a client. */
function isClients({ type, role }: Item): boolean {
  return type === 'message' || type === undefined ? role !== 'assistant' : OUTPUTS.has(type);
}

/** An output is told by its call, a message by its words: their form and ids are the API's. */
function signatures(items: readonly Item[]): string {
  return canonicalJson(items.map((item) => answeredId(item) ?? [item['role'], wordsOf(item['content'])]));
}

function wordsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return [content];
  return content.map((part: Item) => part['text'] ?? part['type']);
}
