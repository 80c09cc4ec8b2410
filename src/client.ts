import type { AssistantRun, AssistantsClient } from './drivers/assistants/client.ts';
import type { ModelResponse, ResponseBody, ResponsesClient } from './drivers/responses/client.ts';

/** An OpenAI client, by the few methods that are called: of the Assistants API, of the Responses API, or of both. */
export type OpenAIClient = AssistantsClient | ResponsesClient;

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

/** Every response-creation parameter of the client's SDK but `stream`. */
export type ResponseParamsOf<Client extends OpenAIClient> = Client extends ResponsesClient
  ? Omit<Parameters<Create<Client>>[0], 'stream' | 'stream_options'>
  : ResponseBody;

/** What stands for an assistant with the Responses API: everything of a request but what was said. */
export type AssistantParamsOf<Client extends OpenAIClient> = Omit<
  ResponseParamsOf<Client>,
  'input' | 'conversation' | 'previous_response_id'
>;
