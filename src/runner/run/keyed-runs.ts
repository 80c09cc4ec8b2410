/** The methods that begin a run, with the option `runKey`. */
import type { ResponseBody } from '../apis/responses/client.ts';
import { conversationIdOf, hostedSideEffect } from '../apis/responses/context.ts';
import type { ResponsesResult, RunResult, SessionInput, SessionResult } from '../results.ts';
import { serveRun } from './assistants-run.ts';
import type { RunnerContext } from './job.ts';
import { keyed } from './keyed.ts';
import {
  resumeInConversation,
  resumeResponses,
  runInConversation,
  serveResponses,
  type ResponsesContext,
} from './responses-run.ts';
import { resumeRun } from './resume.ts';
import { serveSession } from './session-run.ts';

export async function run(
  job: RunnerContext,
  threadId: string,
  assistantId: string,
  params: object | undefined,
): Promise<RunResult> {
  return keyed(job, {
    api: 'assistants',
    threadId,
    assistantId,
    begin: async (own) => serveRun(own, threadId, assistantId, params),
    resume: async (own, runId) => resumeRun(own, threadId, runId),
  });
}

export async function conversation(
  job: ResponsesContext,
  threadId: string,
  ...of: [assistantId: string, assistant: object, params: object]
): Promise<RunResult> {
  return keyed(job, {
    api: 'responses',
    threadId,
    assistantId: of[0],
    begin: async (own) => runInConversation(own, threadId, ...of),
    resume: async (own, runId) => resumeInConversation(own, threadId, runId),
  });
}

export async function responses(job: ResponsesContext, params: ResponseBody): Promise<ResponsesResult> {
  const body = Object(params) as ResponseBody;
  return keyed(job, {
    api: 'responses',
    threadId: conversationIdOf(body.conversation),
    sideEffect: () => hostedSideEffect(body),
    begin: async (own) => serveResponses(own, params),
    resume: async (own, runId) => resumeResponses(own, runId),
  });
}

export async function session(job: RunnerContext, sessionId: string, input: SessionInput): Promise<SessionResult> {
  return keyed(job, {
    api: 'agents',
    threadId: sessionId,
    begin: async (own) => serveSession(own, sessionId, input),
    resume: async (own, turnId) => serveSession(own, sessionId, undefined, turnId),
  });
}
