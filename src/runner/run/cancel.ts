import type { RunJournal } from '../journal/journal.ts';
import { JOURNAL_NAMES, freeName, callKey, stored } from '../journal/journaled-calls.ts';
import { type Messages, say } from '../call/messages.ts';
import { checkAgentsClient, checkAssistantsClient, checkResponsesClient } from '../client-checks.ts';
import { cancelActiveTurn, readSession } from '../apis/agents/session.ts';
import { cancelToEnd } from '../apis/assistants/cancel.ts';
import { abandonRun } from '../apis/responses/cancel.ts';
import { GuardedRunError } from '../errors.ts';
import { withTimeLimit } from '../../internal/abort.ts';
import { checkId } from '../../internal/checks.ts';
import { closing, withJournal, type RunnerContext } from './job.ts';
import { limits } from '../limits.ts';
import { needsJournal } from '../settings.ts';
import { factsOf, newRecord } from '../call/finish.ts';
import type { ToolCall, ToolOutput } from './driver.ts';

/** Cancels a run that no process serves, and records that in its journal. */
export async function cancelRun(
  { engine, client }: RunnerContext,
  runId: string,
): Promise<{ readonly status: string }> {
  checkId('runId', runId);
  const { journal } = engine;
  if (!journal) throw needsJournal('cancel');
  const opened = await withJournal({ threadId: undefined, runId }, async () => journal.reopen(runId));
  if (!opened) {
    const message = `No journal found for run "${runId}". Pass the runId of its result, or one of await journal.list().`;
    throw new GuardedRunError('journal', message, { threadId: undefined, runId, calls: [], leftOpen: false });
  }
  return closing(opened, async () => {
    const status = await CANCEL[opened.run.api](client, opened, engine.settings.messages);
    // A session can be cancelled once per input, but the journal keeps only the first record of a name.
    const name = freeName(opened, cancelledName(runId));
    await withJournal({ threadId: opened.run.threadId, runId }, async () => opened.record(name, { status }));
    return { status };
  });
}

/**
 * Returns true for a run that was cancelled. For a chain of responses, only the journal knows: its responses can always
 * be continued.
 */
export function isCancelled(journal: RunJournal): boolean {
  return journal.recorded(cancelledName(journal.run.id)) !== undefined;
}

function cancelledName(runId: string): string {
  return `${JOURNAL_NAMES.ended(runId)} by cancel`;
}

type Cancel = (client: unknown, journal: RunJournal, messages: Messages) => Promise<string>;

/** Each function resolves with the API's own final status. */
const CANCEL: Readonly<Record<RunJournal['run']['api'], Cancel>> = {
  async assistants(client, { run: { id, threadId } }) {
    checkAssistantsClient(client);
    const { runs } = client.beta.threads;
    const run = await withTimeLimit(limits.cancelMs, undefined, async (signal) =>
      cancelToEnd(runs, threadId, id, signal),
    );
    return run.status;
  },
  async agents(client, { run: { id, threadId } }) {
    checkAgentsClient(client);
    const { sessions } = client.beta.agents;
    const { status } = await withTimeLimit(limits.cancelMs, undefined, async (signal) =>
      readSession(sessions, id, signal),
    );
    if (status === 'idle' || status === 'failed') return status;
    if (await cancelActiveTurn(sessions, id)) return 'cancelled';
    const message = `Session ${id} could not be cancelled and may still be running. Call cancel again.`;
    throw new GuardedRunError('api_error', message, { threadId, calls: [], leftOpen: true });
  },
  async responses(client, journal, messages) {
    checkResponsesClient(client);
    const { id, threadId } = journal.run;
    const ended = endOf(journal);
    if (ended !== undefined) return ended;
    const left = await abandonRun(client, journal, (call, responseId) =>
      recordedOutput(journal, call, responseId, messages),
    );
    if (!left) return 'cancelled';
    const { message, callIds: openCalls } = left;
    throw new GuardedRunError('open_calls', message, { threadId, runId: id, calls: [], leftOpen: true, openCalls });
  },
};

/** The API's final status for the run, if an earlier process recorded it. */
function endOf({ records }: RunJournal): string | undefined {
  const ends = [...records].flatMap(([name, value]) => (name.startsWith(JOURNAL_NAMES.ended('')) ? [value] : []));
  const { status } = Object(ends.at(-1)) as { readonly status?: unknown };
  return typeof status === 'string' ? status : undefined;
}

/** Builds the output for a call of a cancelled run from what the journal recorded. */
export function recordedOutput(journal: RunJournal, call: ToolCall, askedBy: string, messages: Messages): ToolOutput {
  const { callId, kind } = call;
  const key = callKey(askedBy, call);
  const { outcome, output } = stored(journal.records, 'end', key) ?? {};
  // The API's own server runs no further calls of a cancelled run.
  if (kind !== 'approval' && outcome !== undefined && output !== undefined) return { callId, outcome, output };
  const fallback = kind !== 'approval' && journal.claims.has(JOURNAL_NAMES.start(key)) ? 'in_doubt' : 'not_run';
  return { callId, outcome: fallback, output: say(messages, fallback, factsOf(newRecord(call, 0))) };
}
