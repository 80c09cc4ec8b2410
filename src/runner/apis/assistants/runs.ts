import { raceAbort } from '../../../internal/abort.ts';
import { RunFailure } from '../../errors.ts';
import type { Loop } from '../../run/driver.ts';
import type { AssistantRun, RunBody, RunsApi, SubmitParams } from './client.ts';
import { activeRunError, activeRunIdOf, type FollowRequest, reliableRuns } from './followed-run.ts';
import { assertKnownStatus, isActive, type RunSnapshot } from './run-snapshot.ts';
import { findTagged, withTag } from './tag.ts';

/** Runs of one thread. Each method resolves at the run's next stop or end. */
export interface FollowedRuns {
  create(body: RunBody): Promise<AssistantRun>;
  poll(runId: string): Promise<AssistantRun>;
  /** @param onAccepted called once the API has accepted the outputs */
  submit(runId: string, params: SubmitParams, onAccepted: () => void): Promise<AssistantRun>;
  /** Aborts a creation that is no longer needed. */
  readonly abandonCreation: () => void;
}

/**
 * Follows runs through the client's `createAndPoll`, `poll` and `submitToolOutputsAndPoll`. With `streams`, it uses
 * `create` and `submitToolOutputs`, and `poll` after a stream that ended early.
 */
export function followRuns(
  api: RunsApi,
  request: FollowRequest & { readonly journalId: string | undefined },
  loop: Loop,
  snapshot: RunSnapshot,
): FollowedRuns {
  const { threadId, pollIntervalMs, streams, journalId } = request;
  const { runs, isIntercepted, resetIntercepted, abandonCreation } = reliableRuns(api, request, loop, snapshot);
  const options = {
    signal: loop.signal,
    // Our `retrieve` makes the pause, so the SDK makes none: openai 5 and 6 sleep through an abort, and read 0 as "not
    // set".
    get pollIntervalMs() {
      return isIntercepted() ? 1 : pollIntervalMs;
    },
  };
  // A client's own methods may ignore the signal.
  const follow = async (polled: Promise<AssistantRun>): Promise<AssistantRun> => {
    const run = snapshot.observe(await raceAbort(polled, loop.signal));
    assertKnownStatus(run);
    return run;
  };

  const poll = async (runId: string): Promise<AssistantRun> => {
    if (!runs.poll)
      throw new RunFailure('unknown_action', 'The client has no runs.poll, which is needed to follow the run.');
    resetIntercepted();
    return follow(Promise.resolve(runs.poll(runId, { thread_id: threadId }, options)));
  };

  /** Polls on when the stream ended early. */
  const followStreamed = async (following: Promise<AssistantRun> | undefined): Promise<AssistantRun> => {
    if (!following)
      throw new RunFailure(
        'unknown_action',
        'The client cannot stream: it needs runs.create, runs.submitToolOutputs and runs.retrieve.',
      );
    const run = await follow(following);
    return isActive(run) ? poll(run.id) : run;
  };

  /**
   * Handles an "active run" error of a client that does not call our `create`: its own retry may have met the run that
   * it created.
   */
  const recoverActiveRun = async (error: unknown): Promise<AssistantRun> => {
    const activeRunId = isIntercepted() ? undefined : activeRunIdOf(error);
    if (activeRunId === undefined || loop.signal.aborted) throw error;
    const found = await findTagged(api, threadId, snapshot.tag, {}).catch(() => undefined);
    if (!found) throw activeRunError(threadId, activeRunId, error);
    return poll(snapshot.observe(found).id);
  };

  return {
    abandonCreation,
    poll,
    async create(body) {
      const tagged = withTag(body, journalId);
      snapshot.tag = tagged.tag;
      snapshot.creationUncertain = true;
      resetIntercepted();
      if (streams) return followStreamed(runs.create?.(threadId, tagged.body) as Promise<AssistantRun> | undefined);
      const polled = (async () => runs.createAndPoll(threadId, tagged.body, options))();
      // A client that bypasses our `create` returns the run only at its first stop.
      if (!isIntercepted()) snapshot.creation = polled.then(snapshot.observe).catch(() => undefined);
      return follow(polled).catch(recoverActiveRun);
    },
    async submit(runId, params, onAccepted) {
      resetIntercepted();
      snapshot.onAccepted = onAccepted;
      if (streams) return followStreamed(runs.submitToolOutputs?.(runId, params) as Promise<AssistantRun> | undefined);
      return follow(Promise.resolve(runs.submitToolOutputsAndPoll(runId, params, options)));
    },
  };
}
