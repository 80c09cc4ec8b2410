import { TimeLimitError } from '../internal/abort.ts';
import type { CallRecord } from './call/outcome.ts';

/** Reason the runner ended a run. */
export type RunErrorCode =
  /** The caller's signal aborted; `cause` is its reason. */
  | 'aborted'
  /** The run's `timeoutMs` passed. */
  | 'timeout'
  /** The run reached `maxTurns`. */
  | 'max_turns'
  /**
   * The run used up its `maxTokens` or `maxCost`, or its principal the `dailyBudget`, or that could not be checked. A
   * run to be started or resumed was then not changed.
   */
  | 'over_budget'
  /** The model made a denied call for the third time. */
  | 'repeated_denial'
  /** The API reported a status that this version does not support. */
  | 'unknown_status'
  /** The API requested an action that this version does not support. */
  | 'unknown_action'
  /** The API sent a turn without calls, with duplicate call ids, or the same turn repeatedly. */
  | 'invalid_turn'
  /** The gateway rejected the request: check its API key, URL and settings. */
  | 'gateway_configuration'
  /** The thread or conversation already has an active run; `activeRunId` is its id. */
  | 'active_run'
  /**
   * The conversation or previous response has calls without an output. The API rejects requests until they have one.
   */
  | 'open_calls'
  /** The response to a request was lost, and a retry could repeat an effect or run another client's calls. */
  | 'reply_lost'
  /** The response to the run's creation was lost, and the run could not be found. */
  | 'run_not_found'
  /**
   * The run's journal could not be opened or written: another process holds it, it is damaged, or the disk is full. A
   * run to be resumed was not changed. With `leftOpen`, the run stays at the API, to be resumed once that is repaired.
   */
  | 'journal'
  /**
   * The runner was stopped with `stop`. With `leftOpen`, the run stays at the API, and another process can resume it.
   * Without a journal, or before its first call, the run was cancelled. A new run was refused.
   */
  | 'stopped'
  /** The OpenAI client threw; `cause` is its error. */
  | 'api_error';

/** Codes of errors that are temporary or fixable: with its journal, the run can be resumed afterwards. */
export const RECOVERABLE_CODES: ReadonlySet<RunErrorCode> = new Set<RunErrorCode>(['gateway_configuration', 'journal']);

/** Codes of errors after which whatever the run did is in its journal, if that is open: only the next step is not. */
export const JOURNALED_CODES: ReadonlySet<RunErrorCode> = new Set<RunErrorCode>(['journal', 'stopped']);

export interface GuardedRunErrorDetails {
  readonly threadId?: string | undefined;
  readonly runId?: string | undefined;
  readonly calls: readonly CallRecord[];
  readonly activeRunId?: string | undefined;
  readonly leftOpen: boolean;
  readonly openCalls?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/**
 * Error with which every method that serves a run rejects when the runner ends it. A run that the API ends (`failed`,
 * `expired`, …) is a result, not an error.
 *
 * @example
 * try {
 *   await runner.run(threadId, assistantId);
 * } catch (error) {
 *   if (!(error instanceof GuardedRunError)) throw error;
 *   report(error.code, error.runId, error.calls.filter(({ executed }) => executed !== 'no'));
 * }
 */
export class GuardedRunError extends Error {
  override readonly name: string = 'GuardedRunError';
  readonly code: RunErrorCode;
  /** Id of the thread, or of the Responses API's conversation, if any. */
  readonly threadId: string | undefined;
  /**
   * Id of the run: with a journal, the one that resumes it; otherwise that of the run, the last response or the turn.
   * Undefined when none was created, or when its id was lost.
   */
  readonly runId: string | undefined;
  /** Id of the thread's active run. Only with code `active_run`. */
  readonly activeRunId: string | undefined;
  /**
   * True if the API still has pending work: a run that could not be cancelled, which locks its thread until it
   * expires, or a conversation that may wait for outputs. The message explains what to do.
   */
  readonly leftOpen: boolean;
  /**
   * True if the same call may succeed later without a change of yours: another process serves the run, the runner was stopped,
   * or the API or the journal's database was unavailable. A queue then repeats its job, with the same `runKey`. Without a
   * journal, check `calls` first.
   */
  readonly retryable: boolean;
  /** Ids of the conversation's calls known to have no output. */
  readonly openCalls: readonly string[];
  /** Records of all calls so far. Not enumerable, so that logging the error does not log tool outputs. */
  declare readonly calls: readonly CallRecord[];

  constructor(code: RunErrorCode, message: string, details: GuardedRunErrorDetails) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.threadId = details.threadId;
    this.runId = details.runId;
    this.activeRunId = details.activeRunId;
    this.leftOpen = details.leftOpen;
    this.retryable = isRetryable(code, details);
    this.openCalls = details.openCalls ?? [];
    Object.defineProperty(this, 'calls', { value: details.calls, enumerable: false });
  }
}

function isRetryable(code: RunErrorCode, { cause, leftOpen, calls }: GuardedRunErrorDetails): boolean {
  if (code === 'active_run') return true;
  if (code === 'journal') return isJournalRetryable(cause);
  // A run that ended after calls would only end with its recorded error again.
  if (!leftOpen && calls.length > 0) return false;
  return code === 'stopped' || (code === 'api_error' && isApiRetryable(cause));
}

/** A journal marks its errors: `ELOCKED` for a run of another process, `retryable` if it was only unavailable. */
function isJournalRetryable(cause: unknown): boolean {
  if (cause instanceof TimeLimitError) return true;
  const { code, retryable, ownedByAnotherProcess } = Object(cause) as Readonly<Record<string, unknown>>;
  return code === 'ELOCKED' || retryable === true || ownedByAnotherProcess === true;
}

/** The errors of the OpenAI client have a status, which is undefined if there was no response. */
function isApiRetryable(cause: unknown): boolean {
  if (!(cause instanceof Error && 'status' in cause)) return false;
  const { status, code } = cause as { readonly status: unknown; readonly code?: unknown };
  if (code === 'insufficient_quota') return false;
  return status === undefined || [408, 409, 429].includes(Number(status)) || Number(status) >= 500;
}

/**
 * Internal error that ends the run. The runner converts it to a {@link GuardedRunError}, which adds the ids and the
 * calls.
 */
export class RunFailure extends Error {
  override readonly name: string = 'RunFailure';
  readonly code: RunErrorCode;
  readonly activeRunId: string | undefined;
  readonly openCalls: readonly string[];
  /** True if another process serves the run or holds its journal, so that this one must not cancel it. */
  readonly ownedByAnotherProcess: boolean;
  /** True if the run's journal was removed or replaced: a resumed run would run its calls again. */
  readonly losesJournal: boolean;

  constructor(
    code: RunErrorCode,
    message: string,
    details?: {
      cause?: unknown;
      activeRunId?: string;
      openCalls?: readonly string[];
      ownedByAnotherProcess?: boolean;
      losesJournal?: boolean;
    },
  ) {
    super(message, details && 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.activeRunId = details?.activeRunId;
    this.openCalls = details?.openCalls ?? [];
    this.ownedByAnotherProcess = details?.ownedByAnotherProcess ?? false;
    this.losesJournal = details?.losesJournal ?? false;
  }
}

/** Internal signal to suspend the run: its turn waits for nothing but approvals. A later `resume` continues it. */
export class SuspendRun extends Error {
  override readonly name: string = 'SuspendRun';
}
