import type { CallRecord } from './call/outcome.ts';

/** Why we ended a run. */
export type RunErrorCode =
  /** The caller's signal aborted; `cause` is its reason. */
  | 'aborted'
  /** The run's `timeoutMs` passed. */
  | 'timeout'
  | 'max_turns'
  /** The model asked a third time for a call that was denied. */
  | 'repeated_denial'
  | 'unknown_status'
  | 'unknown_action'
  /** A turn without calls, with two calls of one id, or that is asked again and again. */
  | 'invalid_turn'
  /** The gateway refused our request: key, address or request are wrong. */
  | 'gateway_configuration'
  /** The thread has a run already; `activeRunId` names it. */
  | 'active_run'
  /** A conversation or a response before has calls without an output; the API takes nothing until they have one. */
  | 'open_calls'
  /** A reply was lost, and sending the request again could do something twice. */
  | 'reply_lost'
  /** The reply to the run's creation was lost and the run could not be found. */
  | 'run_not_found'
  /**
   * The run's journal could not be opened or written: another process has it, it is damaged, the disk is full. Of a run that is joined nothing
   * was touched.
   */
  | 'journal'
  /** The OpenAI client threw; `cause` is what it threw. */
  | 'api_error';

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
 * `run`, `resume` and `responses` reject with this when they end a run, whatever the reason. A run that ends by itself (`failed`,
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
  /** The thread, or the conversation of the Responses API if there is one. */
  readonly threadId: string | undefined;
  /** The run, or the Responses API's last response. Absent when none was created, or when its id never reached us. */
  readonly runId: string | undefined;
  /** Only with `active_run`: the run that the thread has already. */
  readonly activeRunId: string | undefined;
  /**
   * True when something stays open at the API: a run that could not be cancelled, whose thread is locked until it expires,
   * or a conversation that may wait for outputs. The message says what to do.
   */
  readonly leftOpen: boolean;
  /** The calls of a conversation that are known to be without an output. */
  readonly openCalls: readonly string[];
  /** What became of every call so far. Not enumerable, so that logging the error writes no tool outputs. */
  declare readonly calls: readonly CallRecord[];

  constructor(code: RunErrorCode, message: string, details: GuardedRunErrorDetails) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.threadId = details.threadId;
    this.runId = details.runId;
    this.activeRunId = details.activeRunId;
    this.leftOpen = details.leftOpen;
    this.openCalls = details.openCalls ?? [];
    Object.defineProperty(this, 'calls', { value: details.calls, enumerable: false });
  }
}

/**
 * Inside the library: ends the run that throws it. The runner's boundary turns it into a {@link GuardedRunError}, which
 * adds the ids and the calls.
 */
export class RunFailure extends Error {
  override readonly name: string = 'RunFailure';
  readonly code: RunErrorCode;
  readonly activeRunId: string | undefined;
  readonly openCalls: readonly string[];
  /** Whether another process serves the run, or has its journal, so that it is not ours to cancel. */
  readonly ownedByAnotherProcess: boolean;

  constructor(
    code: RunErrorCode,
    message: string,
    details?: { cause?: unknown; activeRunId?: string; openCalls?: readonly string[]; ownedByAnotherProcess?: boolean },
  ) {
    super(message, details && 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.activeRunId = details?.activeRunId;
    this.openCalls = details?.openCalls ?? [];
    this.ownedByAnotherProcess = details?.ownedByAnotherProcess ?? false;
  }
}

/**
 * Inside the library: a turn's calls wait for approvals and for nothing else, so that the run is left as it is, to be gone on with later.
 */
export class SuspendRun extends Error {
  override readonly name: string = 'SuspendRun';
}
