import type { Conversation, ToolOutputText } from '../../gateway/gateway.ts';
import { listNewest } from '../api.ts';
import { appendInput, extractUserMessages } from '../extract-conversation.ts';
import type { AssistantsClient, RunBody } from './client.ts';

/**
 * Reads the thread's messages and those in the run's parameters. The API lists tool outputs per run, so only those of a
 * joined run are read.
 *
 * @throws Error when the list cannot be read
 */
export async function readThreadHistory(
  client: AssistantsClient,
  threadId: string,
  start: { readonly create: RunBody } | { readonly join: string },
  signal: AbortSignal,
): Promise<Conversation> {
  const { messages } = client.beta.threads;
  if (!messages)
    throw new TypeError('The client has no beta.threads.messages, which is needed to list the conversation.');
  const [listed, toolOutputs] = await Promise.all([
    listNewest((query, own) => messages.list(threadId, query, { signal: own }), signal),
    'join' in start ? toolOutputsOf(client, threadId, start.join, signal) : [],
  ]);
  const { additional_messages: added } = 'create' in start ? start.create : {};
  const input = extractUserMessages(Array.isArray(added) ? added : []);
  return appendInput(
    { userMessages: extractUserMessages(listed), toolOutputs },
    { userMessages: input, toolOutputs: [] },
  );
}

async function toolOutputsOf(
  client: AssistantsClient,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): Promise<readonly ToolOutputText[]> {
  const { steps } = client.beta.threads.runs;
  if (!steps) return [];
  const listed = await listNewest(
    (query, own) => steps.list(runId, { thread_id: threadId, ...query }, { signal: own }),
    signal,
  );
  return listed.flatMap(outputsOf);
}

function outputsOf(step: object): ToolOutputText[] {
  const { step_details: details } = step as RunStep;
  return (details?.tool_calls ?? []).flatMap((call) => {
    const { name, output } = call.function ?? {};
    return typeof name === 'string' && typeof output === 'string' ? [{ functionName: name, output }] : [];
  });
}

/** The fields of a run step that are read. */
interface RunStep {
  readonly step_details?: {
    readonly tool_calls?: readonly { readonly function?: { readonly name?: unknown; readonly output?: unknown } }[];
  };
}
