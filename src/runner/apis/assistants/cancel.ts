import { sleep, withOwnSignal, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { statusOf } from '../api-error.ts';
import type { AssistantRun, RunsApi, ThreadParams } from './client.ts';
import { type RunSnapshot, isTerminal } from './run-snapshot.ts';
import { findTagged } from './tag.ts';
import { limits } from '../../limits.ts';

/**
 * Cancels a run that was left before its end, and stays to see it ended: until then its thread takes no message and no
 * other run.
 *
 * @returns false when the run may still be open
 */
export async function cancelAbandonedRun(
  api: RunsApi,
  threadId: string,
  snapshot: RunSnapshot,
  abandonCreation: () => void,
): Promise<boolean> {
  try {
    return await withTimeLimit(limits.leaveMs, undefined, async (signal) => {
      if (!(await hasRun(api, threadId, snapshot, abandonCreation, signal))) return true;
      const { runId, latest } = snapshot;
      if (runId === undefined) return false;
      if (latest && isTerminal(latest)) return true;
      await cancelToEnd(api, threadId, runId, signal);
      return true;
    });
  } catch {
    return false;
  } finally {
    abandonCreation();
  }
}

/**
 * Cancels a run, and stays to see it ended.
 *
 * @returns the run as it was seen last
 */
export async function cancelToEnd(
  api: RunsApi,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): Promise<AssistantRun> {
  const params = { thread_id: threadId };
  let run = await cancel(api, params, runId, signal);
  for (let attempt = 1; !isTerminal(run); attempt += 1) {
    await sleep(backoffMs(attempt, 50, 1_000), signal);
    const seen = await withOwnSignal(signal, async (own) => api.retrieve?.(runId, params, { signal: own }));
    if (!seen) return run;
    run = seen;
  }
  return run;
}

/**
 * Whether there is a run to cancel. One that is still being created is waited for a moment, and then looked for by its
 * tag.
 */
async function hasRun(
  api: RunsApi,
  threadId: string,
  snapshot: RunSnapshot,
  abandonCreation: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  const canFind = snapshot.tag !== undefined && api.list !== undefined;
  const waitMs = canFind ? limits.leaveCreationMs : limits.leaveMs;
  const isSettled = await withTimeLimit(waitMs, signal, async () => snapshot.creation).then(
    () => true,
    () => false,
  );
  abandonCreation();
  for (let attempt = 1; snapshot.runId === undefined && snapshot.creationUncertain && canFind; attempt += 1) {
    const found = await findTagged(api, threadId, snapshot.tag, { signal });
    if (found) snapshot.observe(found);
    else if (isSettled) snapshot.creationUncertain = false;
    // It may be on its way to the server still.
    else await sleep(backoffMs(attempt, 250, 2_000), signal);
  }
  return snapshot.runId !== undefined || snapshot.creationUncertain;
}

/** A cancel that is refused, or whose reply is lost, says nothing: the run does. */
async function cancel(api: RunsApi, params: ThreadParams, runId: string, signal: AbortSignal): Promise<AssistantRun> {
  try {
    return await api.cancel(runId, params, { signal });
  } catch (error) {
    if (statusOf(error) === 404) return { id: runId, status: 'cancelled' };
    const run = await api.retrieve?.(runId, params, { signal });
    if (run && (isTerminal(run) || run.status === 'cancelling')) return run;
    throw error;
  }
}
