import type { ToolCall } from '../call/tool-call.ts';
import type { Provenance } from '../call/provenance.ts';
import type { FitPart } from '../call/content.ts';
import type { ToolOutput } from '../call/outcome.ts';
import type { RunFailure } from '../errors.ts';
import type { UsageReport } from './budget.ts';
import type { Recorder } from './recorder.ts';
import type { TextFeed } from './text-feed.ts';

export type { ToolOutput };

/** One stop of the model, with the calls that it waits for. */
export interface Turn {
  readonly calls: readonly ToolCall[];
  /** The model, if no report of its usage precedes the calls. */
  readonly model?: unknown;
  /** The source of the calls, in a run with several sources. All calls of the same object are one turn. */
  readonly askedBy?: { readonly id: string };
  /** The scope in which a call id is unique, for the idempotency keys. Default: `askedBy`. */
  readonly keyScope?: string | undefined;
  /** The time at which the API expires the run, on this machine's clock; caps every wait. */
  readonly expiresAt?: Date | undefined;
  /** Converts a content part to one that the API takes. Absent if the API takes only text. */
  readonly fitPart?: FitPart;
}

export interface LeftOpen {
  /** A sentence that names what is open and how the caller closes it. */
  readonly message: string;
  readonly callIds: readonly string[];
  /** True if the run has ended all the same: `resume` cannot continue it. */
  readonly isOver?: boolean;
}

/** One run's guarded loop, as a driver uses it. */
export interface Loop {
  /**
   * Sets the run's id. Call it as soon as the API returns one, so that errors and handlers can name it. The last id
   * counts.
   */
  opened(runId: string): void;
  /**
   * The sources of the arguments' values; absent without `provenance: true`. `recall` takes a function that lists the
   * conversation before the run and the input that starts it: call it once, at the run's start. `note` adds new messages
   * and results of the API's own tools.
   */
  readonly provenance: Pick<Provenance, 'recall' | 'note'> | undefined;
  /**
   * Counts the usage that the API reports for a response, a run or a turn. Call it once for each, before its calls are
   * begun. Never rejects.
   *
   * @param isReplayed true if an earlier process counted it
   */
  used(report: UsageReport, isReplayed?: boolean): Promise<void>;
  /** Aborts everything in flight. A driver that leaves early calls it. The first reason counts. */
  end(reason?: RunFailure): void;
  /** The run's journal, which drivers read after a crash; absent without one. */
  readonly recorder: Pick<Recorder, 'log' | 'open' | 'openAfter' | 'append' | 'sends' | 'resumesBy'> | undefined;
  /**
   * Returns the argument for `leftOpen` if a run that ends with the error `why` stays open at the API, to be resumed.
   * Otherwise undefined.
   */
  resumableAs(why: unknown): LeftOpen | undefined;
  /** `leaveMs`: milliseconds that a driver that leaves early may spend on the API. */
  readonly settings: { readonly leaveMs: number };
  /** Reports that something stays open at the API although the driver left. */
  leftOpen(left?: LeftOpen): void;
  /** Reports that the API accepted the outputs of calls that were begun. Absent without a listener. */
  readonly submitted: ((calls: readonly ToolCall[]) => void) | undefined;
  /** The model's text; absent without a listener. */
  readonly text: TextFeed | undefined;
  /**
   * Starts every call of a turn. A call that already has an output keeps it, without being run. A driver may begin a
   * turn while outputs of an earlier one are outstanding.
   */
  begin(turn: Turn): void;
  /**
   * Resolves with the outputs of calls that were begun, in the given order, once none of them is in flight. Rejects with
   * a SuspendRun when calls wait for approvers.
   *
   * @param maxBytes maximum size of all outputs together, in bytes of JSON
   */
  outputs(calls: readonly ToolCall[], maxBytes?: number): Promise<readonly ToolOutput[]>;
  /**
   * Resolves with the outputs of calls that no turn will submit to the API, once none of them is in flight. After
   * `end`, that takes at most the handlers' grace period. Pass the same objects that were begun, if they were. A call
   * without an output is recorded as not run.
   */
  outputsOf(calls: readonly ToolCall[]): Promise<readonly ToolOutput[]>;
  /** Aborts when the caller aborts, the deadline passes, or a call ends the run. */
  readonly signal: AbortSignal;
}

/**
 * Runs one API's loop to its end and resolves with the API's own final object. It is built from ids, so that it can
 * start at any point. A driver that ends early leaves nothing open at the API.
 */
export type Driver<Result> = (loop: Loop) => Promise<Result>;
