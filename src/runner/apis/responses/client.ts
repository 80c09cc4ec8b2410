import type { ListQuery, Page, RequestOptions } from '../api.ts';

/**
 * The methods of an OpenAI client that the Responses driver calls, typed by shape as {@link AssistantsClient} is. Only
 * `responses.create` is required. `retrieve` and `cancel` serve background responses. `conversations.items` repairs a
 * conversation after a lost response or an early exit, and lists its messages; `inputItems` lists those of a chain.
 */
export interface ResponsesClient {
  readonly responses: ResponsesApi;
  readonly conversations?: { readonly items: ConversationItemsApi };
}

export interface ResponsesApi {
  create(body: ResponseBody, options?: RequestOptions): PromiseLike<unknown>;
  retrieve?(responseId: string, query?: object, options?: RequestOptions): PromiseLike<unknown>;
  cancel?(responseId: string, options?: RequestOptions): PromiseLike<unknown>;
  readonly inputItems?: {
    list(responseId: string, query: ListQuery, options?: RequestOptions): PromiseLike<Page<unknown>>;
  };
}

export interface ConversationItemsApi {
  create(conversationId: string, params: { items: object[] }, options?: RequestOptions): PromiseLike<unknown>;
  list(conversationId: string, query: ListQuery, options?: RequestOptions): PromiseLike<Page<unknown>>;
  delete(itemId: string, params: { conversation_id: string }, options?: RequestOptions): PromiseLike<unknown>;
}

/** The fields of a request that the driver reads or changes. All others pass through. */
export interface ResponseBody {
  model?: unknown;
  input?: unknown;
  conversation?: unknown;
  previous_response_id?: string | null;
  prompt?: unknown;
  store?: boolean | null;
  background?: boolean | null;
  background_options?: unknown;
  stream?: false | null;
  tool_choice?: unknown;
  parallel_tool_calls?: unknown;
  include?: unknown;
  tools?: unknown;
  agent_reference?: AgentReference | null;
}

/** An agent of Azure Foundry, which responds with its own model, instructions and tools. */
export interface AgentReference {
  readonly type: 'agent_reference';
  readonly name: string;
  /** Default: the newest version. */
  readonly version?: string;
}

/** An item of a request's input, of a response's output or of a conversation. */
export type Item = Readonly<Record<string, unknown>>;

/** The fields of a response that the driver reads. */
export interface ModelResponse {
  readonly id: string;
  readonly status?: string;
  readonly output: readonly Item[];
  readonly model?: unknown;
  readonly usage?: unknown;
}
