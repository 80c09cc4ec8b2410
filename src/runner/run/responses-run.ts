import { requestOfRun, runOfResponse } from '../apis/responses/assistants-compat.ts';
import type { ResponseBody } from '../apis/responses/client.ts';
import { completionWindowMsOf, conversationIdOf } from '../apis/responses/context.ts';
import { responsesDriver, type ResponsesEnd } from '../apis/responses/driver.ts';
import { responseMessage } from '../apis/responses/response.ts';
import { RunLog, closeWithinLimit } from '../journal/run-log.ts';
import { GuardedRunError } from '../errors.ts';
import { checkId, shown } from '../../internal/checks.ts';
import { isJsonObject } from '../../internal/json.ts';
import { checkResponsesClient } from '../client-checks.ts';
import type { CommonResult, ContinueFrom, ResponsesResult, RunResult } from '../results.ts';
import { needsJournal, type RunMethod } from '../settings.ts';
import { closing, howToResume, withJournal } from './journal-access.ts';
import type { RunnerContext } from './run-engine.ts';

export interface ResponsesContext extends RunnerContext {
  /** The definitions of the registered tools. */
  readonly tools: () => readonly object[];
  /** The journal of a resumed run. */
  readonly opened?: RunLog;
}

/** Serves a response of the Responses API and the responses that continue it. */
export async function serveResponses(job: ResponsesContext, params: ResponseBody): Promise<ResponsesResult> {
  const method = job.subscriber ? 'streamResponses' : 'responses';
  checkParams(method, params);
  return serve(job, method, params, resultOf(params));
}

function resultOf(params: ResponseBody): (end: ResponsesEnd, common: CommonResult) => ResponsesResult {
  return (end, common) => {
    const { response, usage, history } = end;
    const status = common.approvals.length > 0 ? 'awaiting_approval' : (response.status as ResponsesResult['status']);
    const continueFrom = continueFromOf(params, end);
    return { ...common, status, response, usage, continueFrom, ...(history ? { history: [...history] } : {}) };
  };
}

/**
 * Resumes a run of the Responses API that an earlier process started, from its journal.
 *
 * @throws GuardedRunError when the journal is missing or another process holds it
 */
export async function resumeResponses(job: ResponsesContext, runId: string): Promise<ResponsesResult> {
  const { opened, params } = await reopened(job, 'resumeResponses', runId);
  return closing(opened, async () => serve({ ...job, opened }, 'resumeResponses', params, resultOf(params)));
}

/** Resumes a run that `runInConversation` started. */
export async function resumeInConversation(job: ResponsesContext, threadId: string, runId: string): Promise<RunResult> {
  const { opened, params } = await reopened(job, 'resume', runId);
  const { assistantId, threadId: journaledThreadId } = opened.run;
  return closing(opened, async () => {
    if (journaledThreadId !== threadId || assistantId === undefined) {
      const message = `Response ${runId} was not started by run("${threadId}", …). Call resumeResponses("${runId}").`;
      throw new GuardedRunError('journal', message, { threadId, runId, calls: [], leftOpen: false });
    }
    return serve({ ...job, opened }, 'resume', params, runResultOf(threadId, assistantId), assistantId);
  });
}

/** Opens the journal of a run and reads the params that the run started with. */
async function reopened(
  { engine, keyed }: ResponsesContext,
  method: 'resume' | 'resumeResponses',
  runId: string,
): Promise<{ readonly opened: RunLog; readonly params: ResponseBody }> {
  checkId('runId', runId);
  const { journal } = engine;
  if (!journal) {
    const where = method === 'resume' ? ' of a run in a conversation' : '';
    throw needsJournal(`${method}${where}`);
  }
  const opened = await withJournal({ threadId: undefined, runId }, async () => RunLog.reopen(journal, runId));
  const params = opened?.run.api === 'responses' ? opened.run.request : undefined;
  const over = opened && whyOver(opened);
  if (opened && isJsonObject(params) && over === undefined) return { opened, params };
  if (opened) await closeWithinLimit(opened);
  if (!opened && keyed) throw keyed.runIsGone(undefined, runId);
  const message = !opened
    ? `No journal found for run "${runId}". Pass the runId of its result, or the id of one of await journal.openRuns().`
    : isJsonObject(params)
      ? `Run ${runId} ${over ?? ''} and cannot be resumed. Start a new run${keyed ? ' with another runKey' : ''}.`
      : howToResume(opened);
  throw new GuardedRunError('journal', message, { threadId: undefined, runId, calls: [], leftOpen: false });
}

/** Returns why a run of the Responses API cannot continue, if so. */
function whyOver({ run, history }: RunLog): string | undefined {
  if (history.isCancelled) return 'was cancelled';
  const isInConversation = conversationIdOf((run.request as ResponseBody | undefined)?.conversation) !== undefined;
  return isInConversation && history.endedUnheard ? 'ended before its first response was known' : undefined;
}

/** Serves a run of the Assistants API in a conversation, by the Responses API. */
export async function runInConversation(
  job: ResponsesContext,
  threadId: string,
  assistantId: string,
  assistant: object,
  runParams: object,
): Promise<RunResult> {
  checkId('threadId', threadId);
  if (threadId.startsWith('thread_')) {
    throw new TypeError(
      `threadId is "${threadId}", but assistants["${assistantId}"] runs in conversations. Copy the thread with copyThread() and pass the conversation's id.`,
    );
  }
  const params = { ...requestOfRun(assistantId, { ...assistant }, { ...runParams }), conversation: threadId };
  return serve(job, job.subscriber ? 'stream' : 'run', params, runResultOf(threadId, assistantId), assistantId);
}

function runResultOf(threadId: string, assistantId: string): (end: ResponsesEnd, common: CommonResult) => RunResult {
  return ({ response, usage }, common) => {
    const run = runOfResponse(response, usage, threadId, assistantId);
    const status = common.approvals.length > 0 ? 'awaiting_approval' : run.status;
    return { ...common, status, run, usage: run['usage'], response };
  };
}

async function serve<Result extends { readonly status: string }>(
  job: ResponsesContext,
  method: RunMethod,
  params: ResponseBody,
  resultOf: (end: ResponsesEnd, common: CommonResult) => Result,
  assistantId?: string,
): Promise<Result> {
  const { engine, opened, tools } = job;
  const { client } = engine;
  checkResponsesClient(client);
  const threadId = conversationIdOf(params.conversation);
  const work = async (): Promise<Result> =>
    engine.serve<ResponsesEnd, Result>({
      ...job,
      method,
      api: 'responses',
      request: params,
      model: params.model,
      completionWindowMs: completionWindowMsOf(params),
      threadId,
      assistantId,
      driver: ({ pollIntervalMs, transport }) =>
        responsesDriver({
          client,
          params,
          tools,
          pollIntervalMs,
          streams: transport === 'stream',
          openRuns: engine.journal?.openRuns?.bind(engine.journal),
          isResumed: opened !== undefined,
        }),
      resultOf(end, { recorder, runIds, calls, approvals }) {
        const runId = recorder?.log?.history.run?.id ?? runIds.first ?? end.response.id;
        return resultOf(end, { runId, ...responseMessage(end.response), calls, approvals });
      },
    });
  if (threadId === undefined) return work();
  return engine.exclusively('Conversation', threadId, { threadId }, work);
}

function checkParams(method: 'responses' | 'streamResponses', params: ResponseBody): void {
  if (!isJsonObject(params)) {
    throw new TypeError(`${method}: params is ${shown(params)}; it must be an object: { model, input, … }.`);
  }
  if ((params as { stream?: unknown }).stream) {
    throw new TypeError('params.stream cannot be set. Call runner.streamResponses() instead.');
  }
  for (const key of ['tools', 'input'] as const) {
    const list: unknown = params[key];
    const odd = Array.isArray(list) ? list.findIndex((entry) => typeof entry !== 'object' || entry === null) : -1;
    if (odd >= 0)
      throw new TypeError(`params.${key}[${odd}] is ${shown((list as unknown[])[odd])}; it must be an object.`);
  }
  const { conversation, previous_response_id: previousId } = params;
  if ((conversation ?? undefined) !== undefined && (previousId ?? undefined) !== undefined) {
    throw new TypeError('params has both conversation and previous_response_id. Pass one of them.');
  }
}

/** Returns what the next request continues from. With `store: false`, the caller passes on `history` instead. */
function continueFromOf(params: ResponseBody, { previousId }: ResponsesEnd): ContinueFrom {
  const conversationId = conversationIdOf(params.conversation);
  if (conversationId !== undefined) return { conversation: conversationId };
  const id = params.store === false ? params.previous_response_id : previousId;
  return id ? { previous_response_id: id } : {};
}
