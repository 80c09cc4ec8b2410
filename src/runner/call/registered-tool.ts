import type { JsonObject } from '../../internal/json.ts';
import type { Decision } from '../gateway/gateway.ts';

export type ApprovalMode = 'message' | 'wait' | 'park';
export type FailureMode = 'block' | 'allow';
/** Whether what the gateway says is done, or only noted. */
export type Mode = 'enforce' | 'monitor';

/** What a call does to the outside, for the gateway's policies: an absolute URL and a method (default: by the name). */
export interface Target {
  readonly url: string;
  readonly method?: string;
}

/** What a handler knows of the call it serves. */
export interface CallContext<Context = unknown> {
  readonly callId: string;
  readonly name: string;
  /** The run's id; with the Responses API, the id of the response that asked, with the Agents API of the turn. */
  readonly runId: string;
  /**
   * The thread's id; with the Responses API the conversation's, or without one the id of the run's first response; with
   * the Agents API the session's.
   */
  readonly threadId: string;
  /** Which of the Agents API's subagents asks; absent for the agent itself. */
  readonly subagentId?: string;
  /** Counted from 1. */
  readonly turn: number;
  /** Aborts when the run is left or the handler's time is up; a handler then has `graceMs` to settle. */
  readonly signal: AbortSignal;
  /** The same for the same call, whatever happens: hand it to the service you call. */
  readonly idempotencyKey: string;
  /** Absent only when the failure mode let the call through. */
  readonly decision?: Decision;
  /** What the run was given as `context`. */
  readonly context: Context;
}

export type CheckedArguments =
  { readonly fits: true; readonly input: unknown } | { readonly fits: false; readonly error: unknown };

/** A tool as the core sees it: the schema is behind `check`, the defaults are filled in. */
export interface RegisteredTool {
  readonly name: string;
  /** Whether the model writes JSON for it or plain text; the text is the argument `input`. */
  readonly takes: 'json' | 'text';
  /** Turns arguments into the handler's input. */
  readonly check: (args: JsonObject) => Promise<CheckedArguments>;
  /** Whether the tool takes an argument of this name; a tool without a schema takes any. */
  readonly declares: (argument: string) => boolean;
  readonly run: (input: unknown, call: CallContext) => unknown;
  readonly target: Target | undefined;
  readonly sequential: boolean;
  readonly limit: number;
  readonly handlerTimeoutMs: number | undefined;
  readonly approval: ApprovalMode | undefined;
  readonly approvalTimeoutMs: number | undefined;
  readonly onGatewayError: FailureMode | undefined;
  readonly mode: Mode | undefined;
  /** Whether a call may run again with the same idempotency key. */
  readonly idempotent: boolean;
}
