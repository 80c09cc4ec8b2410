import { assistantsDriver, type AssistantsEnd, type AssistantsRequest } from '../apis/assistants/driver.ts';
import { apiNames } from '../apis/assistants/param-names.ts';
import { checkId } from '../../internal/checks.ts';
import { checkAssistantsClient, checkStreamingClient } from '../client-checks.ts';
import type { OpenApproval } from '../journal/events.ts';
import type { RunLog } from '../journal/run-log.ts';
import type { RunResult } from '../results.ts';
import { withJournal, type RunnerContext } from './job.ts';

export interface AssistantsJob {
  readonly threadId: string;
  readonly start: AssistantsRequest['start'];
  readonly opened?: RunLog | undefined;
  /** Approvals that are still pending from the expired run that this run replaces. */
  readonly openApprovals?: readonly OpenApproval[];
  /** Runs before the run's journal is created. */
  readonly beforeJournal?: (firstRunId: string) => Promise<void>;
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
export async function serveAssistantsRun(
  { engine, client, live, options, subscriber, keyed }: RunnerContext,
  { threadId, start, opened, openApprovals, beforeJournal }: AssistantsJob,
): Promise<RunResult> {
  checkAssistantsClient(client);
  const idOf = engine.journal?.id?.bind(engine.journal);
  const journalId = idOf && (await withJournal({ threadId }, idOf));
  return await engine.serve<AssistantsEnd, RunResult>({
    method: subscriber ? 'stream' : 'join' in start ? 'resume' : 'run',
    api: 'assistants',
    options,
    subscriber,
    opened,
    openApprovals,
    beforeJournal,
    keyed,
    ...('join' in start
      ? {}
      : { assistantId: start.create.assistant_id, request: start.create, model: start.create.model }),
    threadId,
    driver({ pollIntervalMs, transport = subscriber ? 'stream' : 'poll' }) {
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
    live,
  });
}
