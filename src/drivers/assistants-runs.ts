import { randomUUID } from 'node:crypto';
import type { Loop } from '../core/driver.ts';
import { EndRun } from '../errors.ts';
import { sleep, withOwnSignal } from '../internal/abort.ts';
import { backoffMs } from '../internal/backoff.ts';
import { askedWaitMs, isRateLimited, isReplyLost, messageOf, statusOf } from './api-error.ts';
import type {
  AssistantRun,
  RequestOptions,
  Retrieved,
  RetrievedResponse,
  RunBody,
  RunsApi,
  SubmitParams,
  ThreadParams,
} from './assistants-client.ts';

/** As often as the SDK itself sends a request. */
const MAX_ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 8_000;

/** Metadata key by which a run whose creation was not answered is found again. The API takes 16 pairs. */
const TAG = 'interven_run';
const MOST_METADATA = 16;

const ACTIVE_STATUSES: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);
const TERMINAL_STATUSES: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

export function isTerminal(status: string): boolean {
  return TERMINAL_STATUSES.has(status);
}

/** @throws EndRun for a status that nobody knows: the SDK's poll would ask again for ever, without a pause */
export function assertKnownStatus(run: AssistantRun): void {
  const known = run.status === 'requires_action' || ACTIVE_STATUSES.has(run.status) || isTerminal(run.status);
  if (!known) throw new EndRun('unknown_status', `The run has the status "${run.status}", which nobody knows.`);
}

export interface ReliableRuns {
  /** For the SDK's `…AndPoll` methods to be called on, with `pollIntervalMs`. */
  readonly runs: RunsApi;
  readonly pollIntervalMs: number;
  /** The last that was seen of the run. */
  readonly latest: AssistantRun | undefined;
  /** Settles when no creation is under way. */
  readonly creation: Promise<unknown>;
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  readonly clockAheadMs: number;
}

/**
 * The client's runs with `create`, `submitToolOutputs` and `retrieve` replaced for the SDK's own `…AndPoll` methods,
 * which call them on `this` (measured on openai 5, 6 and 7). A create or a submit is never sent again before the API was
 * asked what became of the first one. An object without these three methods is used as it is.
 */
export function reliableRuns(api: RunsApi, threadId: string, loop: Loop, pollIntervalMs: number): ReliableRuns {
  const state = {
    runs: api,
    pollIntervalMs,
    latest: undefined as AssistantRun | undefined,
    creation: Promise.resolve() as Promise<unknown>,
    clockAheadMs: 0,
  };
  if (!isComplete(api)) return state;

  let nextLookAt = 0;
  const see = (run: AssistantRun): AssistantRun => {
    state.latest = run;
    loop.opened(run.id);
    return run;
  };

  const look = async (runId: string, params: ThreadParams, options: RequestOptions): Promise<RetrievedResponse> => {
    for (let attempt = 1; ; attempt += 1) {
      loop.signal.throwIfAborted();
      try {
        const answer = await withOwnSignal(loop.signal, (signal) =>
          api.retrieve(runId, params, { ...options, signal }).withResponse(),
        );
        assertKnownStatus(see(answer.data));
        nextLookAt = ACTIVE_STATUSES.has(answer.data.status) ? Date.now() + pollIntervalMs : 0;
        const serverTime = Date.parse(answer.response.headers.get('date') ?? '');
        if (Number.isFinite(serverTime)) state.clockAheadMs = Date.now() - serverTime;
        return answer;
      } catch (error) {
        // The SDK repeats what has a status; half a body has none, and a read may be repeated.
        const again = statusOf(error) === undefined && !(error instanceof EndRun) && attempt < MAX_ATTEMPTS;
        if (!again || loop.signal.aborted) throw error;
        await sleep(backoffMs(attempt, FIRST_WAIT_MS, MOST_WAIT_MS), loop.signal);
      }
    }
  };

  const paced = async (runId: string, params: ThreadParams, options: RequestOptions): Promise<RetrievedResponse> => {
    await sleep(Math.max(nextLookAt - Date.now(), 0), loop.signal);
    return look(runId, params, options);
  };

  const createOnce = async (body: RunBody): Promise<AssistantRun> => {
    const tagged = withTag(body);
    for (let attempt = 1; ; attempt += 1) {
      loop.signal.throwIfAborted();
      try {
        // Without the caller's signal: a creation cut off half-way would leave a run that nobody knows.
        return see(await api.create(threadId, tagged.body, { maxRetries: 0 }));
      } catch (error) {
        const activeRunId = /already has an active run (run_\w+)/.exec(messageOf(error))?.[1];
        if (!isReplyLost(error) && !isRateLimited(error) && activeRunId === undefined) throw error;
        const found = isRateLimited(error) ? undefined : await findTagged(tagged.tag);
        if (found) return see(found);
        if (activeRunId !== undefined) throw activeRun(threadId, activeRunId, error);
        if (!isRateLimited(error) && (tagged.tag === undefined || !api.list)) throw runNotFound(threadId, error);
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(askedWaitMs(error) ?? backoffMs(attempt, FIRST_WAIT_MS, MOST_WAIT_MS), loop.signal);
      }
    }
  };

  const findTagged = async (tag: string | undefined): Promise<AssistantRun | undefined> => {
    if (tag === undefined || !api.list) return undefined;
    const { data } = await api.list(threadId, { order: 'desc', limit: 20 }, { timeout: 10_000 });
    return data.find(({ metadata }) => (metadata as Record<string, unknown> | null | undefined)?.[TAG] === tag);
  };

  const submitOnce = async (runId: string, params: SubmitParams): Promise<AssistantRun> => {
    const ids = [...params.tool_outputs, ...(params.tool_approvals ?? [])].map((output) => output.tool_call_id);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return see(
          await withOwnSignal(loop.signal, (signal) => api.submitToolOutputs(runId, params, { signal, maxRetries: 0 })),
        );
      } catch (error) {
        loop.signal.throwIfAborted();
        const movedOn = /do not accept tool outputs/i.test(messageOf(error));
        if (!movedOn && !isReplyLost(error) && !isRateLimited(error)) throw error;
        const { data: run } = await look(runId, { thread_id: threadId }, {});
        // Taken after all, or the run has ended: the poll goes on from here.
        if (!waitsFor(run, ids)) return run;
        if (attempt >= MAX_ATTEMPTS) throw error;
        await sleep(askedWaitMs(error) ?? backoffMs(attempt, FIRST_WAIT_MS, MOST_WAIT_MS), loop.signal);
      }
    }
  };

  state.runs = Object.assign(Object.create(api) as RunsApi, {
    create: async (_thread: string, body: RunBody) => {
      const created = createOnce(body);
      state.creation = created.catch(() => undefined);
      return created;
    },
    submitToolOutputs: async (runId: string, params: SubmitParams) => submitOnce(runId, params),
    retrieve: (runId: string, params: ThreadParams, options: RequestOptions = {}): Retrieved => {
      const answer = paced(runId, params, options);
      const run = answer.then(({ data }) => data);
      // The SDK awaits one of the two; the other must not be an unhandled rejection.
      run.catch(() => undefined);
      return Object.assign(run, { withResponse: async () => answer });
    },
  });
  // Openai 5 and 6 sleep through an abort, so the pause between two polls is ours; 0 they would take for "not set".
  state.pollIntervalMs = 1;
  return state;
}

type CompleteRuns = RunsApi & Required<Pick<RunsApi, 'create' | 'submitToolOutputs' | 'retrieve'>>;

function isComplete(api: RunsApi): api is CompleteRuns {
  const methods = ['create', 'submitToolOutputs', 'retrieve'] as const;
  return methods.every((method) => typeof api[method] === 'function');
}

function withTag(body: RunBody): { body: RunBody; tag: string | undefined } {
  const metadata = body.metadata ?? {};
  if (Object.keys(metadata).length >= MOST_METADATA) return { body, tag: undefined };
  const tag = randomUUID();
  return { body: { ...body, metadata: { ...metadata, [TAG]: tag } }, tag };
}

function waitsFor(run: AssistantRun, callIds: readonly string[]): boolean {
  const action = run.status === 'requires_action' ? run.required_action : undefined;
  const waiting = action?.submit_tool_outputs?.tool_calls ?? action?.submit_tool_approval?.tool_calls ?? [];
  return waiting.some(({ id }) => callIds.includes(id));
}

function activeRun(threadId: string, activeRunId: string, cause: unknown): EndRun {
  return new EndRun(
    'active_run',
    `Thread ${threadId} already has an active run ${activeRunId}. Wait for it, cancel it, or join it with runner.resume('${threadId}', '${activeRunId}').`,
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
