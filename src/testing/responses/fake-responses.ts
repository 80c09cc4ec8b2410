import { badRequest, raise } from '../api-fault.ts';
import { unknownId } from '../request-checks.ts';
import type { Model } from '../script.ts';
import { idMaker, seconds, type Json } from '../wire.ts';
import { checkCreate } from './checks.ts';
import { FakeConversations, type FakeConversation } from './fake-conversations.ts';
import { FakeResponse, type ResponseWorld } from './fake-response.ts';
import { readItems } from './input.ts';
import { ItemStore } from './item-store.ts';
import { checkContext, isUserMessage } from './items.ts';
import { checkReasoning } from './reasoning.ts';
import { joinable, readCursor } from './response-events.ts';
import { usage } from './usage.ts';

/** Responses and their conversations, with the API's rules and error messages. */
export class FakeResponses {
  readonly conversations: FakeConversations;
  /** All responses, oldest first, including deleted ones and those that were not stored. */
  readonly all: FakeResponse[] = [];
  readonly #store = new ItemStore(idMaker());
  readonly #world: ResponseWorld;
  readonly #deleted = new Set<FakeResponse>();

  constructor(model: Model) {
    this.conversations = new FakeConversations(this.#store);
    const ended = (response: FakeResponse): void => {
      this.#keepItems(response);
    };
    this.#world = { ...model, store: this.#store, ended };
  }

  /**
   * Creates a response. Resolves with the new response in the background, otherwise with the ended one, or with the
   * stream of its events.
   */
  async create(body: Json, request: Request): Promise<Json | Response> {
    checkCreate(body);
    const conversation = this.#conversationOf(body['conversation'] ?? undefined);
    const continued = this.#continuedBy((body['previous_response_id'] ?? undefined) as string | undefined);
    const context = [...(conversation?.items ?? continued?.items ?? [])];
    const input = readItems(body['input'] ?? [], 'input', this.#store, context);
    checkContext([...context, ...input]);
    const stored = this.all.filter(({ isStored, conversationId }) => isStored || conversationId !== undefined);
    checkReasoning(
      context,
      input,
      stored.map(({ output }) => output),
    );
    const params = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
    const previous = continued ?? this.#lastOn(conversation) ?? this.#makerOf(input);
    const conversationId = conversation?.id;
    const response = new FakeResponse(this.#world, { params, conversationId, context, input, previous });
    this.all.push(response);
    if (conversation) conversation.isLocked = true;
    this.#store.keep(input, response.isStored || conversation !== undefined);
    const stream = response.stream(request);
    if (stream) return stream;
    if (!response.isBackground) await response.thought;
    return response.toJSON();
  }

  /** Returns the user's messages, and an item in the place of all others. */
  compact(body: Json): Json {
    const context = this.#continuedBy((body['previous_response_id'] ?? undefined) as string | undefined)?.items ?? [];
    const items = [...context, ...readItems(body['input'] ?? [], 'input', this.#store, context)];
    checkContext(items);
    const messages = items.filter(isUserMessage).map((message) => ({ ...message, id: this.#store.idFor('message') }));
    const encrypted = `The fake compacted ${items.length - messages.length} items.`;
    const compaction = { id: this.#store.idFor('compaction'), type: 'compaction', encrypted_content: encrypted };
    return {
      id: this.#store.newId('resp'),
      object: 'response.compaction',
      created_at: seconds(Date.now()),
      output: [...messages, compaction],
      usage: usage(items.length, 1),
    };
  }

  /** @throws ApiFault 404 */
  get(id: string): FakeResponse {
    return this.#find(id) ?? raise(unknownId('Response', id));
  }

  /** Resolves with the current state of a response. */
  async retrieve(id: string): Promise<Json> {
    const response = this.get(id);
    if (this.#world.thinkMs === 0) await response.thought;
    return response.toJSON();
  }

  /**
   * Rejoins the stream of a background response.
   *
   * @param startingAfter the number of the last event that the client has
   */
  join(id: string, startingAfter: string | undefined, request: Request): Response {
    const { events, isBackground } = this.get(id);
    return joinable(events, isBackground).subscribe(request, readCursor(startingAfter));
  }

  cancel(id: string): Json {
    const response = this.get(id);
    if (!response.isBackground) throw badRequest('Cannot cancel a synchronous response.');
    response.end('cancelled');
    return response.toJSON();
  }

  delete(id: string): Json {
    const response = this.get(id);
    this.#deleted.add(response);
    if (response.conversationId === undefined) this.#store.forget([...response.input, ...response.output]);
    return { id, object: 'response', deleted: true };
  }

  #find(id: unknown): FakeResponse | undefined {
    return this.all.find((response) => response.id === id && response.isStored && !this.#deleted.has(response));
  }

  #conversationOf(given: unknown): FakeConversation | undefined {
    if (given === undefined) return undefined;
    return this.conversations.unlocked(typeof given === 'string' ? given : String((given as Json)['id']));
  }

  #continuedBy(id: string | undefined): FakeResponse | undefined {
    if (id === undefined) return undefined;
    const previous = this.#find(id);
    if (previous?.isContinuable) return previous;
    throw badRequest(`Previous response with id '${id}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
  }

  #lastOn(conversation: FakeConversation | undefined): FakeResponse | undefined {
    if (!conversation) return undefined;
    return this.all.findLast((response) => response.conversationId === conversation.id && response.isContinuable);
  }

  /** Finds the response that created the newest item of a replayed input, by item id or by call id. */
  #makerOf(input: readonly Json[]): FakeResponse | undefined {
    const makerBy = (key: 'id' | 'call_id'): FakeResponse | undefined => {
      const ids = new Set(input.map((item) => item[key]));
      ids.delete(undefined);
      const made = (item: Json): boolean => ids.has(item[key]);
      return this.all.findLast(({ output }) => output.some(made));
    };
    return makerBy('id') ?? makerBy('call_id');
  }

  #keepItems(response: FakeResponse): void {
    const { conversationId, isContinuable, isStored, input, output } = response;
    this.#store.keep(output, isStored || conversationId !== undefined);
    if (conversationId === undefined || !this.conversations.has(conversationId)) return;
    const conversation = this.conversations.get(conversationId);
    conversation.isLocked = false;
    if (isContinuable) conversation.items.push(...input, ...output);
  }
}
