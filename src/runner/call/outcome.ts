import type { DecisionWord } from '../gateway/gateway.ts';
import type { GatewayFault } from '../gateway/gateway-error.ts';
import type { Approval } from '../gateway/gateway.ts';

/** What became of a tool call. The union is closed: a new outcome is a new major version. */
export type Outcome =
  /** Cleared by the gateway, an approver or the failure mode (then with a `fault`); the handler returned. */
  | 'allowed'
  /** Ran with the arguments that the gateway redacted. */
  | 'sanitized'
  | 'denied'
  /** A person has yet to decide, or nobody decided in the time there was. */
  | 'approval_pending'
  | 'approval_denied'
  | 'approval_expired'
  /** No decision could be had: unreachable, time-out, rate limit, server trouble. */
  | 'scan_unavailable'
  /** The gateway answered something that is not a decision. */
  | 'scan_rejected'
  /** The redacted arguments do not fit the tool's schema. */
  | 'sanitized_invalid'
  /** The arguments are larger than the gateway judges. */
  | 'too_large'
  | 'unknown_tool'
  | 'invalid_arguments'
  /** The handler threw, or returned what cannot be written as JSON. */
  | 'handler_error'
  | 'handler_timeout'
  /** Over `maxToolCalls` or the tool's `limit`. */
  | 'budget_exceeded'
  /** The same call was denied in an earlier turn of this run. */
  | 'repeated'
  /** The run was ended while the call was under way. */
  | 'aborted'
  /** Never started: the run was about to expire, or its turn was refused as a whole. */
  | 'not_run'
  /** Started by an earlier process, which did not record how it ended. */
  | 'in_doubt';

/**
 * Whether the handler ran.
 *
 * - `yes`: it returned, or threw on its own account;
 * - `no`: it was never started;
 * - `unknown`: it was told to stop and gave no result, so its effect may or may not have happened. Also a call that
 *   the API's own server runs after we approved it.
 */
export type Executed = 'yes' | 'no' | 'unknown';

/** What enforcing would have done. */
export interface WouldBe {
  readonly outcome: Outcome;
  readonly fields: readonly string[];
}

/** What happened to one tool call: the developer's view of it. */
export interface CallRecord {
  readonly callId: string;
  readonly name: string;
  /** Which of the API's servers runs it, of an MCP call that wants approval. */
  readonly server?: string;
  /** Which of the Agents API's subagents asked; absent for the agent itself. */
  readonly subagentId?: string;
  /** Counted from 1. */
  readonly turn: number;
  /** What the gateway was told that the call amounts to; absent when it was not scanned. */
  readonly target?: { readonly method: string; readonly url: string };
  /** Absent when the call was not scanned or no decision could be had. */
  readonly decision?: DecisionWord;
  readonly reasonCodes: readonly string[];
  readonly traceId?: string;
  readonly approvalId?: string;
  readonly approvalUrl?: string;
  /** What a person said, by whom and when; also when it came too late for the call to run. */
  readonly approval?: Approval;
  readonly outcome: Outcome;
  readonly executed: Executed;
  /** What was wrong with the gateway. */
  readonly fault?: GatewayFault;
  /**
   * Only in monitor mode: what would have become of the call, and which arguments would have been redacted. Absent as long as its scan
   * goes on, which nothing waits for.
   */
  readonly wouldBe?: WouldBe;
  /** What was thrown: by the handler, the schema's check or the gateway. */
  readonly error?: unknown;
  /** The text that the model gets. */
  readonly output: string;
  /** Milliseconds spent on the scan, time in the queue included. */
  readonly scanMs?: number;
  /** Milliseconds spent waiting for an approver. */
  readonly approvalMs?: number;
  /** Milliseconds from the handler's start to its end, or to when it was let go. */
  readonly handlerMs?: number;
}

/** A record that is being written. */
export type RecordDraft = { -readonly [Key in keyof CallRecord]: CallRecord[Key] };
