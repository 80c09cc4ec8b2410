import type { AgentsClient } from './apis/agents/client.ts';
import type { AssistantsClient } from './apis/assistants/client.ts';
import type { ResponsesClient } from './apis/responses/client.ts';
import { checkMethods, hasMethods, shown } from '../internal/checks.ts';
import { valueAt } from '../internal/json-path.ts';

const RUNS_METHODS = ['createAndPoll', 'submitToolOutputsAndPoll', 'cancel'];
const RESPONSES_METHODS = ['create'];
const STREAMING_METHODS = ['create', 'submitToolOutputs', 'retrieve', 'poll'];

/** @throws TypeError for a value that is not a client of any of the three APIs */
export function checkClient(option: string, client: unknown): void {
  if (hasMethods(valueAt(client, ['responses']), RESPONSES_METHODS)) return;
  if (hasMethods(valueAt(client, ['beta', 'agents', 'sessions']), ['retrieve'])) return;
  if (valueAt(client, ['beta', 'threads', 'runs']) === undefined) {
    const isAzure = hasMethods(valueAt(client, ['runs']), ['submitToolOutputs']);
    throw new TypeError(
      `${option} is ${shown(client)} without beta.threads.runs, responses or beta.agents.sessions. Pass ${isAzure ? 'azureAgents(client)' : 'new OpenAI()'}.`,
    );
  }
  checkAssistantsClient(client);
}

/** @throws TypeError for a client that lacks the Agents API */
export function checkAgentsClient(client: unknown): asserts client is AgentsClient {
  const sessions = valueAt(client, ['beta', 'agents', 'sessions']);
  if (hasMethods(sessions, ['retrieve']) && hasMethods(valueAt(sessions, ['events']), ['create', 'stream'])) return;
  throw new TypeError(
    'client.beta.agents.sessions is missing. The Agents API needs openai 7.15 or newer: npm install openai@latest.',
  );
}

/** @throws TypeError for a client that lacks the Assistants API */
export function checkAssistantsClient(client: unknown): asserts client is AssistantsClient {
  const { threads } = Object((client as Partial<AssistantsClient> | null | undefined)?.beta) as { threads?: object };
  const { runs } = Object(threads) as { runs?: unknown };
  checkMethods('client.beta.threads.runs', runs, RUNS_METHODS);
}

/** @throws TypeError for a client that cannot stream runs, or resume them when a stream breaks */
export function checkStreamingClient(client: unknown): void {
  checkMethods('To stream, client.beta.threads.runs', valueAt(client, ['beta', 'threads', 'runs']), STREAMING_METHODS);
}

/** @throws TypeError for a client that lacks the Responses API */
export function checkResponsesClient(client: unknown): asserts client is ResponsesClient {
  checkMethods('client.responses', valueAt(client, ['responses']), RESPONSES_METHODS);
}
