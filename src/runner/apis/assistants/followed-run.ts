import { raceAbort, sleep, withOwnSignal } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { canonicalJson } from '../../../internal/json.ts';
import type { ToolCall } from '../../call/tool-call.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { isRateLimited, isResponseLost, mayArriveLate, messageOf, notA, retryAfterOf, statusOf } from '../api-error.ts';
import { MAX_ATTEMPTS, type RequestOptions, retryRead, retryWaitMs } from '../api.ts';
import type {
  AssistantRun,
  PollOptions,
  Retrieved,
  RetrievedResponse,
  RunBody,
  RunsApi,
  SubmitParams,
  ThreadMessage,
  ThreadParams,
} from './client.ts';
import { activeRunIdOf, RunCreation } from './creation.ts';
import { followStream, type StreamedRequest } from './stream.ts';
import { withTag } from './tag.ts';

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
  /** The last message, if it was streamed. */
  message: ThreadMessage | undefined;
  /** The creation of the run; undefined for a run that is joined. */
  creation: RunCreation | undefined;
  /** Settles when the run has an id, or its creation is not in flight. */
  created: Promise<unknown> = Promise.resolve();
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
  #markIdKnown: (() => void) | undefined;
  readonly #hasId: Promise<void> = new Promise((resolve) => {
    this.#markIdKnown = resolve;
  });
  #nextRetrieveAt = 0;
  #submitting: readonly ToolCall[] = [];
  /** The calls whose outputs were sent, whether or not the API has accepted them. */
  readonly #sent = new Set<string>();

  readonly #isNewTurn: (run: AssistantRun) => Promise<boolean>;

  /**
   * @param joined the id of a run to join; undefined to create one
   * @param isNewTurn returns true if the run provably requires new calls, though they equal calls whose outputs were sent
   */
  constructor(
    api: RunsApi,
    request: FollowRequest,
    loop: Loop,
    joined: string | undefined,
    isNewTurn: (run: AssistantRun) => Promise<boolean>,
  ) {
    this.#api = api;
    this.#isNewTurn = isNewTurn;
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

  async create(params: RunBody): Promise<AssistantRun> {
    const { threadId, journalId, streams } = this.#request;
    const { body, tag } = withTag(params, journalId);
    const creation = (this.creation = new RunCreation(this.#api, threadId, tag));
    try {
      if (streams && this.#runs.create) return await this.#follow(this.#runs.create(threadId, body), streams);
      return await this.#follow(this.#runs.createAndPoll(threadId, body, this.#options));
    } catch (error) {
      if (creation.hasSent || error instanceof RunFailure || this.#loop.signal.aborted) throw error;
      const found = await creation.search(error, this.#loop.signal);
      if (found) this.observe(found);
      if (!found || activeRunIdOf(error) === undefined) throw error;
      return this.poll(found.id);
    }
  }

  async poll(runId: string): Promise<AssistantRun> {
    if (!this.#runs.poll)
      throw new RunFailure('unknown_action', 'The client has no runs.poll, which is needed to follow the run.');
    return this.#follow(this.#runs.poll(runId, { thread_id: this.#request.threadId }, this.#options));
  }

  /**
   * @param asking the run as it requires the outputs
   * @param calls the calls that the outputs answer
   */
  async submit(asking: AssistantRun, params: SubmitParams, calls: readonly ToolCall[]): Promise<AssistantRun> {
    const { streams } = this.#request;
    const { id } = asking;
    this.#submitting = calls;
    for (const call of requiredCalls(asking)) this.#sent.add(call);
    const run =
      streams && this.#runs.submitToolOutputs
        ? await this.#follow(this.#runs.submitToolOutputs(id, params), streams)
        : await this.#follow(this.#runs.submitToolOutputsAndPoll(id, params, this.#options));
    this.#loop.submitted(calls);
    return run;
  }

  /**
   * Records the run's state.
   *
   * @throws TypeError when the value is not a run
   */
  observe(run: AssistantRun): AssistantRun {
    if (typeof (run as Partial<AssistantRun> | null | undefined)?.id !== 'string') throw notA('a run', run);
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

  /** @param isStream true if the promise may resolve before the run's next stop, as a stream can end early */
  async #follow(followed: PromiseLike<AssistantRun>, isStream = false): Promise<AssistantRun> {
    // A client that bypasses the replaced `create` returns the run only at its first stop, maybe after an abort.
    const observed = Promise.resolve(followed).then((run) => this.observe(run));
    this.created = Promise.race([observed.catch(() => undefined), this.#hasId]);
    try {
      // A client's own methods may ignore the signal.
      const run = await raceAbort(observed, this.#loop.signal);
      if (!isStream || !isActive(run)) return run;
      // Events are missing: the last message may be among them.
      this.message = undefined;
      return await this.poll(run.id);
    } finally {
      this.#options.pollIntervalMs = this.#request.pollIntervalMs;
    }
  }

  #intercept(api: CompleteRuns): RunsApi {
    return Object.assign(Object.create(api) as RunsApi, {
      create: async (threadId: string, body: RunBody) => this.#createOnce(api, threadId, body),
      submitToolOutputs: this.#submitOnce.bind(this, api),
      retrieve: (runId: string, _params: ThreadParams, options: RequestOptions = {}): Retrieved => {
        // This method makes the pause itself: openai 5 and 6 sleep through an abort, and read 0 as "not set".
        this.#options.pollIntervalMs = 1;
        const reply = this.#retrieveSettled(api, runId, options);
        const run = reply.then(({ data }) => data);
        // The SDK awaits only one of the two promises.
        run.catch(() => undefined);
        return Object.assign(run, { withResponse: async () => reply });
      },
    });
  }

  async #createOnce(api: CompleteRuns, threadId: string, body: RunBody): Promise<AssistantRun> {
    const params = { ...body, ...this.#stream };
    const send = async (signal: AbortSignal): Promise<AssistantRun> =>
      this.#send(api, signal, (own) => api.create(threadId, params, { signal: own, maxRetries: 0 }));
    const creation = (this.creation ??= new RunCreation(api, threadId, undefined));
    return this.observe(await creation.send(send, this.#loop.signal));
  }

  /**
   * Submits outputs, and repeats that while the run still requires them. After a rejection or a lost response, the run
   * itself shows whether the API has them: it may accept a request late, or receive it twice.
   */
  async #submitOnce(api: CompleteRuns, runId: string, params: SubmitParams): Promise<AssistantRun> {
    const { signal } = this.#loop;
    const body = { ...params, ...this.#stream };
    const send = (own: AbortSignal): PromiseLike<AssistantRun> =>
      api.submitToolOutputs(runId, body, { signal: own, maxRetries: 0 });
    let mayBeAccepted = false;
    for (let attempt = 1; ; attempt += 1) {
      let run: AssistantRun;
      try {
        run = await this.#send(api, signal, send, runId);
      } catch (error) {
        signal.throwIfAborted();
        const isRejected = statusOf(error) === 400;
        if (!isRejected && !isResponseLost(error) && !isRateLimited(error)) throw error;
        mayBeAccepted ||= isResponseLost(error) || isOfAnotherState(error);
        ({ data: run } = await (mayBeAccepted ? this.#retrieveSettled(api, runId) : this.#retrieve(api, runId)));
        if (await this.#isOutdated(run)) {
          // Where ids are used again, the API could take the lost outputs late for this turn, and these for the next.
          const isAmbiguous = mayArriveLate(error) && this.#submitting.some(({ use }) => use !== undefined);
          if (attempt >= MAX_ATTEMPTS || (isRejected && !mayBeAccepted) || isAmbiguous) throw error;
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
    submittedTo?: string,
  ): Promise<AssistantRun> {
    const { threadId, streams } = this.#request;
    if (!streams) return this.observe(await withOwnSignal(signal, send));
    const request: StreamedRequest = {
      send,
      creationSignal: signal,
      retrieve: (runId, own) => api.retrieve(runId, { thread_id: threadId }, { signal: own, maxRetries: 0 }),
      runId: submittedTo,
      isOutdated: async (run) => this.#isOutdated(run),
      observe: (run) => {
        this.observe(run);
        this.#loop.submitted(this.#submitting);
        return isActive(run);
      },
      onMessage: (message) => {
        this.message = message;
      },
      observeClock: (response, requestedAt) => {
        this.#observeClock(response, requestedAt);
      },
    };
    return followStream(request, this.#loop);
  }

  /**
   * Retrieves the run once it requires something new, or after a time limit. Until then the response may come from a
   * replica that lags behind, or the outputs may still be on their way.
   */
  async #retrieveSettled(api: CompleteRuns, runId: string, options: RequestOptions = {}): Promise<RetrievedResponse> {
    const until = Date.now() + limits.outputsSettleMs;
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.#retrieve(api, runId, options);
      if (!(await this.#isOutdated(reply.data)) || Date.now() >= until) return reply;
      await sleep(backoffMs(attempt, 100, 1_000), this.#loop.signal);
    }
  }

  /** Returns true if the run requires outputs, all of which were sent. */
  async #isOutdated(run: AssistantRun): Promise<boolean> {
    const required = requiredCalls(run);
    const isAnswered = required.length > 0 && required.every((call) => this.#sent.has(call));
    return isAnswered && !(await this.#isNewTurn(run));
  }

  async #retrieve(api: CompleteRuns, runId: string, options: RequestOptions = {}): Promise<RetrievedResponse> {
    const { signal } = this.#loop;
    const waitMs = this.#nextRetrieveAt - Date.now();
    if (waitMs > 0) await sleep(waitMs, signal);
    const params = { thread_id: this.#request.threadId };
    const read = async (own: AbortSignal): Promise<RetrievedResponse> => {
      const requestedAt = Date.now();
      const retrieved = await api.retrieve(runId, params, { ...options, signal: own }).withResponse();
      this.observe(retrieved.data);
      this.#observeClock(retrieved.response, requestedAt);
      return retrieved;
    };
    const reply = await retryRead(signal, read, this.creation !== undefined);
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

/** Identifies the calls that a run requires outputs for. A server may use an id again in a later turn. */
function requiredCalls({ status, required_action: action }: AssistantRun): readonly string[] {
  if (status !== 'requires_action') return [];
  const calls: unknown = action?.submit_tool_outputs?.tool_calls ?? action?.submit_tool_approval?.tool_calls;
  return Array.isArray(calls) ? calls.map((call) => canonicalJson(call)) : [];
}

/** Returns true if the API rejected outputs because the run does not require them now. */
function isOfAnotherState(error: unknown): boolean {
  return /do not accept tool outputs|Expected tool outputs for/i.test(messageOf(error));
}
