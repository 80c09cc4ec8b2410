import { GuardedRunError } from '../errors.ts';
import type { AssistantRun } from '../drivers/assistants/client.ts';
import { assistantsDriver, type AssistantsRequest } from '../drivers/assistants/driver.ts';
import { finalText } from '../drivers/assistants/text.ts';
import { checkChoice, checkId } from '../internal/checks.ts';
import { checkAssistantsClient, checkStreamingClient } from '../client-checks.ts';
import type { OpenApproval } from '../core/open-approval.ts';
import type { RunJournal } from '../core/durable.ts';
import type { RunResult } from '../results.ts';
import { expiredRun, toldOutcomes } from './expired.ts';
import { isConversation, openBefore, servedAlready, type RunnerJob } from './job.ts';

/** A run of the Assistants API that is served. */
interface Served {
  readonly threadId: string;
  readonly start: AssistantsRequest['start'];
  readonly opened?: RunJournal | undefined;
  readonly openApprovals?: readonly OpenApproval[];
}

/** Creates a run of the Assistants API, and serves it. */
export async function serveRun(
  job: RunnerJob,
  threadId: string,
  create: { readonly assistant_id: string },
): Promise<RunResult> {
  const start = { create };
  checkThread(job, threadId);
  if (isConversation(threadId)) {
    throw new TypeError(
      `threadId is "${threadId}", a conversation, but assistants has no "${create.assistant_id}": say there which model answers.`,
    );
  }
  checkId('assistantId', create.assistant_id);
  return serve(job, { threadId, start });
}

/** What to do when the API has given up the run: say so, or start another that is told what became of its calls. */
export type OnExpired = 'report' | 'new-run';

/** Joins a run, and serves it; by its journal, where it has one. */
export async function resumeRun(
  job: RunnerJob,
  threadId: string,
  runId: string,
  onExpired: OnExpired = 'report',
): Promise<RunResult> {
  checkThread(job, threadId);
  checkId('runId', runId);
  checkChoice('onExpired', onExpired, ['report', 'new-run']);
  const { server, live } = job;
  if (live.has(runId)) throw servedAlready('Run', runId, { threadId, runId, activeRunId: runId });
  const opened = await openBefore({ threadId, runId }, async () => server.journal?.reopen(runId));
  const result = await serve(job, { threadId, start: { join: runId }, opened });
  if (!opened || result.status !== 'expired') return result;
  const { calls, openApprovals } = await expiredRun(opened, server.settings);
  if (onExpired === 'report') return { ...result, calls };
  const { assistant_id: assistantId } = result.run as { assistant_id?: unknown };
  if (typeof assistantId !== 'string') {
    const says = `Run ${runId} has expired, and does not say of which assistant it was: start a new one with run.`;
    throw new GuardedRunError('api_error', says, { threadId, runId, calls, leftOpen: false });
  }
  const create = { assistant_id: assistantId, additional_instructions: toldOutcomes(calls) };
  return serve(job, { threadId, start: { create }, openApprovals });
}

async function serve(
  { server, client, live, options, followed }: RunnerJob,
  { threadId, start, opened, openApprovals }: Served,
): Promise<RunResult> {
  checkAssistantsClient(client);
  let served: string | undefined;
  try {
    return await server.serve<AssistantRun, RunResult>({
      method: followed ? 'stream' : 'join' in start ? 'resume' : 'run',
      api: 'assistants',
      options,
      followed,
      opened,
      openApprovals,
      ...('join' in start ? {} : { assistantId: start.create.assistant_id }),
      threadId,
      driver({ pollIntervalMs, transport = followed ? 'stream' : 'poll' }) {
        const streams = transport === 'stream';
        if (streams) checkStreamingClient(client);
        return assistantsDriver({ client, threadId, start, pollIntervalMs, streams });
      },
      async resultOf(run, loop) {
        const { status, usage = null } = run as AssistantRun & { usage?: unknown };
        const { calls, approvals } = loop;
        const common = { runId: run.id, run, usage, calls, approvals };
        if (approvals.length > 0) return { ...common, status: 'awaiting_approval', text: null };
        return { ...common, status, text: await finalText(client, threadId, run, loop) };
      },
      onOpened(runId) {
        served = runId;
        live.add(runId);
      },
    });
  } finally {
    if (served !== undefined) live.delete(served);
  }
}

function checkThread({ client }: RunnerJob, threadId: string): void {
  checkAssistantsClient(client);
  checkId('threadId', threadId);
}
