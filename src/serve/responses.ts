import { requestOfRun, runOfResponse } from '../drivers/responses/as-run.ts';
import type { ResponseBody } from '../drivers/responses/client.ts';
import { conversationIdOf } from '../drivers/responses/context.ts';
import { responsesDriver, type ResponsesEnd } from '../drivers/responses/driver.ts';
import { textOf } from '../drivers/responses/text.ts';
import { checkId } from '../internal/checks.ts';
import { isJsonObject } from '../internal/json.ts';
import { checkResponsesClient } from '../client-checks.ts';
import type { CommonResult, ContinueFrom, ResponsesResult, RunResult } from '../results.ts';
import { exclusively, type RunnerJob } from './job.ts';

export interface ResponsesJob extends RunnerJob {
  /** The definitions of the registered tools. */
  readonly tools: () => readonly object[];
}

/** Serves a response of the Responses API, and those that follow from it. */
export async function serveResponses(job: ResponsesJob, params: ResponseBody): Promise<ResponsesResult> {
  checkParams(params);
  return serve(job, job.followed ? 'streamResponses' : 'responses', params, (end, common) => {
    const { response, usage, history } = end;
    const status = response.status as ResponsesResult['status'];
    const continueFrom = continueFromOf(params, end);
    return { ...common, status, response, usage, continueFrom, ...(history ? { history: [...history] } : {}) };
  });
}

/** Serves a run of the Assistants API in a conversation, by the Responses API. */
export async function runInConversation(
  job: ResponsesJob,
  threadId: string,
  assistantId: string,
  assistant: object,
  runParams: object,
): Promise<RunResult> {
  checkId('threadId', threadId);
  if (threadId.startsWith('thread_')) {
    throw new TypeError(
      `threadId is "${threadId}", but assistants["${assistantId}"] answers in conversations: copy the thread with copyThread, and pass the conversation's id.`,
    );
  }
  const params = { ...requestOfRun(assistantId, { ...assistant }, { ...runParams }), conversation: threadId };
  return serve(job, job.followed ? 'stream' : 'run', params, ({ response, usage }, common) => {
    const run = runOfResponse(response, usage, threadId, assistantId);
    return { ...common, status: run.status, run, usage: run['usage'], response };
  });
}

async function serve<Result extends { readonly status: string }>(
  { server, client, live, tools, options, followed }: ResponsesJob,
  method: 'run' | 'responses' | 'stream' | 'streamResponses',
  params: ResponseBody,
  resultOf: (end: ResponsesEnd, common: CommonResult) => Result,
): Promise<Result> {
  checkResponsesClient(client);
  const threadId = conversationIdOf(params.conversation);
  return exclusively(live, 'Conversation', threadId, async () =>
    server.serve<ResponsesEnd, Result>({
      method,
      api: 'responses',
      options,
      followed,
      threadId,
      driver: ({ pollIntervalMs, transport = followed ? 'stream' : 'poll' }) =>
        responsesDriver({ client, params, tools, pollIntervalMs, streams: transport === 'stream' }),
      resultOf: (end, { calls }) => resultOf(end, { text: textOf(end.response), calls }),
    }),
  );
}

function checkParams(params: ResponseBody): void {
  if (!isJsonObject(params)) throw new TypeError('responses needs params: { model, input, … }.');
  if ((params as { stream?: unknown }).stream) {
    throw new TypeError('params.stream cannot be set: call runner.streamResponses.');
  }
  for (const key of ['tools', 'input'] as const) {
    const list: unknown = params[key];
    const odd = Array.isArray(list) ? list.findIndex((entry) => typeof entry !== 'object' || entry === null) : -1;
    if (odd >= 0)
      throw new TypeError(`params.${key}[${odd}] is ${String((list as unknown[])[odd])}; it must be an object.`);
  }
  const { conversation, previous_response_id: previousId } = params;
  if ((conversation ?? undefined) !== undefined && (previousId ?? undefined) !== undefined) {
    throw new TypeError('params has both conversation and previous_response_id: the API goes on from one of them.');
  }
}

/** Where the API keeps nothing, the history goes on. */
function continueFromOf(params: ResponseBody, { previousId }: ResponsesEnd): ContinueFrom {
  const conversationId = conversationIdOf(params.conversation);
  if (conversationId !== undefined) return { conversation: conversationId };
  const id = params.store === false ? params.previous_response_id : previousId;
  return id ? { previous_response_id: id } : {};
}
