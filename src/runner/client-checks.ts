import type { AgentsClient, SessionsApi } from './apis/agents/client.ts';
import type { AssistantsClient } from './apis/assistants/client.ts';
import type { ResponsesClient } from './apis/responses/client.ts';
import { checkMethods, hasMethods, shown } from '../internal/checks.ts';

/** @throws TypeError for a value that is not a client of any of the three APIs */
export function checkClient(option: string, client: unknown): void {
  if (hasMethods(responsesOf(client), RESPONSES_METHODS) || hasMethods(sessionsOf(client), ['retrieve'])) return;
  if (runsOf(client) === undefined) {
    const isAzure = hasMethods((client as { runs?: unknown } | null | undefined)?.runs, ['submitToolOutputs']);
    throw new TypeError(
      `${option} is ${shown(client)} without beta.threads.runs, responses or beta.agents.sessions. Pass ${isAzure ? 'azureAgents(client)' : 'new OpenAI()'}.`,
    );
  }
  checkAssistantsClient(client);
}

/** @throws TypeError for a client that lacks the Agents API */
export function checkAgentsClient(client: unknown): asserts client is AgentsClient {
  const sessions = sessionsOf(client) as Partial<SessionsApi> | undefined;
  if (hasMethods(sessions, ['retrieve']) && hasMethods(sessions?.events, ['create', 'stream'])) return;
  throw new TypeError(
    'client.beta.agents.sessions is missing. The Agents API needs openai 7.15 or newer: npm install openai@latest.',
  );
}

function sessionsOf(client: unknown): unknown {
  const like = client as { beta?: { agents?: { sessions?: unknown } } } | null | undefined;
  return like?.beta?.agents?.sessions;
}

const RUNS_METHODS = ['createAndPoll', 'submitToolOutputsAndPoll', 'cancel'];
const RESPONSES_METHODS = ['create'];

/** @throws TypeError for a client that lacks the Assistants API */
export function checkAssistantsClient(client: unknown): asserts client is AssistantsClient {
  const { runs } = Object((client as Partial<AssistantsClient> | null | undefined)?.beta?.threads) as {
    runs?: unknown;
  };
  if (!hasMethods(runs, RUNS_METHODS)) checkMethods('client.beta.threads.runs', runs, RUNS_METHODS);
}

/** @throws TypeError for a client that cannot stream runs, or resume them when a stream breaks */
export function checkStreamingClient(client: unknown): void {
  checkMethods('To stream, client.beta.threads.runs', runsOf(client), [
    'create',
    'submitToolOutputs',
    'retrieve',
    'poll',
  ]);
}

function runsOf(client: unknown): unknown {
  return (client as { beta?: { threads?: { runs?: unknown } } } | null | undefined)?.beta?.threads?.runs;
}

/** @throws TypeError for a client that lacks the Responses API */
export function checkResponsesClient(client: unknown): asserts client is ResponsesClient {
  checkMethods('client.responses', responsesOf(client), RESPONSES_METHODS);
}

/** Returns the client's `responses`. In JavaScript, a client can be any value. */
function responsesOf(client: unknown): unknown {
  return (client as { responses?: unknown } | null | undefined)?.responses;
}
