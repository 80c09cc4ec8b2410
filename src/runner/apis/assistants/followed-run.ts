import { Limit, sleep, type Limited } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { canonicalJson } from '../../../internal/json.ts';
import type { ToolCall } from '../../call/tool-call.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import {
  type HttpResponse,
  isRateLimited,
  isResponseLost,
  mayArriveLate,
  messageOf,
  notA,
  statusOf,
} from '../api-error.ts';
import { type Fields, FollowedStream } from '../event-stream.ts';
import { MAX_ATTEMPTS, type RequestOptions, retryRead, pauseBeforeRetry } from '../api.ts';
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
import { activeRunIdOf, RunCreation, withTag } from './creation.ts';
import { emitText } from './text.ts';

export interface FollowRequest {
  readonly threadId: string;
  readonly pollIntervalMs: number;
  /** True to stream the run, false to poll it. */
  readonly streams: boolean;
  /** The id of the journal's store; undefined without a journal. */
  readonly journalId: string | undefined;
  /** The run of a key: the attempt, and whether an earlier process may have created it. */
  readonly keyed?: { readonly attempt: string; readonly mayExist: boolean } | undefined;
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
  message: Fields | undefined;
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
  #markIdKnown: (() => void) | undefined;
  readonly #hasId: Promise<void> = new Promise((resolve) => {
    this.#markIdKnown = resolve;
  });
  #nextRetrieveAt = 0;
  #submitting: readonly ToolCall[] = [];
  /** The calls whose outputs were sent, whether or not the API has accepted them. */
  readonly #sent = new Set<string>();
  /** The runs whose calls are not in `#sent` yet. */
  readonly #asking: AssistantRun[] = [];

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
    const isComplete =
      typeof api.create === 'function' &&
      typeof api.submitToolOutputs === 'function' &&
      typeof api.retrieve === 'function';
    this.#runs = isComplete ? this.#intercept(api as CompleteRuns) : api;
    this.#options = { signal: loop.signal, pollIntervalMs: request.pollIntervalMs };
    this.runId = joined;
    if (joined !== undefined) loop.opened(joined);
  }

  async create(params: RunBody): Promise<AssistantRun> {
    const { threadId, journalId, streams, keyed } = this.#request;
    const { body, tag } = withTag(params, journalId, keyed?.attempt);
    const creation = (this.creation = new RunCreation(this.#api, threadId, tag));
    if (keyed?.mayExist) {
      const [found] = await creation.list(this.#loop.signal);
      if (found) return this.#joinFound(found);
    }
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

  /** Joins a run that an earlier request created. */
  async #joinFound(found: AssistantRun): Promise<AssistantRun> {
    this.observe(found);
    return this.poll(found.id);
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
    this.#loop.signal.throwIfAborted();
    this.#submitting = calls;
    this.#asking.push(asking);
    const run =
      streams && this.#runs.submitToolOutputs
        ? await this.#follow(this.#runs.submitToolOutputs(id, params), streams)
        : await this.#follow(this.#runs.submitToolOutputsAndPoll(id, params, this.#options));
    if (this.#submitting.length > 0) this.#accepted();
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
      this.#loop.recorder?.open().catch(() => undefined);
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
      const run = await observed;
      // A client's own methods may ignore the signal.
      this.#loop.signal.throwIfAborted();
      if (!isStream || !ACTIVE.has(run.status)) return run;
      // Events are missing: the last message may be among them.
      this.message = undefined;
      return await this.poll(run.id);
    } finally {
      this.#options.pollIntervalMs = this.#request.pollIntervalMs;
    }
  }

  #intercept(api: CompleteRuns): RunsApi {
    return Object.assign(Object.create(api) as RunsApi, {
      create: this.#createOnce.bind(this, api),
      submitToolOutputs: this.#submitOnce.bind(this, api),
      retrieve: (runId: string, _params: ThreadParams, options?: RequestOptions): Retrieved => {
        // This method makes the pause itself: openai 5 and 6 sleep through an abort, and read 0 as "not set".
        this.#options.pollIntervalMs = 1;
        const reply = this.#retrieve(api, runId, options);
        return {
          withResponse: async () => reply,
          then: (onRun, onError) => reply.then(({ data }) => data).then(onRun, onError),
        };
      },
    });
  }

  async #createOnce(api: CompleteRuns, threadId: string, body: RunBody): Promise<AssistantRun> {
    const creation = (this.creation ??= new RunCreation(api, threadId, undefined));
    const send = async (signal: AbortSignal): Promise<AssistantRun> => {
      if (!this.#request.streams) return this.observe(await api.create(threadId, body, { signal, maxRetries: 0 }));
      const streamed = { ...body, stream: true };
      return this.#followStream(api, signal, (own) => api.create(threadId, streamed, { signal: own, maxRetries: 0 }));
    };
    return this.observe(await creation.send(send, this.#loop.signal));
  }

  /**
   * Submits outputs, and repeats that while the run still requires them. After a rejection or a lost response, the run
   * itself shows whether the API has them: it may accept a request late, or receive it twice.
   */
  async #submitOnce(api: CompleteRuns, runId: string, params: SubmitParams): Promise<AssistantRun> {
    const { signal } = this.#loop;
    // The method's type omits `stream`, so that a client without streaming fits.
    const body = this.#request.streams ? { ...params, stream: true } : params;
    const send = (own: AbortSignal): PromiseLike<AssistantRun> =>
      api.submitToolOutputs(runId, body, { signal: own, maxRetries: 0 });
    let mayBeAccepted = false;
    for (let attempt = 1; ; attempt += 1) {
      let run: AssistantRun;
      try {
        run = this.#request.streams
          ? await this.#followStream(api, signal, send, runId)
          : this.observe(await new Limit(signal).within(({ signal: own }) => send(own)));
      } catch (error) {
        signal.throwIfAborted();
        const isRejected = statusOf(error) === 400;
        if (!isRejected && !isResponseLost(error) && !isRateLimited(error)) throw error;
        mayBeAccepted ||= isResponseLost(error) || isOfAnotherState(error);
        ({ data: run } = await this.#retrieve(api, runId, {}, mayBeAccepted));
        if (await this.#isOutdated(run)) {
          // Where ids are used again, the API could take the lost outputs late for this turn, and these for the next.
          const isAmbiguous = mayArriveLate(error) && this.#submitting.some(({ use }) => use !== undefined);
          if (attempt >= MAX_ATTEMPTS || (isRejected && !mayBeAccepted) || isAmbiguous) throw error;
          await pauseBeforeRetry(error, attempt, signal);
          continue;
        }
      }
      // The API accepted the outputs, or the run has ended: polling continues from here.
      this.#accepted();
      return run;
    }
  }

  /** The API has accepted the outputs. */
  #accepted(): void {
    this.#loop.submitted?.(this.#submitting);
    this.#submitting = [];
  }

  /**
   * Sends one request, and follows the run by its events up to the next stop or end. When the stream breaks, ends early
   * or stalls, it resolves with the last known state of the run, which can then be polled.
   *
   * @throws the stream's error when no event named the run
   */
  async #followStream(
    api: CompleteRuns,
    signal: AbortSignal,
    send: (signal: AbortSignal) => PromiseLike<AssistantRun>,
    submittedTo?: string,
  ): Promise<AssistantRun> {
    const loop = this.#loop;
    const params = { thread_id: this.#request.threadId };
    const stream = new FollowedStream<AssistantRun>({
      id: submittedTo,
      onResponse: (response, requestedAt) => {
        this.#observeClock(response, requestedAt);
      },
      onEvent: ({ event, data }) => {
        const name = String(event);
        if (name.startsWith('thread.message.')) this.message = emitText(name, data as Fields, loop) ?? this.message;
        // An error of the API: the run's status shows its effect.
        if (name === 'error') return 'over';
        return name.startsWith('thread.run.') && !name.startsWith('thread.run.step.') ? data : undefined;
      },
      observe: (reported) => {
        const run = this.observe(reported as AssistantRun);
        this.#accepted();
        return run;
      },
      isActive: ({ status }) => ACTIVE.has(status),
      retrieve: async (runId, own) => {
        const run = await api.retrieve(runId, params, { signal: own, maxRetries: 0 });
        return (await this.#isOutdated(run)) ? undefined : run;
      },
      // Until the API has accepted the request, its own signal aborts it.
      signalFor: (isKnown) => (isKnown ? loop.signal : signal),
    });
    try {
      await stream.read(send);
    } catch (error) {
      loop.signal.throwIfAborted();
      if (!stream.latest) throw error;
    }
    if (!stream.latest) throw new TypeError('The stream ended before it reported its run.');
    return stream.latest;
  }

  /**
   * Retrieves the run.
   *
   * @param isSettling true to wait until it requires something new, up to a time limit: until then the response may come
   * from a replica that lags behind, or the outputs may still be on their way
   */
  async #retrieve(
    api: CompleteRuns,
    runId: string,
    options?: RequestOptions,
    isSettling = true,
  ): Promise<RetrievedResponse> {
    const { signal } = this.#loop;
    const until = Date.now() + limits.outputsSettleMs;
    const read = async ({ signal: own }: Limited): Promise<RetrievedResponse> => {
      const requestedAt = Date.now();
      const params = { thread_id: this.#request.threadId };
      const retrieved = await api.retrieve(runId, params, { ...options, signal: own }).withResponse();
      this.observe(retrieved.data);
      this.#observeClock(retrieved.response, requestedAt);
      return retrieved;
    };
    for (let attempt = 1; ; attempt += 1) {
      const waitMs = this.#nextRetrieveAt - Date.now();
      if (waitMs > 0) await sleep(waitMs, signal);
      const reply = await retryRead(signal, read, this.creation !== undefined);
      assertKnownStatus(reply.data);
      this.#nextRetrieveAt = ACTIVE.has(reply.data.status) ? Date.now() + this.#request.pollIntervalMs : 0;
      if (!isSettling || !(await this.#isOutdated(reply.data)) || Date.now() >= until) return reply;
      await sleep(backoffMs(attempt, 100, 1_000), signal);
    }
  }

  /** @param requestedAt time of the request in epoch milliseconds: a slow response must not look like a fast clock */
  #observeClock({ headers }: HttpResponse, requestedAt: number): void {
    const serverTime = Date.parse(headers.get('date') ?? '');
    if (Number.isFinite(serverTime)) this.clockAheadMs = requestedAt - serverTime;
  }

  /** Returns true if the run requires outputs, all of which were sent. */
  async #isOutdated(run: AssistantRun): Promise<boolean> {
    if (run.status !== 'requires_action' || this.#sent.size + this.#asking.length === 0) return false;
    for (const asking of this.#asking.splice(0)) for (const call of requiredCalls(asking)) this.#sent.add(call);
    const required = requiredCalls(run);
    const isAnswered = required.length > 0 && required.every((call) => this.#sent.has(call));
    return isAnswered && !(await this.#isNewTurn(run));
  }
}

type CompleteRuns = RunsApi & Required<Pick<RunsApi, 'create' | 'submitToolOutputs' | 'retrieve'>>;

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);
/** Statuses of a run that has ended. */
export const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

export function isTerminal({ status }: AssistantRun): boolean {
  return ENDED.has(status);
}

/** @throws RunFailure for an unknown status: the SDK's poll would loop on it forever, without a pause */
export function assertKnownStatus(run: AssistantRun): void {
  if (run.status === 'requires_action' || ACTIVE.has(run.status) || ENDED.has(run.status)) return;
  throw new RunFailure('unknown_status', `Unknown run status "${run.status}".`);
}

/** Identifies the calls that a run requires outputs for. A server may use an id again in a later turn. */
function requiredCalls({ required_action: action }: AssistantRun): readonly string[] {
  const calls: unknown = action?.submit_tool_outputs?.tool_calls ?? action?.submit_tool_approval?.tool_calls;
  return Array.isArray(calls) ? calls.map((call) => canonicalJson(call)) : [];
}

/** Returns true if the API rejected outputs because the run does not require them now. */
function isOfAnotherState(error: unknown): boolean {
  return /do not accept tool outputs|Expected tool outputs for/i.test(messageOf(error));
}
