import { createHash, randomUUID } from 'node:crypto';
import { Limit } from '../../../internal/abort.ts';
import { RunFailure } from '../../errors.ts';
import { isRateLimited, isResponseLost, mayArriveLate, messageOf } from '../api-error.ts';
import { entriesOf, MAX_ATTEMPTS, retryRead, pauseBeforeRetry } from '../api.ts';
import type { AssistantRun, RunBody, RunsApi } from './client.ts';

/** The metadata key that finds a run whose creation response was lost. */
const TAG = 'interven_run';
/** The API's maximum. */
const MAX_METADATA_PAIRS = 16;

/** Prefix of a tag that names the run's journal. */
const JOURNAL_PREFIX = 'journaled-';

/** The creation of a run whose response may be lost. A tag in the run's metadata then finds it. */
export class RunCreation {
  /** True if the API may have created the run, or may still do so, although no response names it. */
  isUncertain = true;
  /** True if a request was repeated that the API may still accept once the run has ended. */
  mayHaveTwin = false;
  /** True once `send` was called. */
  hasSent = false;
  /** The metadata tag that finds the run; undefined if the metadata leave no room for it. */
  readonly tag: string | undefined;
  readonly #api: RunsApi;
  readonly #threadId: string;
  readonly #abandoned = new AbortController();
  /** True once a request had no response: the API may accept it later. */
  #mayArriveLate = false;

  constructor(api: RunsApi, threadId: string, tag: string | undefined) {
    this.#api = api;
    this.#threadId = threadId;
    this.tag = tag;
  }

  /** True if the run can be found. */
  get isTraceable(): boolean {
    return this.tag !== undefined && this.#api.list !== undefined;
  }

  /**
   * Sends the request. Repeats it only after the API shows no run with the tag.
   *
   * @param send sends it once
   * @param loopSignal aborts the pauses. The request itself is not aborted: that could leave a run whose id is unknown.
   */
  async send(send: (signal: AbortSignal) => Promise<AssistantRun>, loopSignal: AbortSignal): Promise<AssistantRun> {
    const { signal } = this.#abandoned;
    this.hasSent = true;
    for (let attempt = 1; ; attempt += 1) {
      loopSignal.throwIfAborted();
      this.isUncertain = true;
      this.mayHaveTwin = this.#mayArriveLate;
      try {
        return await send(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const found = await this.#recover(error, signal);
        if (found) return found;
        if (attempt >= MAX_ATTEMPTS) throw error;
        await pauseBeforeRetry(error, attempt, loopSignal);
      }
    }
  }

  /**
   * Finds the run after a client that retries by itself failed: its retry may have met the run, or a poll of it failed.
   *
   * @returns undefined if the API has no such run
   * @throws RunFailure when the run of another client is active
   */
  async search(error: unknown, signal: AbortSignal): Promise<AssistantRun | undefined> {
    const activeRunId = activeRunIdOf(error);
    const found = await this.#find(signal, activeRunId);
    this.isUncertain = !found && (mayArriveLate(error) || !this.isTraceable);
    if (!found && activeRunId !== undefined) throw activeRunError(this.#threadId, activeRunId, error);
    return found;
  }

  /** Aborts a request that is no longer needed. */
  abandon(): void {
    this.#abandoned.abort();
  }

  /**
   * Finds the run that a failed request may have created.
   *
   * @returns undefined if the request can be repeated
   * @throws RunFailure when the run of another client is active, or when nothing can identify this one
   */
  async #recover(error: unknown, signal: AbortSignal): Promise<AssistantRun | undefined> {
    const activeRunId = activeRunIdOf(error);
    const isLost = isResponseLost(error);
    this.#mayArriveLate ||= mayArriveLate(error);
    if (isLost || this.#mayArriveLate || activeRunId !== undefined) {
      const found = await this.#find(signal, activeRunId).catch((failure: unknown) => {
        if (isLost || this.#mayArriveLate) throw failure;
      });
      if (found) return found;
    }
    this.isUncertain = this.#mayArriveLate || (isLost && !this.isTraceable);
    if (activeRunId !== undefined) throw activeRunError(this.#threadId, activeRunId, error);
    if (isLost && !this.isTraceable) throw runNotFoundError(this.#threadId, error);
    if (isLost || isRateLimited(error)) return undefined;
    throw error;
  }

  /**
   * Finds the run by its tag. A list may come from a replica that lags behind, so an active run that the API has named
   * is read itself.
   */
  async #find(signal: AbortSignal, activeRunId: string | undefined): Promise<AssistantRun | undefined> {
    const { tag } = this;
    if (activeRunId !== undefined && tag !== undefined) {
      const active = await new Limit(signal)
        .within(async ({ signal: own }) =>
          this.#api.retrieve?.(activeRunId, { thread_id: this.#threadId }, { signal: own }),
        )
        .catch(() => undefined);
      if (active) return hasTag(active, tag) ? active : undefined;
    }
    return (await this.list(signal))[0];
  }

  /** Lists the runs with the tag, newest first. A second one exists if the API took a repeated request twice. */
  async list(signal: AbortSignal): Promise<readonly AssistantRun[]> {
    const { tag } = this;
    if (tag === undefined) return [];
    // A thread has one active run at a time, so a new run is among its newest.
    const query = { order: 'desc', limit: 20 } as const;
    return retryRead(signal, async ({ signal: own }) => {
      const listed = await this.#api.list?.(this.#threadId, query, { signal: own, timeout: 10_000 });
      return listed ? entriesOf(listed).filter((run) => hasTag(run, tag)) : [];
    });
  }
}

/** Extracts the id of the thread's active run from the API's message. */
export function activeRunIdOf(error: unknown): string | undefined {
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

/** Returns true if the run's journal is in another store: this runner would then run its calls again. */
export function isJournaledElsewhere({ metadata }: AssistantRun, journalId: string | undefined): boolean {
  const tag = (metadata as Record<string, unknown> | null | undefined)?.[TAG];
  if (typeof tag !== 'string' || !tag.startsWith(JOURNAL_PREFIX)) return false;
  return journalId === undefined || !tag.startsWith(`${JOURNAL_PREFIX}${journalId}.`);
}

/**
 * Adds a unique tag to the run's metadata, if there is room.
 *
 * @param journalId the id of the journal's store; undefined without a journal
 * @param attempt identifies the run of a key: a later process then finds it by the same tag
 */
export function withTag(
  body: RunBody,
  journalId: string | undefined,
  attempt: string | undefined,
): { body: RunBody; tag: string | undefined } {
  const metadata = body.metadata ?? {};
  if (Object.keys(metadata).length >= MAX_METADATA_PAIRS) return { body, tag: undefined };
  const own = attempt === undefined ? randomUUID() : createHash('sha256').update(attempt).digest('hex');
  const tag = `${journalId === undefined ? '' : `${JOURNAL_PREFIX}${journalId}.`}${own}`;
  return { body: { ...body, metadata: { ...metadata, [TAG]: tag } }, tag };
}

/** Returns true if the run has this tag. */
function hasTag({ metadata }: AssistantRun, tag: string): boolean {
  return (metadata as Record<string, unknown> | null | undefined)?.[TAG] === tag;
}
