import { Limit } from '../../../internal/abort.ts';
import { writtenArguments } from '../../call/tool-call.ts';
import type { Conversation, ToolOutputText } from '../../gateway/gateway.ts';
import { limits } from '../../limits.ts';
import { statusOf } from '../api-error.ts';
import { listNewest } from '../api.ts';
import { appendInput, argumentsIn, extractUserMessages } from '../extract-conversation.ts';
import type { ListedCalls } from '../call-ids.ts';
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
  const input = extractUserMessages(Array.isArray(added) ? added : [], listed);
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
  const calls = await readStepCalls(client, threadId, runId, signal);
  return calls.flatMap(({ function: { name, arguments: args, output } = {} }) =>
    typeof name === 'string' && typeof output === 'string'
      ? [{ functionName: name, output, ...argumentsIn(args) }]
      : [],
  );
}

/** A call in a step of a run. */
interface StepCall {
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown; readonly output?: unknown };
}

/** Lists the calls in the run's steps, oldest first: none if the client does not list steps. */
async function readStepCalls(
  { beta }: AssistantsClient,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): Promise<readonly StepCall[]> {
  const { steps } = beta.threads.runs;
  if (!steps) return [];
  const listed = await listNewest(
    (query, own) => steps.list(runId, { thread_id: threadId, ...query }, { signal: own }),
    signal,
  );
  return listed.flatMap((step) => (step as RunStep).step_details?.tool_calls ?? []);
}

/** Lists the function calls in the run's steps. */
export async function listCalls(
  client: AssistantsClient,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): Promise<ListedCalls> {
  const read = async (own: AbortSignal): Promise<readonly StepCall[]> => readStepCalls(client, threadId, runId, own);
  return new Limit(signal, limits.assistantsStepsMs)
    .within(({ signal }) => read(signal))
    .then(
      (calls) =>
        calls.map(({ id, function: { name, arguments: args } = {} }) => ({
          ...{ callId: String(id), name: String(name), kind: 'function' as const },
          ...writtenArguments(args),
        })),
      (error: unknown) => (statusOf(error) === 404 ? [] : undefined),
    );
}

/** The fields of a run step that are read. */
interface RunStep {
  readonly step_details?: { readonly tool_calls?: readonly StepCall[] };
}
