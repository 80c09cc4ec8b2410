import { sleep, withTimeLimit } from '../internal/abort.ts';
import { backoffMs } from '../internal/backoff.ts';
import { statusOf } from './api-error.ts';
import type { AssistantRun, RunsApi } from './assistants-client.ts';
import type { Sighting } from './assistants-sighting.ts';
import { isTerminal } from './assistants-status.ts';
import { findTagged } from './assistants-tag.ts';

/** How long we stay to see a run cancelled. */
const LEAVE_MS = 10_000;

/**
 * Cancels a run that was left before its end, and stays to see it ended: until then its thread takes no message and no
 * other run.
 *
 * @returns false when the run may still be open
 */
export async function leave(
  api: RunsApi,
  threadId: string,
  sighting: Sighting,
  abandonCreation: () => void,
): Promise<boolean> {
  try {
    return await withTimeLimit(LEAVE_MS, undefined, async (signal) => {
      await sighting.creation;
      if (sighting.runId === undefined && sighting.mayExist) {
        const found = await findTagged(api, threadId, sighting.tag, { signal });
        if (found) sighting.see(found);
      }
      const { runId, latest } = sighting;
      if (runId === undefined) return !sighting.mayExist;
      if (latest && isTerminal(latest)) return true;
      let run = await cancel(api, threadId, runId, signal);
      for (let attempt = 1; !isTerminal(run); attempt += 1) {
        if (!api.retrieve) return true;
        await sleep(backoffMs(attempt, 50, 1_000), signal);
        run = await api.retrieve(runId, { thread_id: threadId }, { signal });
      }
      return true;
    });
  } catch {
    abandonCreation();
    return false;
  }
}

/** A cancel that is refused, or whose reply is lost, says nothing: the run does. */
async function cancel(api: RunsApi, threadId: string, runId: string, signal: AbortSignal): Promise<AssistantRun> {
  const params = { thread_id: threadId };
  try {
    return await api.cancel(runId, params, { signal });
  } catch (error) {
    if (statusOf(error) === 404) return { id: runId, status: 'cancelled' };
    const run = await api.retrieve?.(runId, params, { signal });
    if (run && (isTerminal(run) || run.status === 'cancelling')) return run;
    throw error;
  }
}
