import type { Loop } from '../core/driver.ts';
import { EndRun } from '../errors.ts';
import { raceAbort } from '../internal/abort.ts';
import { isReplyLost, isRateLimited } from './api-error.ts';
import type { AssistantRun, RunBody, RunsApi, SubmitParams } from './assistants-client.ts';
import { reliableRuns } from './assistants-reliable.ts';
import type { Sighting } from './assistants-sighting.ts';
import { assertKnownStatus } from './assistants-status.ts';
import { withTag } from './assistants-tag.ts';

/** A run of one thread, each method up to the run's next stop or end. */
export interface FollowedRuns {
  create(body: RunBody): Promise<AssistantRun>;
  poll(runId: string): Promise<AssistantRun>;
  submit(runId: string, params: SubmitParams): Promise<AssistantRun>;
  /** Cuts off a creation that nobody waits for any more. */
  readonly abandonCreation: () => void;
}

/** Goes through the client's `createAndPoll`, `poll` and `submitToolOutputsAndPoll`. */
export function followRuns(
  api: RunsApi,
  threadId: string,
  loop: Loop,
  pollIntervalMs: number,
  sighting: Sighting,
): FollowedRuns {
  const { runs, used, abandonCreation } = reliableRuns(api, threadId, loop, pollIntervalMs, sighting);
  const options = {
    signal: loop.signal,
    // Where our own `retrieve` makes the pause, the SDK makes none: openai 5 and 6 sleep through an abort. (0 they
    // would take for "not set".)
    get pollIntervalMs() {
      return used() ? 1 : pollIntervalMs;
    },
  };
  // A client's own methods may not heed the signal: whoever leaves does not wait for them.
  const follow = async (polled: Promise<AssistantRun>): Promise<AssistantRun> => {
    const run = sighting.see(await raceAbort(polled, loop.signal));
    assertKnownStatus(run);
    return run;
  };

  return {
    abandonCreation,
    async create(body) {
      const tagged = withTag(body);
      sighting.tag = tagged.tag;
      sighting.mayExist = true;
      const polled = (async () => runs.createAndPoll(threadId, tagged.body, options))();
      // A client that does not call our `create` tells of its run only when it stops for the first time.
      if (!used()) {
        sighting.creation = polled.then(sighting.see, (error: unknown) => {
          sighting.mayExist = isReplyLost(error) && !isRateLimited(error);
        });
      }
      return follow(polled);
    },
    async poll(runId) {
      if (!runs.poll) throw new EndRun('unknown_action', 'The client has no runs.poll, which is needed here.');
      return follow(Promise.resolve(runs.poll(runId, { thread_id: threadId }, options)));
    },
    async submit(runId, params) {
      return follow(Promise.resolve(runs.submitToolOutputsAndPoll(runId, params, options)));
    },
  };
}
