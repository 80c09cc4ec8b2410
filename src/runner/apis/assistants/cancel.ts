import { sleep, withOwnSignal, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { limits } from '../../limits.ts';
import { statusOf } from '../api-error.ts';
import type { AssistantRun, RunsApi, ThreadParams } from './client.ts';
import { isTerminal, type RunSnapshot } from './run-snapshot.ts';
import { findTagged } from './tag.ts';

/**
 * Cancels a run that the driver leaves early, and waits until it has ended: until then its thread accepts no message
 * and no other run.
 *
 * @returns false when the run may still be active
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
    // The request may not have reached the server yet.
    else await sleep(backoffMs(attempt, 250, 2_000), signal);
  }
  return snapshot.runId !== undefined || snapshot.creationUncertain;
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
