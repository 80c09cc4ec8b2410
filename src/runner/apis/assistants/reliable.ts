import type { Loop } from '../../run/driver.ts';
import { EndRun } from '../../errors.ts';
import { sleep, withOwnSignal } from '../../../internal/abort.ts';
import { askedWaitMs, isRateLimited, isReplyLost, messageOf } from '../api-error.ts';
import { MAX_ATTEMPTS, repeatRead, retryWaitMs, type RequestOptions } from '../api.ts';
import type {
  AssistantRun,
  Retrieved,
  RetrievedResponse,
  RunBody,
  RunsApi,
  SubmitParams,
  ThreadParams,
} from './client.ts';
import { type Sighting, assertKnownStatus, isActive } from './run-snapshot.ts';
import { followStream } from './stream.ts';
import { findTagged, MOST_METADATA } from './tag.ts';

export interface ReliableRuns {
  /** For the SDK's `…AndPoll` methods to be called on. */
  readonly runs: RunsApi;
  /** Whether those methods called ours, as the SDK's do. A client whose methods are bound or wrapped does not. */
  readonly used: () => boolean;
  /** Forgets that they did: each call of the client is watched anew. */
  readonly watch: () => void;
  readonly abandonCreation: () => void;
}

export interface ReliableRequest {
  readonly threadId: string;
  readonly pollIntervalMs: number;
  /** Whether a create and a submit are asked for as streams of events. */
  readonly streams: boolean;
}

/**
 * The client's runs with `create`, `submitToolOutputs` and `retrieve` replaced for the SDK's own `…AndPoll` methods,
 * which call them on `this` (measured on openai 5, 6 and 7). A create or a submit is never sent again before the API was
 * asked what became of the first one. An object without these three methods is used as it is.
 */
export function reliableRuns(
  api: RunsApi,
  { threadId, pollIntervalMs, streams }: ReliableRequest,
  loop: Loop,
  sighting: Sighting,
): ReliableRuns {
  let isUsed = false;
  let nextLookAt = 0;
  const abandon = new AbortController();
  const around = {
    used: () => isUsed,
    watch: () => {
      isUsed = false;
    },
    abandonCreation: () => {
      abandon.abort();
    },
  };
  if (!isComplete(api)) return { runs: api, ...around };

  const look = async (runId: string, params: ThreadParams, options: RequestOptions): Promise<RetrievedResponse> => {
    const { answer, run } = await repeatRead(loop.signal, async (signal) => {
      const askedAt = Date.now();
      const looked = await api.retrieve(runId, params, { ...options, signal }).withResponse();
      const seen = sighting.see(looked.data);
      sighting.seeClock(looked.response, askedAt);
      return { answer: looked, run: seen };
    });
    assertKnownStatus(run);
    nextLookAt = isActive(run) ? Date.now() + pollIntervalMs : 0;
    return answer;
  };

  const paced = async (runId: string, params: ThreadParams, options: RequestOptions): Promise<RetrievedResponse> => {
    await sleep(Math.max(nextLookAt - Date.now(), 0), loop.signal);
    return look(runId, params, options);
  };

  const retrieve = (runId: string, signal: AbortSignal): PromiseLike<AssistantRun> =>
    api.retrieve(runId, { thread_id: threadId }, { signal, maxRetries: 0 });

  const sendCreate = async (body: RunBody): Promise<AssistantRun> => {
    // Not cut off with the caller: half a creation would leave a run that nobody knows.
    const untilTaken = abandon.signal;
    if (!streams) return sighting.see(await api.create(threadId, body, { maxRetries: 0, signal: untilTaken }));
    const send = (signal: AbortSignal): PromiseLike<unknown> =>
      api.create(threadId, streamed(body), { signal, maxRetries: 0 });
    return followStream({ send, untilTaken, retrieve }, loop, sighting);
  };

  const sendSubmit = async (runId: string, params: SubmitParams): Promise<AssistantRun> => {
    if (!streams) {
      return sighting.see(
        await withOwnSignal(loop.signal, (signal) => api.submitToolOutputs(runId, params, { signal, maxRetries: 0 })),
      );
    }
    const send = (signal: AbortSignal): PromiseLike<unknown> =>
      api.submitToolOutputs(runId, streamed(params), { signal, maxRetries: 0 });
    const ids = callIdsOf(params);
    const submitted = { runId, isTaken: (run: AssistantRun) => !waitsFor(run, ids) };
    return followStream({ send, untilTaken: loop.signal, retrieve, submitted }, loop, sighting);
  };

  const createOnce = async (body: RunBody): Promise<AssistantRun> => {
    for (let attempt = 1; ; attempt += 1) {
      loop.signal.throwIfAborted();
      try {
        return await sendCreate(body);
      } catch (error) {
        if (abandon.signal.aborted) throw error;
        const activeRunId = activeRunIdOf(error);
        sighting.mayExist = isReplyLost(error);
        if (!isReplyLost(error) && !isRateLimited(error) && activeRunId === undefined) throw error;
        const found = isRateLimited(error) ? undefined : await findCreated(error);
        if (found) return sighting.see(found);
        if (activeRunId !== undefined) throw activeRun(threadId, activeRunId, error);
        if (!isRateLimited(error) && (sighting.tag === undefined || !api.list)) throw runNotFound(threadId, error);
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(askedWaitMs(error) ?? retryWaitMs(attempt), loop.signal);
        sighting.mayExist = true;
      }
    }
  };

  const findCreated = async (because: unknown): Promise<AssistantRun | undefined> => {
    try {
      const found = await findTagged(api, threadId, sighting.tag, { timeout: 10_000, signal: abandon.signal });
      // Where there is a tag, it is known now that the create did nothing.
      if (!found && sighting.tag !== undefined && api.list) sighting.mayExist = false;
      return found;
    } catch (error) {
      if (isReplyLost(because)) throw error;
      return undefined;
    }
  };

  const submitOnce = async (runId: string, params: SubmitParams): Promise<AssistantRun> => {
    const ids = callIdsOf(params);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const run = await sendSubmit(runId, params);
        sighting.taken();
        return run;
      } catch (error) {
        loop.signal.throwIfAborted();
        const movedOn = /do not accept tool outputs/i.test(messageOf(error));
        if (!movedOn && !isReplyLost(error) && !isRateLimited(error)) throw error;
        const { data: run } = await look(runId, { thread_id: threadId }, {});
        // Taken after all, or the run has ended: the poll goes on from here.
        if (!waitsFor(run, ids)) {
          sighting.taken();
          return run;
        }
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(askedWaitMs(error) ?? retryWaitMs(attempt), loop.signal);
      }
    }
  };

  const runs = Object.assign(Object.create(api) as RunsApi, {
    create: async (_thread: string, body: RunBody) => {
      isUsed = true;
      const created = createOnce(body);
      sighting.creation = Promise.race([created.catch(() => undefined), sighting.known]);
      return created;
    },
    submitToolOutputs: async (runId: string, params: SubmitParams) => {
      isUsed = true;
      return submitOnce(runId, params);
    },
    retrieve: (runId: string, params: ThreadParams, options: RequestOptions = {}): Retrieved => {
      isUsed = true;
      const answer = paced(runId, params, options);
      const run = answer.then(({ data }) => data);
      // The SDK awaits one of the two; the other must not be an unhandled rejection.
      run.catch(() => undefined);
      return Object.assign(run, { withResponse: async () => answer });
    },
  });
  return { runs, ...around };
}

type CompleteRuns = RunsApi & Required<Pick<RunsApi, 'create' | 'submitToolOutputs' | 'retrieve'>>;

function isComplete(api: RunsApi): api is CompleteRuns {
  const methods = ['create', 'submitToolOutputs', 'retrieve'] as const;
  return methods.every((method) => typeof api[method] === 'function');
}

function callIdsOf({ tool_outputs: outputs, tool_approvals: approvals = [] }: SubmitParams): readonly string[] {
  return [...outputs, ...approvals].map((output) => output.tool_call_id);
}

/** The methods' types do not tell of it: a client of the plain form should fit. */
function streamed<Body extends object>(body: Body): Body {
  return { ...body, stream: true };
}

function waitsFor(run: AssistantRun, callIds: readonly string[]): boolean {
  const action = run.status === 'requires_action' ? run.required_action : undefined;
  const waiting = action?.submit_tool_outputs?.tool_calls ?? action?.submit_tool_approval?.tool_calls ?? [];
  return waiting.some(({ id }) => callIds.includes(id));
}

/** The run that a thread has already, from the API's words. */
export function activeRunIdOf(error: unknown): string | undefined {
  return /already has an active run (\S+?)\.?(?:\s|$)/.exec(messageOf(error))?.[1];
}

export function activeRun(threadId: string, activeRunId: string, cause: unknown): EndRun {
  return new EndRun(
    'active_run',
    `Thread ${threadId} already has an active run ${activeRunId}. Wait for it or cancel it; if nobody serves it any more, join it with runner.resume('${threadId}', '${activeRunId}').`,
    { cause, activeRunId },
  );
}

function runNotFound(threadId: string, cause: unknown): EndRun {
  return new EndRun(
    'run_not_found',
    `The reply to the creation of a run on thread ${threadId} was lost, and without a tag in its metadata (${MOST_METADATA} pairs are the API's most) and a client with runs.list it cannot be told from others. If runs.list shows it, join it with runner.resume.`,
    { cause },
  );
}
