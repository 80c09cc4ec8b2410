import { raceAbort, sleep, withOwnSignal } from '../../../internal/abort.ts';
import type { ToolCall } from '../../call/tool-call.ts';
import { RunFailure } from '../../errors.ts';
import type { Loop } from '../../run/driver.ts';
import { isRateLimited, isResponseLost, messageOf, retryAfterOf } from '../api-error.ts';
import { MAX_ATTEMPTS, type RequestOptions, retryRead, retryWaitMs } from '../api.ts';
import type {
  AssistantRun,
  PollOptions,
  Retrieved,
  RetrievedResponse,
  RunBody,
  RunsApi,
  SubmitParams,
  ThreadParams,
} from './client.ts';
import { followStream, type StreamedRequest } from './stream.ts';
import { findTagged, MAX_METADATA_PAIRS, withTag } from './tag.ts';

export interface FollowRequest {
  readonly threadId: string;
  readonly pollIntervalMs: number;
  /** True to stream the run, false to poll it. */
  readonly streams: boolean;
  /** The id of the journal's store; undefined without a journal. */
  readonly journalId: string | undefined;
}

/**
 * A run of a thread. `create`, `poll` and `submit` resolve at the run's next stop or end. They call the client's
 * `createAndPoll`, `poll` and `submitToolOutputsAndPoll`; with `streams`, its `create` and `submitToolOutputs`.
 *
 * The SDK's `…AndPoll` methods call `create`, `submitToolOutputs` and `retrieve` on `this` (verified on openai 5, 6 and
 * 7). There they find replacements, which repeat a create or a submit only after checking at the API that the first one
 * had no effect. A client without these three methods is used as it is.
 */
export class FollowedRun {
  /** The latest known state. */
  latest: AssistantRun | undefined;
  runId: string | undefined;
  /** The metadata tag that finds a run whose creation response was lost. */
  tag: string | undefined;
  /** True if a creation was sent and the API may have accepted it. */
  creationUncertain = false;
  /** Settles when the run has an id, or its creation is not in flight. */
  creation: Promise<unknown> = Promise.resolve();
  /** Milliseconds by which this machine's clock is ahead of the server's. */
  clockAheadMs = 0;

  readonly #api: RunsApi;
  readonly #request: FollowRequest;
  readonly #loop: Loop;
  /** The object to call the SDK's `…AndPoll` methods on. */
  readonly #runs: RunsApi;
  /** The SDK reads `pollIntervalMs` before each pause. */
  readonly #options: PollOptions;
  /** The methods' types omit `stream`, so that a client without streaming fits. */
  readonly #stream: object;
  readonly #abandoned = new AbortController();
  #markIdKnown: (() => void) | undefined;
  readonly #hasId: Promise<void> = new Promise((resolve) => {
    this.#markIdKnown = resolve;
  });
  #nextRetrieveAt = 0;
  #submitting: readonly ToolCall[] = [];

  /** @param joined the id of a run to join; undefined to create one */
  constructor(api: RunsApi, request: FollowRequest, loop: Loop, joined: string | undefined) {
    this.#api = api;
    this.#request = request;
    this.#loop = loop;
    this.#runs = isComplete(api) ? this.#intercept(api) : api;
    this.#options = { signal: loop.signal, pollIntervalMs: request.pollIntervalMs };
    this.#stream = request.streams ? { stream: true } : {};
    this.runId = joined;
    if (joined !== undefined) {
      loop.opened(joined);
      this.#markIdKnown?.();
    }
  }

  /** True if the run can be found by its tag: then an empty search proves that the API created none. */
  get isTraceable(): boolean {
    return this.tag !== undefined && this.#api.list !== undefined;
  }

  async create(params: RunBody): Promise<AssistantRun> {
    const { threadId, journalId, streams } = this.#request;
    const { body, tag } = withTag(params, journalId);
    this.tag = tag;
    this.creationUncertain = true;
    try {
      if (streams && this.#runs.create) return await this.#follow(this.#runs.create(threadId, body), streams);
      return await this.#follow(this.#runs.createAndPoll(threadId, body, this.#options));
    } catch (error) {
      // Only a client that bypasses the replaced `create` fails so: its own retry may have met the run that it created.
      const isActiveRun = !(error instanceof RunFailure) && activeRunIdOf(error) !== undefined;
      if (!isActiveRun || this.#loop.signal.aborted) throw error;
      const found = await this.#findCreated(error);
      if (!found) throw error;
      return this.poll(found.id);
    }
  }

  async poll(runId: string): Promise<AssistantRun> {
    if (!this.#runs.poll)
      throw new RunFailure('unknown_action', 'The client has no runs.poll, which is needed to follow the run.');
    return this.#follow(this.#runs.poll(runId, { thread_id: this.#request.threadId }, this.#options));
  }

  /** @param calls the calls that the outputs answer */
  async submit(runId: string, params: SubmitParams, calls: readonly ToolCall[]): Promise<AssistantRun> {
    const { streams } = this.#request;
    this.#submitting = calls;
    const run =
      streams && this.#runs.submitToolOutputs
        ? await this.#follow(this.#runs.submitToolOutputs(runId, params), streams)
        : await this.#follow(this.#runs.submitToolOutputsAndPoll(runId, params, this.#options));
    this.#loop.submitted(calls);
    return run;
  }

  /**
   * Records the run's state.
   *
   * @throws TypeError when the value is not a run
   */
  observe(run: AssistantRun): AssistantRun {
    // A truncated response can be valid JSON, and a compatible server can return anything.
    if (typeof (run as Partial<AssistantRun> | null | undefined)?.id !== 'string') {
      throw new TypeError('The API response is not a run.');
    }
    this.latest = run;
    if (this.runId === undefined) {
      this.runId = run.id;
      this.#loop.opened(run.id);
      // Opened with the run, so that after a crash the journal shows that it had no calls. Its errors surface at the
      // first use.
      this.#loop.journal().catch(() => undefined);
      this.#markIdKnown?.();
    }
    return run;
  }

  /** Aborts a creation that is no longer needed. */
  abandonCreation(): void {
    this.#abandoned.abort();
  }

  /** @param isStream true if the promise may resolve before the run's next stop, as a stream can end early */
  async #follow(followed: PromiseLike<AssistantRun>, isStream = false): Promise<AssistantRun> {
    // A client that bypasses the replaced `create` returns the run only at its first stop, maybe after an abort.
    const observed = Promise.resolve(followed).then((run) => this.observe(run));
    this.creation = Promise.race([observed.catch(() => undefined), this.#hasId]);
    try {
      // A client's own methods may ignore the signal.
      const run = await raceAbort(observed, this.#loop.signal);
      return isStream && isActive(run) ? await this.poll(run.id) : run;
    } finally {
      this.#options.pollIntervalMs = this.#request.pollIntervalMs;
    }
  }

  #intercept(api: CompleteRuns): RunsApi {
    return Object.assign(Object.create(api) as RunsApi, {
      create: this.#createOnce.bind(this, api),
      submitToolOutputs: this.#submitOnce.bind(this, api),
      retrieve: (runId: string, _params: ThreadParams, options: RequestOptions = {}): Retrieved => {
        // This method makes the pause itself: openai 5 and 6 sleep through an abort, and read 0 as "not set".
        this.#options.pollIntervalMs = 1;
        const reply = this.#retrieve(api, runId, options);
        const run = reply.then(({ data }) => data);
        // The SDK awaits only one of the two promises.
        run.catch(() => undefined);
        return Object.assign(run, { withResponse: async () => reply });
      },
    });
  }

  async #createOnce(api: CompleteRuns, threadId: string, body: RunBody): Promise<AssistantRun> {
    for (let attempt = 1; ; attempt += 1) {
      this.#loop.signal.throwIfAborted();
      try {
        // Independent of the caller's signal: aborting a creation could leave a run whose id is unknown.
        const { signal } = this.#abandoned;
        const params = { ...body, ...this.#stream };
        return await this.#send(api, signal, (own) => api.create(threadId, params, { signal: own, maxRetries: 0 }));
      } catch (error) {
        if (this.#abandoned.signal.aborted) throw error;
        this.creationUncertain = isResponseLost(error);
        const found = isRateLimited(error) ? undefined : await this.#findCreated(error);
        if (found) return found;
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), this.#loop.signal);
        this.creationUncertain = true;
      }
    }
  }

  /**
   * Finds the run that a failed creation may have created.
   *
   * @returns undefined if the API created none, and the creation can be repeated
   */
  async #findCreated(error: unknown): Promise<AssistantRun | undefined> {
    const { threadId } = this.#request;
    const activeRunId = activeRunIdOf(error);
    const isLost = isResponseLost(error);
    if (!isLost && activeRunId === undefined) throw error;
    try {
      const options = { timeout: 10_000, signal: this.#abandoned.signal };
      const found = await findTagged(this.#api, threadId, this.tag, options);
      if (found) return this.observe(found);
      if (this.isTraceable) this.creationUncertain = false;
    } catch (failure) {
      if (isLost) throw failure;
    }
    if (activeRunId !== undefined) throw activeRunError(threadId, activeRunId, error);
    if (!this.isTraceable) throw runNotFoundError(threadId, error);
    return undefined;
  }

  async #submitOnce(api: CompleteRuns, runId: string, params: SubmitParams): Promise<AssistantRun> {
    const { signal } = this.#loop;
    const isAccepted = (run: AssistantRun): boolean => !waitsFor(run, params);
    const body = { ...params, ...this.#stream };
    const send = async (parent: AbortSignal): Promise<AssistantRun> =>
      withOwnSignal(parent, (own) => api.submitToolOutputs(runId, body, { signal: own, maxRetries: 0 }));
    for (let attempt = 1; ; attempt += 1) {
      let run: AssistantRun;
      try {
        run = await this.#send(api, signal, send, { runId, isAccepted });
      } catch (error) {
        signal.throwIfAborted();
        const hasMovedOn = /do not accept tool outputs/i.test(messageOf(error));
        if (!hasMovedOn && !isResponseLost(error) && !isRateLimited(error)) throw error;
        ({ data: run } = await this.#retrieve(api, runId));
        if (!isAccepted(run)) {
          if (attempt >= MAX_ATTEMPTS) throw error;
          await sleep(retryAfterOf(error) ?? retryWaitMs(attempt), signal);
          continue;
        }
      }
      // The API accepted the outputs, or the run has ended: polling continues from here.
      this.#loop.submitted(this.#submitting);
      return run;
    }
  }

  /** Sends one request. With `streams`, follows its events. */
  async #send(
    api: CompleteRuns,
    signal: AbortSignal,
    send: (signal: AbortSignal) => PromiseLike<AssistantRun>,
    submitted?: StreamedRequest['submitted'],
  ): Promise<AssistantRun> {
    const { threadId, streams } = this.#request;
    if (!streams) return this.observe(await send(signal));
    const request: StreamedRequest = {
      send,
      creationSignal: signal,
      retrieve: (runId, own) => api.retrieve(runId, { thread_id: threadId }, { signal: own, maxRetries: 0 }),
      submitted,
      observe: (run) => {
        this.observe(run);
        this.#loop.submitted(this.#submitting);
        return isActive(run);
      },
      observeClock: (response, requestedAt) => {
        this.#observeClock(response, requestedAt);
      },
    };
    return followStream(request, this.#loop);
  }

  async #retrieve(api: CompleteRuns, runId: string, options: RequestOptions = {}): Promise<RetrievedResponse> {
    const { signal } = this.#loop;
    const waitMs = this.#nextRetrieveAt - Date.now();
    if (waitMs > 0) await sleep(waitMs, signal);
    const params = { thread_id: this.#request.threadId };
    const reply = await retryRead(signal, async (own) => {
      const requestedAt = Date.now();
      const retrieved = await api.retrieve(runId, params, { ...options, signal: own }).withResponse();
      this.observe(retrieved.data);
      this.#observeClock(retrieved.response, requestedAt);
      return retrieved;
    });
    assertKnownStatus(reply.data);
    this.#nextRetrieveAt = isActive(reply.data) ? Date.now() + this.#request.pollIntervalMs : 0;
    return reply;
  }

  /** @param requestedAt time of the request in epoch milliseconds: a slow response must not look like a fast clock */
  #observeClock({ headers }: RetrievedResponse['response'], requestedAt: number): void {
    const serverTime = Date.parse(headers.get('date') ?? '');
    if (Number.isFinite(serverTime)) this.clockAheadMs = requestedAt - serverTime;
  }
}

type CompleteRuns = RunsApi & Required<Pick<RunsApi, 'create' | 'submitToolOutputs' | 'retrieve'>>;

function isComplete(api: RunsApi): api is CompleteRuns {
  return (
    typeof api.create === 'function' &&
    typeof api.submitToolOutputs === 'function' &&
    typeof api.retrieve === 'function'
  );
}

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);
const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

function isActive({ status }: AssistantRun): boolean {
  return ACTIVE.has(status);
}

export function isTerminal({ status }: AssistantRun): boolean {
  return TERMINAL.has(status);
}

/** @throws RunFailure for an unknown status: the SDK's poll would loop on it forever, without a pause */
export function assertKnownStatus(run: AssistantRun): void {
  if (run.status === 'requires_action' || isActive(run) || isTerminal(run)) return;
  throw new RunFailure('unknown_status', `Unknown run status "${run.status}".`);
}

function waitsFor(run: AssistantRun, { tool_outputs: outputs, tool_approvals: approvals = [] }: SubmitParams): boolean {
  const action = run.status === 'requires_action' ? run.required_action : undefined;
  const waiting = action?.submit_tool_outputs?.tool_calls ?? action?.submit_tool_approval?.tool_calls ?? [];
  return waiting.some(({ id }) => [...outputs, ...approvals].some(({ tool_call_id: sent }) => sent === id));
}

/** Extracts the id of the thread's active run from the API's message. */
function activeRunIdOf(error: unknown): string | undefined {
  return /already has an active run (\S+?)\.?(?:\s|$)/.exec(messageOf(error))?.[1];
}

function activeRunError(threadId: string, activeRunId: string, cause: unknown): RunFailure {
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
