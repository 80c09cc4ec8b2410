import { sleep, withOwnSignal } from '../../../internal/abort.ts';
import { RunFailure } from '../../errors.ts';
import type { Loop } from '../../run/driver.ts';
import { isRateLimited, isResponseLost, messageOf, retryAfterOf } from '../api-error.ts';
import { MAX_ATTEMPTS, type RequestOptions, retryRead, retryWaitMs } from '../api.ts';
import type {
  AssistantRun,
  Retrieved,
  RetrievedResponse,
  RunBody,
  RunsApi,
  SubmitParams,
  ThreadParams,
} from './client.ts';
import { assertKnownStatus, isActive, type RunSnapshot } from './run-snapshot.ts';
import { followStream } from './stream.ts';
import { findTagged, MAX_METADATA_PAIRS } from './tag.ts';

export interface ReliableRuns {
  /** The object to call the SDK's `…AndPoll` methods on. */
  readonly runs: RunsApi;
  /** Returns true if those methods called the replaced ones, as the SDK's do. A bound or wrapped client's do not. */
  readonly isIntercepted: () => boolean;
  /** Resets `isIntercepted`, for the next call of the client. */
  readonly resetIntercepted: () => void;
  readonly abandonCreation: () => void;
}

export interface FollowRequest {
  readonly threadId: string;
  readonly pollIntervalMs: number;
  /** True to request event streams for creating and submitting. */
  readonly streams: boolean;
}

/**
 * Replaces the client's `create`, `submitToolOutputs` and `retrieve` for the SDK's own `…AndPoll` methods, which call
 * them on `this` (verified on openai 5, 6 and 7). Repeats a create or a submit only after checking at the API that the
 * first one had no effect. Uses a client without these three methods as it is.
 */
export function reliableRuns(
  api: RunsApi,
  { threadId, pollIntervalMs, streams }: FollowRequest,
  loop: Loop,
  snapshot: RunSnapshot,
): ReliableRuns {
  let intercepted = false;
  let nextRetrieveAt = 0;
  const abandon = new AbortController();
  const controls = {
    isIntercepted: () => intercepted,
    resetIntercepted: () => {
      intercepted = false;
    },
    abandonCreation: () => {
      abandon.abort();
    },
  };
  if (!isComplete(api)) return { runs: api, ...controls };

  const retrieveNow = async (
    runId: string,
    params: ThreadParams,
    options: RequestOptions,
  ): Promise<RetrievedResponse> => {
    const { answer, run } = await retryRead(loop.signal, async (signal) => {
      const requestedAt = Date.now();
      const retrieved = await api.retrieve(runId, params, { ...options, signal }).withResponse();
      const seen = snapshot.observe(retrieved.data);
      snapshot.observeClock(retrieved.response, requestedAt);
      return { answer: retrieved, run: seen };
    });
    assertKnownStatus(run);
    nextRetrieveAt = isActive(run) ? Date.now() + pollIntervalMs : 0;
    return answer;
  };

  const retrievePaced = async (
    runId: string,
    params: ThreadParams,
    options: RequestOptions,
  ): Promise<RetrievedResponse> => {
    await sleep(Math.max(nextRetrieveAt - Date.now(), 0), loop.signal);
    return retrieveNow(runId, params, options);
  };

  const retrieve = (runId: string, signal: AbortSignal): PromiseLike<AssistantRun> =>
    api.retrieve(runId, { thread_id: threadId }, { signal, maxRetries: 0 });

  const sendCreate = async (body: RunBody): Promise<AssistantRun> => {
    // Independent of the caller's signal: aborting a creation could leave a run whose id is unknown.
    const creationSignal = abandon.signal;
    if (!streams) return snapshot.observe(await api.create(threadId, body, { maxRetries: 0, signal: creationSignal }));
    const send = (signal: AbortSignal): PromiseLike<unknown> =>
      api.create(threadId, asStream(body), { signal, maxRetries: 0 });
    return followStream({ send, creationSignal, retrieve }, loop, snapshot);
  };

  const sendSubmit = async (runId: string, params: SubmitParams): Promise<AssistantRun> => {
    if (!streams) {
      return snapshot.observe(
        await withOwnSignal(loop.signal, (signal) => api.submitToolOutputs(runId, params, { signal, maxRetries: 0 })),
      );
    }
    const send = (signal: AbortSignal): PromiseLike<unknown> =>
      api.submitToolOutputs(runId, asStream(params), { signal, maxRetries: 0 });
    const ids = callIdsOf(params);
    const submitted = { runId, isAccepted: (run: AssistantRun) => !waitsFor(run, ids) };
    return followStream({ send, creationSignal: loop.signal, retrieve, submitted }, loop, snapshot);
  };

  const createOnce = async (body: RunBody): Promise<AssistantRun> => {
    for (let attempt = 1; ; attempt += 1) {
      loop.signal.throwIfAborted();
      try {
        return await sendCreate(body);
      } catch (error) {
        if (abandon.signal.aborted) throw error;
        const activeRunId = activeRunIdOf(error);
        snapshot.creationUncertain = isResponseLost(error);
        if (!isResponseLost(error) && !isRateLimited(error) && activeRunId === undefined) throw error;
        const found = isRateLimited(error) ? undefined : await findCreated(error);
        if (found) return snapshot.observe(found);
        if (activeRunId !== undefined) throw activeRunError(threadId, activeRunId, error);
        if (!isRateLimited(error) && (snapshot.tag === undefined || !api.list)) throw runNotFoundError(threadId, error);
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), loop.signal);
        snapshot.creationUncertain = true;
      }
    }
  };

  const findCreated = async (creationError: unknown): Promise<AssistantRun | undefined> => {
    try {
      const found = await findTagged(api, threadId, snapshot.tag, { timeout: 10_000, signal: abandon.signal });
      // With a tag, an empty search proves that the API created nothing.
      if (!found && snapshot.tag !== undefined && api.list) snapshot.creationUncertain = false;
      return found;
    } catch (error) {
      if (isResponseLost(creationError)) throw error;
      return undefined;
    }
  };

  const submitOnce = async (runId: string, params: SubmitParams): Promise<AssistantRun> => {
    const ids = callIdsOf(params);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const run = await sendSubmit(runId, params);
        snapshot.onAccepted();
        return run;
      } catch (error) {
        loop.signal.throwIfAborted();
        const hasMovedOn = /do not accept tool outputs/i.test(messageOf(error));
        if (!hasMovedOn && !isResponseLost(error) && !isRateLimited(error)) throw error;
        const { data: run } = await retrieveNow(runId, { thread_id: threadId }, {});
        // The API accepted the outputs, or the run has ended: polling continues from here.
        if (!waitsFor(run, ids)) {
          snapshot.onAccepted();
          return run;
        }
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), loop.signal);
      }
    }
  };

  const runs = Object.assign(Object.create(api) as RunsApi, {
    create: async (_thread: string, body: RunBody) => {
      intercepted = true;
      const created = createOnce(body);
      snapshot.creation = Promise.race([created.catch(() => undefined), snapshot.hasId]);
      return created;
    },
    submitToolOutputs: async (runId: string, params: SubmitParams) => {
      intercepted = true;
      return submitOnce(runId, params);
    },
    retrieve: (runId: string, params: ThreadParams, options: RequestOptions = {}): Retrieved => {
      intercepted = true;
      const answer = retrievePaced(runId, params, options);
      const run = answer.then(({ data }) => data);
      // The SDK awaits only one of the two promises.
      run.catch(() => undefined);
      return Object.assign(run, { withResponse: async () => answer });
    },
  });
  return { runs, ...controls };
}

type CompleteRuns = RunsApi & Required<Pick<RunsApi, 'create' | 'submitToolOutputs' | 'retrieve'>>;

function isComplete(api: RunsApi): api is CompleteRuns {
  const methods = ['create', 'submitToolOutputs', 'retrieve'] as const;
  return methods.every((method) => typeof api[method] === 'function');
}

function callIdsOf({ tool_outputs: outputs, tool_approvals: approvals = [] }: SubmitParams): readonly string[] {
  return [...outputs, ...approvals].map((output) => output.tool_call_id);
}

/** Adds `stream`, which the methods' types omit so that a client without streaming fits. */
function asStream<Body extends object>(body: Body): Body {
  return { ...body, stream: true };
}

function waitsFor(run: AssistantRun, callIds: readonly string[]): boolean {
  const action = run.status === 'requires_action' ? run.required_action : undefined;
  const waiting = action?.submit_tool_outputs?.tool_calls ?? action?.submit_tool_approval?.tool_calls ?? [];
  return waiting.some(({ id }) => callIds.includes(id));
}

/** Extracts the id of the thread's active run from the API's message. */
export function activeRunIdOf(error: unknown): string | undefined {
  return /already has an active run (\S+?)\.?(?:\s|$)/.exec(messageOf(error))?.[1];
}

export function activeRunError(threadId: string, activeRunId: string, cause: unknown): RunFailure {
  return new RunFailure(
    'active_run',
    `Thread ${threadId} already has an active run ${activeRunId}. Wait for it or cancel it. If no process serves it, join it with runner.resume('${threadId}', '${activeRunId}').`,
    { cause, activeRunId },
  );
}

function runNotFoundError(threadId: string, cause: unknown): RunFailure {
  return new RunFailure(
    'run_not_found',
    `The response to creating a run on thread ${threadId} was lost. The run could not be found: that needs room for a tag in its metadata (at most ${MAX_METADATA_PAIRS} pairs) and a client with runs.list. If the run exists, join it with runner.resume.`,
    { cause },
  );
}
