import type { AssistantRun } from '../drivers/assistants/client.ts';
import { assistantsDriver, type AssistantsRequest } from '../drivers/assistants/driver.ts';
import { finalText } from '../drivers/assistants/text.ts';
import { checkId } from '../internal/checks.ts';
import { checkAssistantsClient, checkStreamingClient } from '../client-checks.ts';
import type { RunResult } from '../results.ts';
import { openBefore, servedAlready, type RunnerJob } from './job.ts';

/** Serves a run of the Assistants API. */
export async function serveRun(
  { server, client, live, options, followed }: RunnerJob,
  threadId: string,
  start: AssistantsRequest['start'],
): Promise<RunResult> {
  checkAssistantsClient(client);
  checkId('threadId', threadId);
  if (threadId.startsWith('conv_')) throw new TypeError(notAThread(threadId, start));
  if ('join' in start) checkId('runId', start.join);
  else checkId('assistantId', start.create.assistant_id);
  if ('join' in start && live.has(start.join)) {
    throw servedAlready('Run', start.join, { threadId, runId: start.join, activeRunId: start.join });
  }
  const opened =
    'join' in start
      ? await openBefore({ threadId, runId: start.join }, async () => server.journal?.reopen(start.join))
      : undefined;
  let served: string | undefined;
  try {
    return await server.serve<AssistantRun, RunResult>({
      method: followed ? 'stream' : 'join' in start ? 'resume' : 'run',
      api: 'assistants',
      options,
      followed,
      opened,
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
        if (approvals.length > 0) return { status: 'awaiting_approval', run, text: null, usage, calls, approvals };
        return { status, run, text: await finalText(client, threadId, run, loop), usage, calls, approvals };
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

function notAThread(threadId: string, start: AssistantsRequest['start']): string {
  return 'join' in start
    ? `threadId is "${threadId}", a conversation of the Responses API: it has no runs to resume. Go on with responses or run.`
    : `threadId is "${threadId}", a conversation, but assistants has no "${start.create.assistant_id}": say there which model answers.`;
}
