import type { RunJournal } from '../core/durable.ts';
import { JOURNAL_NAMES } from '../core/journaled-calls.ts';
import { cancelToEnd } from '../drivers/assistants/leave.ts';
import { leave } from '../drivers/agents/leave.ts';
import { checkAgentsClient, checkAssistantsClient } from '../client-checks.ts';
import { GuardedRunError } from '../errors.ts';
import { withTimeLimit } from '../internal/abort.ts';
import { checkId } from '../internal/checks.ts';
import { openBefore, type RunnerJob } from './job.ts';

/** How long to see a run cancelled. */
const CANCEL_MS = 30_000;

/** Gives up a run that nobody serves, and notes it in its journal. */
export async function cancelRun({ server, client }: RunnerJob, runId: string): Promise<{ readonly status: string }> {
  checkId('runId', runId);
  const { journal } = server;
  if (!journal) throw new TypeError('cancel needs a journal: new GuardedRunner({ journal: fileJournal(directory) }).');
  const opened = await openBefore({ threadId: runId, runId }, async () => journal.reopen(runId));
  if (!opened) {
    const says = `There is no journal of a run "${runId}".`;
    throw new GuardedRunError('journal', says, { threadId: runId, runId, calls: [], leftOpen: false });
  }
  try {
    const status = await cancelAt(client, opened);
    await opened.record(`${JOURNAL_NAMES.ended(runId)} by cancel`, { status });
    return { status };
  } finally {
    await opened.close();
  }
}

/** @returns the API's own final status */
async function cancelAt(client: unknown, { run: { api, id, threadId } }: RunJournal): Promise<string> {
  switch (api) {
    case 'assistants': {
      checkAssistantsClient(client);
      const { runs } = client.beta.threads;
      return (await withTimeLimit(CANCEL_MS, undefined, async (signal) => cancelToEnd(runs, threadId, id, signal)))
        .status;
    }
    case 'agents':
      checkAgentsClient(client);
      if (await leave(client.beta.agents.sessions, id)) return 'cancelled';
      throw new GuardedRunError('api_error', `Session ${id} may go on: it could not be cancelled.`, {
        threadId,
        calls: [],
        leftOpen: true,
      });
    case 'responses':
      // Nothing of it goes on at the API but what was asked for in the background, which ends by itself.
      return 'cancelled';
  }
}
