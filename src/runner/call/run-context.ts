import type { JsonObject } from '../../internal/json.ts';
import type { RunFailure } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { GatewayFault } from '../gateway/gateway-error.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { RunLog } from '../journal/run-log.ts';
import type { RunSettings } from '../settings.ts';
import type { RunTrace } from '../trace.ts';
import type { FitPart } from './content.ts';
import type { ApprovalPolls } from './approval-polls.ts';
import type { Places } from '../../internal/places.ts';
import type { RunMemory } from './memory.ts';
import type { ParkedApproval } from './open-call.ts';
import type { RanOutcome } from './outcome.ts';
import type { Provenance } from './provenance.ts';
import type { CallTarget, RegisteredTool } from './registered-tool.ts';

/** The state that all runs of a runner share. */
export interface SharedState {
  readonly tools: ReadonlyMap<string, RegisteredTool>;
  readonly scans: Places;
  /** The scans of monitor mode, so that no enforced call waits for them. */
  readonly monitoredScans: Places;
  readonly approvalPolls: ApprovalPolls;
  /** Closed once the runner stops: then no further handler starts, and no outputs are submitted. */
  readonly handlers: Places;
  /** The gateway's configuration error from a scan of monitor mode that outlived its run. The next run throws it. */
  readonly misconfigured: { reason?: RunFailure };
}

/** The run of a call, as its calls use it. */
export interface RunContext {
  readonly settings: RunSettings;
  readonly shared: SharedState;
  readonly threadId: string;
  /** The ids that the API gave the run. */
  readonly runIds: { readonly first?: string };
  readonly signal: AbortSignal;
  readonly memory: RunMemory;
  /** Absent unless `provenance` is true. */
  readonly provenance: Provenance | undefined;
  /** Emits events; absent without listeners. The id is that of the response or turn, or of the run. */
  readonly emit: Emit | undefined;
  /** Absent without telemetry. */
  readonly trace: RunTrace | undefined;
  /** Records the run in its journal; absent without one. `log` is the journal once it is open. */
  readonly recorder:
    | {
        readonly log: RunLog | undefined;
        append(event: JournalEvent, signal?: AbortSignal): Promise<boolean>;
      }
    | undefined;
  /** True once the run has settled. */
  readonly isSettled: boolean;
  /** Adds an approval that a parked call waits for: the run is suspended once nothing else is in flight. */
  park(approval: ParkedApproval): void;
  /** Ends the run: aborts everything in flight and keeps the first reason. */
  end(reason: RunFailure): void;
}

export interface TurnContext {
  /** Counted from 1. */
  readonly number: number;
  /** The time by which all calls must have an output, in epoch milliseconds: the run's expiry minus the margin. */
  readonly deadline: number;
  /** Aborts when the run ends, and at the deadline. */
  readonly signal: AbortSignal;
  /** The source of the calls. */
  readonly runId: string;
  readonly keyScope: string;
  readonly fitPart?: FitPart | undefined;
}

/** The input that a tool's schema makes of arguments, and what of it the gateway scans. */
export interface ToolInput {
  /** Frozen JSON: the input, or the arguments if JSON cannot represent the input (a date, a class instance, a string). */
  readonly scanned: JsonObject;
  /** True if the input is what is scanned. */
  readonly isScanned: boolean;
  /** The input, if it is not what is scanned. */
  readonly input?: unknown;
}

export interface ParsedArguments extends ToolInput {
  /** The model's, frozen. */
  readonly args: JsonObject;
  readonly target: CallTarget;
}

/** The runner's final action on a call. Unlike a decision, it never waits for an approver. */
export type Verdict =
  | {
      readonly verdict: 'run';
      readonly outcome: RanOutcome;
      readonly input: unknown;
      /** The paths of the redacted or edited arguments. */
      readonly fields: readonly string[];
    }
  | { readonly verdict: 'block'; readonly outcome: BlockedOutcome };

/** The result of a scan: a verdict, or `ask` when an approver has to decide. */
export type ScanVerdict = Verdict | { readonly verdict: 'ask' };

/** The gateway's answer to a request, or the fault that kept it from one. */
export type Answer<T> =
  | { readonly answered: true; readonly answer: T; readonly error?: unknown }
  | { readonly answered: false; readonly fault: GatewayFault; readonly error: unknown };

export type BlockedOutcome =
  | 'denied'
  | 'approval_pending'
  | 'approval_denied'
  | 'approval_expired'
  | 'scan_unavailable'
  | 'scan_rejected'
  | 'sanitized_invalid'
  | 'edited_invalid'
  | 'too_large';
