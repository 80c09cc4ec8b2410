import type { JournaledRun } from '../journal/events.ts';
import { RunLog } from '../journal/run-log.ts';
import { messageFacts, say, type Messages } from '../call/messages.ts';
import { checkAgentsClient, checkAssistantsClient, checkResponsesClient } from '../client-checks.ts';
import { cancelActiveTurn, readSession } from '../apis/agents/session.ts';
import { cancelToEnd } from '../apis/assistants/cancel.ts';
import { abandonRun } from '../apis/responses/cancel.ts';
import { GuardedRunError } from '../errors.ts';
import { Limit } from '../../internal/abort.ts';
import { checkId } from '../../internal/checks.ts';
import { closing, withJournal } from './journal-access.ts';
import type { RunEngine } from './run-engine.ts';
import { limits } from '../limits.ts';
import { needsJournal } from '../settings.ts';
import { newRecord } from '../call/outcome.ts';
import type { ToolOutput } from './driver.ts';
import { callKey, type ToolCall } from '../call/tool-call.ts';

/** Cancels a run that no process serves, and records that in its journal. */
export async function cancelRun(
  { client, journal, settings: { messages } }: RunEngine,
  runId: string,
): Promise<{ readonly status: string }> {
  checkId('runId', runId);
  if (!journal) throw needsJournal('cancel');
  const opened = await withJournal({ threadId: undefined, runId }, async () => RunLog.reopen(journal, runId));
  if (!opened) {
    const message = `No journal found for run "${runId}". Pass the runId of its result, or one of await journal.list().`;
    throw new GuardedRunError('journal', message, { threadId: undefined, runId, calls: [], leftOpen: false });
  }
  return closing(opened, async () => {
    const status = await CANCEL[opened.run.api](client, opened, messages);
    const end = { type: 'run-end', number: opened.history.nextEnd, runId, status, by: 'cancel' } as const;
    await withJournal({ threadId: opened.run.threadId, runId }, async () => opened.append(end));
    return { status };
  });
}

type Cancel = (client: unknown, journal: RunLog, messages: Messages) => Promise<string>;

/** Each function resolves with the API's own final status. */
const CANCEL: Readonly<Record<JournaledRun['api'], Cancel>> = {
  async assistants(client, { run: { id, threadId } }) {
    checkAssistantsClient(client);
    const { runs } = client.beta.threads;
    const run = await new Limit(undefined, limits.cancelMs).within(async ({ signal }) =>
      cancelToEnd(runs, threadId, id, signal),
    );
    return run.status;
  },
  async agents(client, { run: { id, threadId } }) {
    checkAgentsClient(client);
    const { sessions } = client.beta.agents;
    const within = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
      new Limit(undefined, limits.cancelMs).within(({ signal }) => work(signal));
    const { status } = await within(async (signal) => readSession(sessions, id, signal));
    if (status === 'idle' || status === 'failed') return status;
    await within(async (signal) => cancelActiveTurn(sessions, id, signal)).catch((cause: unknown) => {
      const message = `Session ${id} could not be cancelled and may still be running. Call cancel again.`;
      throw new GuardedRunError('api_error', message, { threadId, calls: [], leftOpen: true, cause });
    });
    return 'cancelled';
  },
  async responses(client, journal, messages) {
    checkResponsesClient(client);
    const { id, threadId } = journal.run;
    const ended = journal.history.ends.at(-1)?.status;
    if (ended !== undefined) return ended;
    const left = await abandonRun(client, journal, (call, responseId) =>
      recordedOutput(journal, call, responseId, messages),
    );
    if (!left) return 'cancelled';
    const { message, callIds: openCalls } = left;
    throw new GuardedRunError('open_calls', message, { threadId, runId: id, calls: [], leftOpen: true, openCalls });
  },
};

/** Builds the output for a call of a cancelled run from what the journal recorded. */
function recordedOutput(journal: RunLog, call: ToolCall, askedBy: string, messages: Messages): ToolOutput {
  const { callId, kind } = call;
  const key = callKey(askedBy, call);
  const past = journal.history.calls.get(key);
  const { outcome, output, content } = past?.end ?? {};
  // The API's own server runs no further calls of a cancelled run.
  if (kind !== 'approval' && outcome !== undefined && output !== undefined) return { callId, outcome, output, content };
  const fallback = kind !== 'approval' && past?.isStarted ? 'in_doubt' : 'not_run';
  return { callId, outcome: fallback, output: say(messages, fallback, messageFacts(newRecord(call, 0))) };
}
