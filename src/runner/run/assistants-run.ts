import { assistantsDriver, type AssistantsEnd, type AssistantsRequest } from '../apis/assistants/driver.ts';
import { apiNames } from '../apis/assistants/param-names.ts';
import { checkId } from '../../internal/checks.ts';
import { checkAssistantsClient, checkStreamingClient } from '../client-checks.ts';
import type { RunResult } from '../results.ts';
import { withJournal } from './journal-access.ts';
import type { RunFacts } from './recorder.ts';
import type { RunnerContext } from './run-engine.ts';

interface AssistantsJob extends Pick<RunFacts, 'opened' | 'openApprovals' | 'beforeJournal'> {
  readonly threadId: string;
  readonly start: AssistantsRequest['start'];
}

/** Returns true if a thread id is the id of a Responses API conversation. */
export function isConversation(threadId: unknown): boolean {
  return typeof threadId === 'string' && threadId.startsWith('conv_');
}

/** Creates a run of the Assistants API and serves it. */
export async function serveRun(
  job: RunnerContext,
  threadId: string,
  assistantId: string,
  params: object | undefined,
): Promise<RunResult> {
  for (const [name, id] of Object.entries({ threadId, assistantId })) checkId(name, id);
  if (isConversation(threadId)) {
    throw new TypeError(
      `threadId "${threadId}" is a conversation, but the runner's assistants option has no "${assistantId}". Add it: { model, instructions }.`,
    );
  }
  const create = { ...(params && apiNames(params)), assistant_id: assistantId };
  return serveAssistantsRun(job, { threadId, start: { create } });
}

/** Serves a new or an existing run of the Assistants API. */
export async function serveAssistantsRun(job: RunnerContext, { start, ...facts }: AssistantsJob): Promise<RunResult> {
  const { engine, subscriber, keyed } = job;
  const { client } = engine;
  const { threadId, opened } = facts;
  checkAssistantsClient(client);
  const idOf = engine.journal?.id?.bind(engine.journal);
  const journalId = idOf && (await withJournal({ threadId }, idOf));
  return await engine.serve<AssistantsEnd, RunResult>({
    ...job,
    ...facts,
    method: subscriber ? 'stream' : 'join' in start ? 'resume' : 'run',
    api: 'assistants',
    ...('join' in start
      ? {}
      : { assistantId: start.create.assistant_id, request: start.create, model: start.create.model }),
    driver({ pollIntervalMs, transport }) {
      const streams = transport === 'stream';
      if (streams) checkStreamingClient(client);
      const isResumed = opened !== undefined;
      return assistantsDriver({ client, threadId, start, pollIntervalMs, streams, journalId, keyed, isResumed });
    },
    resultOf({ run, ...message }, loop) {
      const { usage = null } = run;
      const { calls, approvals } = loop;
      const status = approvals.length > 0 ? 'awaiting_approval' : run.status;
      return { runId: run.id, status, ...message, run, usage, calls, approvals };
    },
  });
}
