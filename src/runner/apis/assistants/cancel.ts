import { sleep, withOwnSignal, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { limits } from '../../limits.ts';
import { statusOf } from '../api-error.ts';
import type { AssistantRun, RunsApi, ThreadParams } from './client.ts';
import { type FollowedRun, isTerminal } from './followed-run.ts';
import { findTagged } from './tag.ts';

/**
 * Cancels a run that the driver leaves early, and waits until it has ended: until then its thread accepts no message
 * and no other run.
 *
 * @returns false when the run may still be active
 */
export async function cancelAbandonedRun(api: RunsApi, threadId: string, run: FollowedRun): Promise<boolean> {
  try {
    return await withTimeLimit(limits.leaveMs, undefined, async (signal) => {
      if (!(await hasRun(api, threadId, run, signal))) return true;
      const { runId, latest } = run;
      if (runId === undefined) return false;
      if (latest && isTerminal(latest)) return true;
      await cancelToEnd(api, threadId, runId, signal);
      return true;
    });
  } catch {
    return false;
  } finally {
    run.abandonCreation();
  }
}

/**
 * Cancels a run and waits until it has ended.
 *
 * @returns the last known state of the run
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
 * Returns true if a run to cancel exists or may exist. Waits briefly for a creation in flight, then searches for the
 * run by its tag.
 */
async function hasRun(api: RunsApi, threadId: string, run: FollowedRun, signal: AbortSignal): Promise<boolean> {
  const waitMs = run.isTraceable ? limits.leaveCreationMs : limits.leaveMs;
  const isSettled = await withTimeLimit(waitMs, signal, async () => run.creation).then(
    () => true,
    () => false,
  );
  run.abandonCreation();
  for (let attempt = 1; run.runId === undefined && run.creationUncertain && run.isTraceable; attempt += 1) {
    const found = await findTagged(api, threadId, run.tag, { signal });
    if (found) run.observe(found);
    else if (isSettled) run.creationUncertain = false;
    // The request may not have reached the server yet.
    else await sleep(backoffMs(attempt, 250, 2_000), signal);
  }
  return run.runId !== undefined || run.creationUncertain;
}

/** Cancels a run. After a rejected cancel or a lost response, the run's own status decides. */
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
