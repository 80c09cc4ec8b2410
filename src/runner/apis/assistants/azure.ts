import { sleep } from '../../../internal/abort.ts';
import { checkMethods } from '../../../internal/checks.ts';
import type { ListQuery, Page, RequestOptions } from '../api.ts';
import type { AzureAgentsClient, AzureAssistantsClient, AzureEvent, AzureRun, AzureRunReply } from './azure-client.ts';
import { azureRequests, type AzureOptions, type AzureRequest } from './azure-requests.ts';
import type {
  AssistantRun,
  FunctionToolCall,
  MessagesApi,
  RequiredAction,
  Retrieved,
  RunBody,
  RunsApi,
  StepsApi,
  SubmitParams,
} from './client.ts';
import { assertKnownStatus, isTerminal } from './followed-run.ts';
import { camelCaseNames } from './param-names.ts';

/**
 * Adapts `AgentsClient` of `@azure/ai-agents` (Azure Foundry Agents, classic) to a runner. Run params have the SDK's
 * camelCase names.
 *
 * @throws TypeError for a value that is not such a client
 *
 * @example
 * const client = new AgentsClient(endpoint, new DefaultAzureCredential());
 * const runner = new GuardedRunner({ client: azureAgents(client), gateway, tools });
 * const { status, text } = await runner.run(threadId, agentId);
 */
export function azureAgents<Client extends AzureAgentsClient>(client: Client): AzureAssistantsClient<Client> {
  const remedy = 'Pass new AgentsClient(endpoint, credential) of @azure/ai-agents.';
  const { runs, messages, pipeline } = Object(client) as Partial<AzureAgentsClient>;
  checkMethods('azureAgents: client.runs', runs, ['create', 'get', 'submitToolOutputs', 'cancel', 'list'], remedy);
  checkMethods('azureAgents: client.messages', messages, ['list'], remedy);
  const request = azureRequests(pipeline);
  const threads = { runs: runsOf(client, request), messages: messagesOf(client, request) };
  return { beta: { threads } } as unknown as AzureAssistantsClient<Client>;
}

interface Streamable {
  readonly stream?: true;
}

/** The driver calls `createAndPoll` and its like on an object that inherits these methods and replaces some of them. */
function runsOf({ runs, runSteps }: AzureAgentsClient, request: AzureRequest): RunsApi {
  const send = (
    options: RequestOptions | undefined,
    reply: (azure: AzureOptions) => AzureRunReply,
    isStream = false,
  ): Retrieved => {
    const sent = request(options, async (azure) => (isStream ? streamOf(reply(azure)) : runOf(await reply(azure))));
    const run = sent.then(({ data }) => data);
    // The driver awaits only one of the two promises.
    run.catch(() => undefined);
    return Object.assign(run, { withResponse: async () => sent });
  };
  return {
    create(threadId, { assistant_id: agentId, stream, ...params }: RunBody & Streamable, options) {
      return send(options, (azure) => runs.create(threadId, agentId, { ...camelCaseNames(params), ...azure }), stream);
    },
    submitToolOutputs(runId, { thread_id: threadId, tool_outputs, stream }: SubmitParams & Streamable, options) {
      const outputs = tool_outputs.map(({ tool_call_id: toolCallId, output }) => ({ toolCallId, output }));
      return send(options, (azure) => runs.submitToolOutputs(threadId, runId, outputs, azure), stream);
    },
    retrieve: (runId, { thread_id: threadId }, options) => send(options, (azure) => runs.get(threadId, runId, azure)),
    cancel: (runId, { thread_id: threadId }, options) => send(options, (azure) => runs.cancel(threadId, runId, azure)),
    async list(threadId, query, options) {
      const { data } = await request(options, async (azure) =>
        take(runs.list(threadId, { ...query, ...azure }), query),
      );
      return { data: data.map(runOf) };
    },
    async createAndPoll(threadId, body, options) {
      const { id } = await this.create(threadId, body, options);
      return this.poll(id, { thread_id: threadId }, options);
    },
    async submitToolOutputsAndPoll(runId, params, options) {
      await this.submitToolOutputs(runId, params, options);
      return this.poll(runId, params, options);
    },
    async poll(runId, params, options = {}) {
      for (;;) {
        const run = await this.retrieve(runId, params, options);
        assertKnownStatus(run);
        if (run.status === 'requires_action' || isTerminal(run)) return run;
        await sleep(options.pollIntervalMs ?? 1_000, options.signal);
      }
    },
    ...(runSteps ? { steps: stepsOf(runSteps, request) } : {}),
  } satisfies RunsApi & ThisType<Required<RunsApi>>;
}

function stepsOf(runSteps: NonNullable<AzureAgentsClient['runSteps']>, request: AzureRequest): StepsApi {
  return {
    async list(runId, { thread_id: threadId, ...query }, options) {
      const listed = await request(options, async (azure) =>
        take(runSteps.list(threadId, runId, { ...query, ...azure }), query),
      );
      // The SDK's own objects lack the outputs of function calls.
      return listed.parsedBody as Page<object>;
    },
  };
}

function messagesOf({ messages }: AzureAgentsClient, request: AzureRequest): MessagesApi {
  return {
    async list(threadId, { run_id: runId, ...query }, options) {
      const { data } = await request(options, async (azure) =>
        take(messages.list(threadId, { runId, ...query, ...azure }), query),
      );
      return { data: data.map((message) => ({ ...message, run_id: message.runId ?? null })) };
    },
  };
}

/** Lists one page. The SDK reads no further one. */
async function take<Entry>(entries: AsyncIterable<Entry>, { limit = Infinity }: ListQuery): Promise<Entry[]> {
  const taken: Entry[] = [];
  for await (const entry of entries) {
    taken.push(entry);
    if (taken.length >= limit) break;
  }
  return taken;
}

/** The driver takes the events of a run for the run. */
async function streamOf(reply: AzureRunReply): Promise<AssistantRun> {
  if (!reply.stream) throw new TypeError('The Azure client cannot stream. Use transport: "poll".');
  return eventsOf(await reply.stream()) as unknown as AssistantRun;
}

async function* eventsOf(events: AsyncIterable<AzureEvent>): AsyncGenerator<AzureEvent> {
  for await (const { event, data } of events) {
    const isRun = event.startsWith('thread.run.') && !event.startsWith('thread.run.step.');
    yield { event, data: isRun ? runOf(data as AzureRun) : data };
  }
}

/** Adds the fields that the driver reads to a run of the SDK. */
function runOf(run: AzureRun): AssistantRun & { readonly assistant_id: string | undefined } {
  const { assistantId, requiredAction, expiresAt } = run;
  return {
    ...run,
    assistant_id: assistantId,
    expires_at: expiresAt ? expiresAt.getTime() / 1000 : null,
    required_action: requiredAction ? actionOf(requiredAction) : null,
  };
}

/** The SDK names other actions only, such as the approval of MCP calls, and cannot answer them. */
function actionOf({ type, submitToolOutputs }: NonNullable<AzureRun['requiredAction']>): RequiredAction {
  if (!submitToolOutputs) return { type: `${type} (through @azure/ai-agents)` };
  return { type, submit_tool_outputs: { tool_calls: submitToolOutputs.toolCalls as FunctionToolCall[] } };
}
