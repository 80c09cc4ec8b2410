import type { ListQuery, Page, RequestOptions } from '../api.ts';

/**
 * The methods of an OpenAI client that the Assistants driver calls. Typed by shape, because the SDK's classes differ by
 * version and module format: openai 5, 6 and 7, AzureOpenAI, compatible clients and a test's own object all fit.
 * Methods, not properties, so that each SDK's narrower parameters are accepted.
 */
export interface AssistantsClient {
  readonly beta: {
    readonly threads: {
      readonly runs: RunsApi;
      readonly messages?: MessagesApi;
    };
  };
}

/**
 * The first three methods are required. With `create`, `submitToolOutputs` and `retrieve`, the driver survives a lost
 * response and knows the run's id early. With `list`, it finds a run whose creation response was lost. With `steps`, it
 * reads the tool outputs of a run that it joins.
 */
export interface RunsApi {
  createAndPoll(threadId: string, body: RunBody, options?: PollOptions): PromiseLike<AssistantRun>;
  submitToolOutputsAndPoll(runId: string, params: SubmitParams, options?: PollOptions): PromiseLike<AssistantRun>;
  cancel(runId: string, params: ThreadParams, options?: RequestOptions): PromiseLike<AssistantRun>;
  create?(threadId: string, body: RunBody, options?: RequestOptions): PromiseLike<AssistantRun>;
  submitToolOutputs?(runId: string, params: SubmitParams, options?: RequestOptions): PromiseLike<AssistantRun>;
  retrieve?(runId: string, params: ThreadParams, options?: RequestOptions): Retrieved;
  poll?(runId: string, params: ThreadParams, options?: PollOptions): PromiseLike<AssistantRun>;
  list?(threadId: string, query: ListQuery, options?: RequestOptions): PromiseLike<Page<AssistantRun>>;
  readonly steps?: StepsApi;
}

export interface MessagesApi {
  list(
    threadId: string,
    query: ListQuery & { run_id?: string },
    options?: RequestOptions,
  ): PromiseLike<Page<ThreadMessage>>;
}

export interface StepsApi {
  list(runId: string, query: ListQuery & ThreadParams, options?: RequestOptions): PromiseLike<Page<object>>;
}

/** A promise of the run with access to the HTTP response, which the SDK's polling uses. */
export interface Retrieved extends PromiseLike<AssistantRun> {
  withResponse(): PromiseLike<RetrievedResponse>;
}

export interface RetrievedResponse {
  data: AssistantRun;
  response: { readonly headers: { get(name: string): string | null } };
}

export interface PollOptions extends RequestOptions {
  pollIntervalMs?: number;
}

export interface ThreadParams {
  thread_id: string;
}

export interface RunBody {
  assistant_id: string;
  model?: unknown;
  metadata?: Record<string, string> | null | undefined;
  additional_messages?: unknown;
}

export interface SubmitParams extends ThreadParams {
  tool_outputs: { tool_call_id: string; output: string }[];
  /** Azure Foundry's response to `submit_tool_approval`. */
  tool_approvals?: { tool_call_id: string; approve: boolean }[];
}

/** The fields of a run that the driver reads. Servers add fields, and omit those that are null. */
export interface AssistantRun {
  readonly id: string;
  readonly status: string;
  readonly required_action?: RequiredAction | null;
  /** Unix seconds. */
  readonly expires_at?: number | null;
  readonly model?: unknown;
  readonly usage?: unknown;
  readonly metadata?: unknown;
}

export interface RequiredAction {
  readonly type: string;
  readonly submit_tool_outputs?: { readonly tool_calls: readonly FunctionToolCall[] };
  /** Azure Foundry: MCP calls that its server runs once they are approved. */
  readonly submit_tool_approval?: { readonly tool_calls: readonly ApprovalToolCall[] };
}

export interface FunctionToolCall {
  readonly id: string;
  readonly type: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ApprovalToolCall {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly arguments: string;
}

export interface ThreadMessage {
  readonly id?: string;
  readonly role: string;
  readonly run_id?: string | null;
  readonly content: readonly { readonly type: string; readonly text?: unknown }[];
}
