import type { AgentSession, AgentTurn, AgentsClient } from './apis/agents/client.ts';
import type { AssistantRun, AssistantsClient } from './apis/assistants/client.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './apis/responses/client.ts';
import type { ResponsesToolDefinition } from './tools/definitions.ts';

/** OpenAI client with the methods of at least one of the three APIs. */
export type OpenAIClient = AssistantsClient | ResponsesClient | AgentsClient;

type CreateAndPoll<Client extends AssistantsClient> = Client['beta']['threads']['runs']['createAndPoll'];

/** The client's own type of a run. */
export type RunOf<Client extends OpenAIClient> = Client extends AssistantsClient
  ? Awaited<ReturnType<CreateAndPoll<Client>>>
  : AssistantRun;

/** Every run-creation parameter of the client's SDK. */
export type RunParamsOf<Client extends OpenAIClient> = Client extends AssistantsClient
  ? Omit<Parameters<CreateAndPoll<Client>>[1], 'assistant_id' | 'stream'>
  : object;

type Create<Client extends ResponsesClient> = Client['responses']['create'];

/** The client's own type of a response. (Its `create` may stream, too.) */
export type ResponseOf<Client extends OpenAIClient> = Client extends ResponsesClient
  ? Exclude<Awaited<ReturnType<Create<Client>>>, AsyncIterable<unknown>>
  : ModelResponse;

/** Every response-creation parameter of the client's SDK but `stream`, and Azure Foundry's `agent_reference`. */
export type ResponseParamsOf<Client extends OpenAIClient> = Client extends ResponsesClient
  ? OpenIfOurs<Omit<Parameters<Create<Client>>[0], 'stream' | 'stream_options'>> & Pick<ResponseBody, 'agent_reference'>
  : OpenIfOurs<ResponseBody>;

/** Allows any param for a client that has only this library's structural type. */
type OpenIfOurs<Params> = ResponseBody extends Params ? Params & Record<string, unknown> : Params;

/** Our tool definitions that the client's SDK has a type for: openai 5 has none for a namespace. */
export type ResponsesToolOf<Client extends OpenAIClient> =
  NonNullable<ResponseParamsOf<Client>['tools']> extends readonly (infer Known)[]
    ? Extract<ResponsesToolDefinition, Known>
    : ResponsesToolDefinition;

/** Request params of the Responses API that replace an assistant: all except input and conversation. */
export type AssistantParamsOf<Client extends OpenAIClient> = Omit<
  ResponseParamsOf<Client>,
  'input' | 'conversation' | 'previous_response_id'
>;

type Sessions<Client extends AgentsClient> = Client['beta']['agents']['sessions'];

/** The client's own type of a session. */
export type SessionOf<Client extends OpenAIClient> = Client extends AgentsClient
  ? Awaited<ReturnType<Sessions<Client>['retrieve']>>
  : AgentSession;

/** The client's own type of a turn of a session. */
export type TurnOf<Client extends OpenAIClient> = Client extends AgentsClient
  ? Sessions<Client> extends { turns: { retrieve: (...args: never) => PromiseLike<infer Turn> } }
    ? Turn
    : AgentTurn
  : AgentTurn;
