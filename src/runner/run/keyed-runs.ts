/** The methods that begin a run, with the option `runKey`. */
import type { ResponseBody } from '../apis/responses/client.ts';
import { conversationIdOf, hostedSideEffect } from '../apis/responses/context.ts';
import { GuardedRunError } from '../errors.ts';
import type { ResponsesResult, RunResult, SessionInput, SessionResult } from '../results.ts';
import { serveRun } from './assistants-run.ts';
import { withJournal } from './job.ts';
import type { RunnerContext } from './run-engine.ts';
import { keyed } from './keyed.ts';
import {
  resumeInConversation,
  resumeResponses,
  runInConversation,
  serveResponses,
  type ResponsesContext,
} from './responses-run.ts';
import { resumeRun } from './resume.ts';
import { findSessionTurn, serveSession } from './session-run.ts';

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
    find: async ({ key }) => findResponsesRun(job, key, threadId),
    begin: async (own) => runInConversation(own, threadId, ...of),
    resume: async (own, runId) => resumeInConversation(own, threadId, runId),
  });
}

export async function responses(job: ResponsesContext, params: ResponseBody): Promise<ResponsesResult> {
  const body = Object(params) as ResponseBody;
  const threadId = conversationIdOf(body.conversation);
  return keyed(job, {
    api: 'responses',
    threadId,
    async find({ key }) {
      const runId = await findResponsesRun(job, key, threadId);
      const acted = runId === undefined && threadId === undefined && hostedSideEffect(body);
      if (!acted) return runId;
      const message = `A process died during the request of the runKey "${key}". The API runs ${acted} itself, so the request is not repeated. Check what it did, then use another runKey.`;
      throw new GuardedRunError('reply_lost', message, { calls: [], leftOpen: false });
    },
    begin: async (own) => serveResponses(own, params),
    resume: async (own, runId) => resumeResponses(own, runId),
  });
}

export async function session(job: RunnerContext, sessionId: string, input: SessionInput): Promise<SessionResult> {
  return keyed(job, {
    api: 'agents',
    threadId: sessionId,
    find: async (log) => findSessionTurn(job, sessionId, log),
    begin: async (own) => serveSession(own, sessionId, input),
    resume: async (own, turnId) => serveSession(own, sessionId, undefined, turnId),
  });
}

/** Finds the open run of a key. A chain of responses without a journal has made no call. */
async function findResponsesRun(
  { engine: { journal } }: RunnerContext,
  key: string,
  threadId: string | undefined,
): Promise<string | undefined> {
  const open = (await withJournal({ threadId }, async () => journal?.openRuns?.())) ?? [];
  // The thread of a chain is its first response.
  return open.find(({ run }) => run?.runKey === key && (threadId ?? run.threadId) === run.threadId)?.id;
}
