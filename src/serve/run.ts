import type { AssistantRun } from '../drivers/assistants/client.ts';
import { assistantsDriver, type AssistantsRequest } from '../drivers/assistants/driver.ts';
import { finalText } from '../drivers/assistants/text.ts';
import { GuardedRunError } from '../errors.ts';
import { checkId } from '../internal/checks.ts';
import { checkAssistantsClient } from '../options.ts';
import type { RunResult } from '../results.ts';
import type { AnyRunOptions, Server } from './server.ts';

export interface RunsJob {
  readonly server: Server;
  readonly client: unknown;
  /** The ids of the runs that the runner is serving. */
  readonly live: Set<string>;
  readonly options: AnyRunOptions;
}

/** Serves a run of the Assistants API. */
export async function serveRun(
  { server, client, live, options }: RunsJob,
  threadId: string,
  start: AssistantsRequest['start'],
): Promise<RunResult> {
  checkAssistantsClient(client);
  checkId('threadId', threadId);
  if (threadId.startsWith('conv_')) throw new TypeError(notAThread(threadId, start));
  if ('join' in start) checkId('runId', start.join);
  else checkId('assistantId', start.create.assistant_id);
  if ('join' in start && live.has(start.join)) throw servedAlready(threadId, start.join);
  let served: string | undefined;
  try {
    return await server.serve<AssistantRun, RunResult>({
      method: 'join' in start ? 'resume' : 'run',
      options,
      threadId,
      driver: ({ pollIntervalMs }) => assistantsDriver({ client, threadId, start, pollIntervalMs }),
      async resultOf(run, { calls, signal }) {
        const { status, usage = null } = run as AssistantRun & { usage?: unknown };
        return { status, run, text: await finalText(client, threadId, run, signal), usage, calls };
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

/** Two that serve one run would each run its calls. */
function servedAlready(threadId: string, runId: string): GuardedRunError {
  const says = `Run ${runId} is being served by this runner already: wait for the call that serves it.`;
  return new GuardedRunError('active_run', says, { threadId, runId, activeRunId: runId, calls: [], leftOpen: false });
}
