import type { AzurePipeline } from './azure-requests.ts';
import type { AssistantRun, AssistantsClient, PollOptions, ThreadMessage } from './client.ts';

/** The methods of `AgentsClient` of `@azure/ai-agents` that the runner calls, typed by shape. */
export interface AzureAgentsClient {
  readonly runs: {
    create(threadId: string, agentId: string, options?: object): AzureRunReply;
    get(threadId: string, runId: string, options?: object): AzureRunReply;
    submitToolOutputs(
      threadId: string,
      runId: string,
      outputs: { toolCallId: string; output: string }[],
      options?: object,
    ): AzureRunReply;
    cancel(threadId: string, runId: string, options?: object): AzureRunReply;
    list(threadId: string, options?: object): AsyncIterable<AzureRun>;
  };
  readonly messages: { list(threadId: string, options?: object): AsyncIterable<AzureMessage> };
  readonly runSteps?: { list(threadId: string, runId: string, options?: object): AsyncIterable<object> };
  /** Carries the requests. Without it, the SDK repeats them itself. */
  readonly pipeline?: AzurePipeline;
}

/** With `create` and `submitToolOutputs`, the request is sent when the reply is awaited, or streamed. */
export interface AzureRunReply extends PromiseLike<AzureRun> {
  stream?(): PromiseLike<AsyncIterable<AzureEvent>>;
}

export interface AzureEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface AzureRun {
  readonly id: string;
  readonly status: string;
  readonly assistantId?: string;
  readonly requiredAction?: {
    readonly type: string;
    readonly submitToolOutputs?: {
      readonly toolCalls: readonly { readonly id: string; readonly type: string; readonly function?: object }[];
    };
  } | null;
  readonly expiresAt?: Date | null;
  readonly metadata?: unknown;
}

interface AzureMessage {
  readonly id: string;
  readonly role: string;
  readonly runId?: string | null;
  readonly content: ThreadMessage['content'];
}

type CreateOptions<Client extends AzureAgentsClient> = NonNullable<Parameters<Client['runs']['create']>[2]>;
/** Options of the request, which the runner sets. */
type RequestKey = 'abortSignal' | 'requestOptions' | 'onResponse' | 'tracingOptions' | 'pollingOptions' | 'stream';

/** An Azure client that a runner can use. Its runs are those of the SDK, with the fields that the runner reads. */
export interface AzureAssistantsClient<Client extends AzureAgentsClient> extends AssistantsClient {
  readonly beta: {
    readonly threads: AssistantsClient['beta']['threads'] & {
      readonly runs: {
        createAndPoll(
          threadId: string,
          body: { assistant_id: string } & Omit<CreateOptions<Client>, RequestKey>,
          options?: PollOptions,
        ): PromiseLike<Awaited<ReturnType<Client['runs']['get']>> & AssistantRun>;
      };
    };
  };
}
