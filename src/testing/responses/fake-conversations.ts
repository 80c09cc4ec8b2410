import { badRequest, type ApiFault, raise } from '../api-fault.ts';
import { checkLength, unknownId } from '../request-checks.ts';
import { list, seconds, type Json } from '../wire.ts';
import { readItems } from './input.ts';
import type { ItemStore } from './item-store.ts';
import { openCalls } from './items.ts';

export interface FakeConversation {
  readonly id: string;
  readonly createdAt: number;
  metadata: unknown;
  readonly items: Json[];
  /** True while a response is in flight on it. */
  isLocked: boolean;
}

/** Conversations and their items, with the API's rules and errors. */
export class FakeConversations {
  readonly #store: ItemStore;
  readonly #conversations = new Map<string, FakeConversation>();

  constructor(store: ItemStore) {
    this.#store = store;
  }

  create(body: Json): Json {
    const items = this.#readItems(body['items'] ?? [], []);
    const id = this.#store.newId('conv');
    const { metadata } = body;
    const conversation = { id, createdAt: seconds(Date.now()), metadata: metadata ?? {}, items, isLocked: false };
    this.#conversations.set(id, conversation);
    return this.toJSON(id);
  }

  has(id: string): boolean {
    return this.#conversations.has(id);
  }

  /** @throws ApiFault 404 */
  get(id: string): FakeConversation {
    return this.#conversations.get(id) ?? raise(unknownId('Conversation', id));
  }

  /** @throws ApiFault while a response is in flight on it */
  unlocked(id: string): FakeConversation {
    const conversation = this.get(id);
    if (conversation.isLocked) throw locked();
    return conversation;
  }

  toJSON(conversationId: string): Json {
    const { id, createdAt, metadata } = this.get(conversationId);
    return { id, object: 'conversation', created_at: createdAt, metadata };
  }

  update(id: string, body: Json): Json {
    const conversation = this.get(id);
    conversation.metadata = body['metadata'] ?? {};
    return this.toJSON(id);
  }

  /** Deletes a conversation. Keeps its items, because requests may refer to them. */
  delete(id: string): Json {
    this.get(id);
    this.#conversations.delete(id);
    return { id, object: 'conversation.deleted', deleted: true };
  }

  addItems(id: string, body: Json): Json {
    const { items } = this.unlocked(id);
    const added = this.#readItems(body['items'], items);
    checkLength(added, { min: 1, max: Infinity }, 'items');
    items.push(...added);
    return list(added);
  }

  item(id: string, itemId: string): Json {
    return this.get(id).items.find((one) => one['id'] === itemId) ?? raise(unknownId('Item', itemId));
  }

  deleteItem(id: string, itemId: string): Json {
    const { items } = this.unlocked(id);
    const item = this.item(id, itemId);
    items.splice(items.indexOf(item), 1);
    this.#store.forget([item]);
    return this.toJSON(id);
  }

  #readItems(value: unknown, before: readonly Json[]): Json[] {
    const items = readItems(value, 'items', this.#store, before);
    openCalls([...before, ...items], 'items');
    this.#store.keep(items);
    return items;
  }
}

function locked(): ApiFault {
  return badRequest('Another process is currently operating on this conversation. Please retry in a few seconds.', {
    param: 'conversation',
    code: 'conversation_locked',
  });
}
