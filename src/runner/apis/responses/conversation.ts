import { Limit } from '../../../internal/abort.ts';
import { canonicalJson } from '../../../internal/json.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { messageOf } from '../api-error.ts';
import { entriesOf, listNewest, type ListQuery, type Page, retryRead } from '../api.ts';
import type { ConversationItemsApi, Item, ModelResponse } from './client.ts';
import { inputItems } from './context.ts';
import { answeredId, type PendingItem, pendingItems } from './pending.ts';

/** The API's maximum. */
const MAX_ITEMS_PER_REQUEST = 20;

export interface Unanswered {
  readonly pending: readonly { readonly pendingItem: PendingItem; readonly itemId: string | undefined }[];
  readonly others: readonly string[];
  /** Calls that are not among the items: deleted, or requested after what a replica shows. */
  readonly missing: readonly PendingItem[];
}

/** A conversation's items, as far as a run needs them. */
export class ApiConversation {
  readonly id: string;
  readonly #api: ConversationItemsApi;

  constructor(api: ConversationItemsApi, id: string) {
    this.#api = api;
    this.id = id;
  }

  /** Resolves with the id of the newest item, null in an empty conversation, or undefined if it cannot be read. */
  async newestId(signal: AbortSignal): Promise<string | null | undefined> {
    try {
      const [newest] = await new Limit(signal, limits.conversationBaselineMs).within(async ({ signal: limited }) =>
        retryRead(limited, async ({ signal: own }) => entriesOf(await this.#list({ order: 'desc', limit: 1 }, own))),
      );
      return newest === undefined ? null : String(newest['id']);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  /** Reads the latest items, oldest first, back to the call with this id. */
  async itemsSince(callId: string, signal: AbortSignal): Promise<readonly Item[]> {
    return this.#latest((items) => items.some(({ call_id: id }) => id === callId), signal);
  }

  /** Finds the unanswered items among `pending`, with their ids, and the ids of those among `others` that exist. */
  async findUnanswered(
    pending: readonly PendingItem[],
    others: readonly Item[],
    signal: AbortSignal,
  ): Promise<Unanswered> {
    const isOf = (items: readonly Item[], { item }: PendingItem): boolean => items.some((one) => isSame(one, item));
    const held = await this.#latest((items) => pending.every((pendingItem) => isOf(items, pendingItem)), signal);
    const open = pendingItems(held).pending.flatMap(({ item, call: { callId } }) => {
      const pendingItem =
        pending.find((one) => isSame(one.item, item)) ?? pending.findLast(({ call }) => call.callId === callId);
      return pendingItem ? [{ pendingItem, itemId: idOf(item) }] : [];
    });
    const ids = others.flatMap((other) => held.filter((one) => isSame(one, other)).flatMap((one) => idOf(one) ?? []));
    const isOpen = (one: PendingItem): boolean => open.some(({ pendingItem }) => pendingItem === one);
    const missing = pending.filter((one) => !isOf(held, one) && !isOpen(one) && idOf(one.item) !== undefined);
    return { pending: open, others: ids, missing };
  }

  /**
   * Finds a lost response: the items after the request's input. Resolves with undefined when there are none, because
   * the API did not accept the request or is still processing it. Outputs are identified by their calls. A first input
   * has only its text, which may occur earlier in the conversation.
   *
   * @param baselineId the id of the newest item before the request: null if the conversation was empty, undefined if
   * unknown
   */
  async findResponse(
    input: unknown,
    baselineId: string | null | undefined,
    signal: AbortSignal,
  ): Promise<ModelResponse | undefined> {
    const sent = inputItems(input);
    const isInput = isInputLike(sent);
    const isBaseline = ({ id }: Item): boolean => id === baselineId;
    const isEnough = (newestFirst: readonly Item[]): boolean =>
      baselineId === undefined
        ? newestFirst.findIndex(isInput) + sent.length < newestFirst.length
        : newestFirst.some(isBaseline);
    const held = await this.#latest(isEnough, signal);
    // All items may be older: an earlier turn may have answered calls with the same ids.
    if (typeof baselineId === 'string' ? !held.some(isBaseline) : baselineId === undefined && sent.length === 0)
      return undefined;
    const fresh = held.slice(held.findIndex(isBaseline) + 1);
    const start = fresh.findLastIndex(isInput) + 1;
    const before = fresh.slice(start - Math.min(sent.length, start), start);
    const isOurs = signatures(before) === signatures(sent) && start < fresh.length;
    return isOurs ? responseOf(fresh.slice(start), this.id) : undefined;
  }

  /**
   * Finds the lost response to the first request of an earlier process. Another client may have sent the same text, and
   * its calls must not run here. So the input must directly follow the item that was the newest before it: no other run
   * with the same journal begins there.
   *
   * @throws RunFailure when the conversation does not show whether the input in it is this one
   */
  async findFirstResponse(
    input: unknown,
    after: string | null | undefined,
    signal: AbortSignal,
  ): Promise<ModelResponse | undefined> {
    const sent = inputItems(input);
    const isBefore = ({ id }: Item): boolean => id === after;
    const held = await this.#latest((items) => items.some(isBefore), signal);
    const fresh = held.slice(held.findIndex(isBefore) + 1);
    if (after === undefined || (after !== null && fresh.length === held.length)) throw this.#unclear();
    const isSent = (start: number): boolean => signatures(fresh.slice(start, start + sent.length)) === signatures(sent);
    if (!isSent(0)) {
      if (fresh.some((_, start) => isSent(start))) throw this.#unclear();
      return undefined;
    }
    const rest = fresh.slice(sent.length);
    const next = rest.findIndex(isInputLike(sent));
    const output = next < 0 ? rest : rest.slice(0, next);
    return output.length > 0 ? responseOf(output, this.id) : undefined;
  }

  #unclear(): RunFailure {
    const message = `The process that sent the run's first request was interrupted, and conversation ${this.id} does not show what came of the request. Check it for calls without an output, then give the run up with cancel.`;
    return new RunFailure('reply_lost', message);
  }

  async add(items: readonly object[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < items.length; start += MAX_ITEMS_PER_REQUEST) {
      const some = { items: items.slice(start, start + MAX_ITEMS_PER_REQUEST) };
      await new Limit(signal).within(({ signal: own }) =>
        this.#api.create(this.id, some, { signal: own, maxRetries: 0 }),
      );
    }
  }

  async remove(itemIds: readonly string[], signal: AbortSignal): Promise<void> {
    for (const itemId of itemIds) {
      await new Limit(signal).within(({ signal: own }) =>
        this.#api.delete(itemId, { conversation_id: this.id }, { signal: own }),
      );
    }
  }

  /** Reads the latest items, oldest first, page by page until `isEnough`. */
  async #latest(isEnough: (newestFirst: readonly Item[]) => boolean, signal: AbortSignal): Promise<readonly Item[]> {
    return listNewest(async (query, own) => this.#list(query, own), signal, isEnough);
  }

  async #list(query: ListQuery, signal: AbortSignal): Promise<Page<Item>> {
    return (await this.#api.list(this.id, query, { signal })) as Page<Item>;
  }
}

/**
 * Builds a response from items, which have neither its id nor its usage. The id of its first item stands in, so that
 * the calls get the same ids in every process, no matter how much was seen before the response was lost.
 */
function responseOf(output: readonly Item[], conversationId: string): ModelResponse {
  const [first = {}] = output;
  const isWhole =
    output.every(({ status }) => status !== 'incomplete' && status !== 'in_progress') && endsComplete(output);
  return {
    id: idOf(first) ?? '',
    ...{ object: 'response', conversation: { id: conversationId }, error: null, incomplete_details: null },
    status: isWhole ? 'completed' : 'incomplete',
    output,
    usage: null,
  };
}

/** A complete response ends with a message or a call; an interrupted one may end with reasoning. */
function endsComplete(output: readonly Item[]): boolean {
  const last = output.at(-1);
  return last?.['type'] === 'message' || pendingItems(output).pending.some(({ item }) => item === last);
}

function isSame(one: Item, other: Item): boolean {
  return one === other || (idOf(one) !== undefined && idOf(one) === idOf(other));
}

function idOf({ id }: Item): string | undefined {
  return typeof id === 'string' ? id : undefined;
}

/** Item types that only a client adds to a conversation. */
const CLIENT_OUTPUTS: ReadonlySet<unknown> = new Set([
  'function_call_output',
  'custom_tool_call_output',
  'computer_call_output',
  'local_shell_call_output',
  'apply_patch_call_output',
  'mcp_approval_response',
]);

/** Returns true for items that certainly came from a client. */
function isFromClient({ type, role }: Item): boolean {
  return type === 'message' || type === undefined ? role !== 'assistant' : CLIENT_OUTPUTS.has(type);
}

/** Returns a test for items that a client sent. A shell or search output may be the API's own: the request decides. */
function isInputLike(sent: readonly Item[]): (item: Item) => boolean {
  const given = new Set<unknown>(sent.map(answeredId).filter((id) => id !== undefined));
  return (item) => isFromClient(item) || (item['type'] !== 'mcp_call' && given.has(answeredId(item)));
}

/** Identifies an output by its call and a message by its text: the API changes form and ids. */
function signatures(items: readonly Item[]): string {
  return canonicalJson(items.map((item) => answeredId(item) ?? [item['role'], textsOf(item['content'])]));
}

function textsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return [content];
  return content.map((part: Item) => part['text'] ?? part['type']);
}

/** Detects that the API has no open call for an output: the call has been answered, or is not in the conversation. */
export function isOfNoCall(error: unknown): boolean {
  return /No tool call found/i.test(messageOf(error));
}

/** Detects "Another process is currently operating on this conversation", a 400 that the SDK does not retry. */
export function isLocked(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'conversation_locked';
}
