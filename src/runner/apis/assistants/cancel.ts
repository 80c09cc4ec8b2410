import { Limit, TimeLimitError, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { limits } from '../../limits.ts';
import type { LeftOpen } from '../../run/driver.ts';
import { isRateLimited, isResponseLost, statusOf } from '../api-error.ts';
import { lookUntilFound, MAX_ATTEMPTS, pauseBeforeRetry } from '../api.ts';
import type { AssistantRun, RunsApi, ThreadParams } from './client.ts';
import type { RunCreation } from './creation.ts';
import { type FollowedRun, isTerminal } from './followed-run.ts';

/**
 * Cancels a run that the driver leaves early, and waits until it has ended: until then its thread accepts no message
 * and no other run.
 *
 * @returns what may still be active
 */
export async function cancelAbandonedRun(
  api: RunsApi,
  threadId: string,
  run: FollowedRun,
  leaveMs: number,
): Promise<LeftOpen | undefined> {
  try {
    return await new Limit(undefined, leaveMs).within(async ({ signal }) => {
      await findCreated(run, signal);
      const { runId, latest, creation } = run;
      if (runId === undefined) return creation?.isUncertain ? mayBeCreated(threadId, creation) : undefined;
      if (!latest || !isTerminal(latest)) run.latest = await cancelToEnd(api, threadId, runId, signal);
      await cancelTwin(api, threadId, run, signal);
      return undefined;
    });
  } catch {
    if (run.runId === undefined && run.creation) return mayBeCreated(threadId, run.creation);
    const message = `Run ${run.runId ?? ''} could not be cancelled. It locks its thread until it expires: cancel it with runs.cancel.`;
    return { message, callIds: [] };
  } finally {
    run.creation?.abandon();
  }
}

/** Cancels a second run, which the API creates when it takes a repeated request again after the first run has ended. */
export async function cancelTwin(
  api: RunsApi,
  threadId: string,
  { runId, creation }: FollowedRun,
  signal: AbortSignal,
): Promise<void> {
  if (!creation?.mayHaveTwin) return;
  for (const twin of await creation.list(signal))
    if (twin.id !== runId && !isTerminal(twin)) await cancelToEnd(api, threadId, twin.id, signal);
}

function mayBeCreated(threadId: string, { tag }: RunCreation): LeftOpen {
  const which = tag === undefined ? 'that you do not know' : `with the metadata interven_run: "${tag}"`;
  const message = `The API may still create a run on thread ${threadId}, because the response to its creation was lost. It would lock the thread until it expires: cancel a run ${which}.`;
  return { message, callIds: [] };
}

/** Waits briefly for a creation in flight, then searches for the run: the API may accept the request late. */
async function findCreated(run: FollowedRun, signal: AbortSignal): Promise<void> {
  const { creation } = run;
  if (!creation) return;
  const waitMs = creation.isTraceable ? limits.leaveCreationMs : Infinity;
  const isSettled =
    run.runId !== undefined ||
    (await new Limit(signal, waitMs).within(run.created).then(
      () => true,
      () => false,
    ));
  creation.abandon();
  if (run.runId !== undefined || !creation.isUncertain || !creation.isTraceable) return;
  const searchMs = isSettled ? limits.leaveLookMs : Infinity;
  const found = await new Limit(signal, searchMs)
    .within(async ({ signal: own }) => lookUntilFound(own, async () => (await creation.list(own))[0], 250))
    .catch((error: unknown) => {
      if (!(error instanceof TimeLimitError)) throw error;
    });
  if (found) run.observe(found);
}

/**
 * Cancels a run and waits until it has ended.
 *
 * @returns the last known state of the run
 * @throws Error when the API refuses the cancellation
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
    const seen = await new Limit(signal).within(async ({ signal: own }) =>
      api.retrieve?.(runId, params, { signal: own }),
    );
    if (!seen) return run;
    run = seen;
  }
  return run;
}

/**
 * Requests the cancellation. After a rejection or a lost response, the run's own status decides: it may have ended
 * before, and a read may be older than the request.
 */
async function cancel(api: RunsApi, params: ThreadParams, runId: string, signal: AbortSignal): Promise<AssistantRun> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await new Limit(signal).within(async ({ signal: own }) => api.cancel(runId, params, { signal: own }));
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return { id: runId, status: 'cancelled' };
      const run = await new Limit(signal).within(async ({ signal: own }) =>
        api.retrieve?.(runId, params, { signal: own }),
      );
      if (run && (isTerminal(run) || run.status === 'cancelling')) return run;
      const isRefused = status !== 400 && !isResponseLost(error) && !isRateLimited(error);
      if (!run || isRefused || attempt >= MAX_ATTEMPTS) throw error;
      // The little time that is left does not wait for as long as a server may ask.
      await pauseBeforeRetry(undefined, attempt, signal);
    }
  }
}
