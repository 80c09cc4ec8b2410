import type { ListQuery, Page, RequestOptions } from '../api.ts';

/**
 * The methods of an OpenAI client (7.15 and newer) that the Agents driver calls, typed by shape as {@link
 * AssistantsClient} is. With `turns`, the driver distinguishes a finished session from one that has not started. With
 * `items`, it reads the final text and the conversation.
 */
export interface AgentsClient {
  readonly beta: { readonly agents: { readonly sessions: SessionsApi } };
}

export interface SessionsApi {
  retrieve(sessionId: string, options?: RequestOptions): PromiseLike<AgentSession>;
  readonly events: SessionEventsApi;
  readonly turns?: {
    list(sessionId: string, query: ListQuery, options?: RequestOptions): PromiseLike<Page<AgentTurn>>;
    retrieve(turnId: string, params: { session_id: string }, options?: RequestOptions): PromiseLike<AgentTurn>;
  };
  readonly items?: { list(sessionId: string, query: ListQuery, options?: RequestOptions): PromiseLike<Page<object>> };
}

export interface SessionEventsApi {
  create(
    sessionId: string,
    params: { events: object[]; 'Idempotency-Key'?: string },
    options?: RequestOptions,
  ): PromiseLike<unknown>;
  // With two arguments, the second would be the options.
  stream(
    sessionId: string,
    query: object | undefined,
    options: RequestOptions | undefined,
  ): PromiseLike<AsyncIterable<object>>;
}

/** The fields of a session that the driver reads. */
export interface AgentSession {
  readonly id: string;
  readonly status: string;
  readonly required_actions: readonly object[];
  readonly agent?: { readonly model?: unknown };
  readonly usage?: unknown;
}

export interface AgentTurn {
  readonly id: string;
  readonly status: string;
  readonly subagent_id?: string | null;
  readonly usage?: unknown;
  readonly error?: unknown;
}
