import type { JsonObject } from '../../internal/json.ts';
import type { Decision, ReturnedTrust, ScanRequest } from '../gateway/gateway.ts';

/** Handling of calls that need approval: see `approval` of the runner's options. */
export type ApprovalMode = 'message' | 'wait' | 'park';
/** Handling of calls while the gateway is unavailable: see `onGatewayError`. */
export type FailureMode = 'block' | 'allow';
/** Enforces the gateway's decisions, or only records them. */
export type Mode = 'enforce' | 'monitor';

/** Whether the gateway scans outputs: see `scanOutputs` of the runner's options. */
export type OutputScans = boolean | 'report';

/** Absolute URL and HTTP method of a call for the gateway's policies. Default method: derived from the tool's name. */
export interface Target {
  readonly url: string;
  readonly method?: string;
}

/** The method and URL that stand for a call. */
export type CallTarget = Pick<ScanRequest, 'method' | 'url' | 'isTargetDeclared'>;

/** The target of a tool's calls, as far as it does not depend on their arguments. */
export interface ToolTarget {
  readonly target: CallTarget;
  /**
   * True if no argument changes it: it is declared, or that of a service, or the schema has no such argument. Otherwise
   * the model could choose its own policy.
   */
  readonly isFixed: boolean;
}

/** Second argument of a handler: the call it handles. */
export interface CallContext<Context = unknown> {
  readonly callId: string;
  readonly name: string;
  /** Id of the run; of the response that made the call (Responses API); of the turn (Agents API). */
  readonly runId: string;
  /**
   * Id of the thread; of the conversation, or without one the run's first response (Responses API); of the session
   * (Agents API).
   */
  readonly threadId: string;
  /** Id of the Agents API's subagent that made the call; absent for the agent itself. */
  readonly subagentId?: string;
  /** Turn number, from 1. */
  readonly turn: number;
  /** Aborts when the run ends or the handler times out. The handler then has `graceMs` to settle. */
  readonly signal: AbortSignal;
  /** Stable key of the call, also after a resume. Pass it to the service you call. */
  readonly idempotencyKey: string;
  /** The gateway's decision. Absent if the failure mode allowed the call, or while monitor mode is scanning it. */
  readonly decision?: Decision;
  /** `context` option of the run. */
  readonly context: Context;
}

/** Registered tool with defaults filled in. `check` hides the schema. */
export interface RegisteredTool {
  readonly name: string;
  /** Input the model writes: JSON, or plain text that becomes the argument `input`. */
  readonly takes: 'json' | 'text';
  /**
   * Returns the handler's input.
   *
   * @throws Error for arguments that do not fit the schema; whatever the schema throws
   */
  readonly check: (args: JsonObject) => Promise<unknown>;
  /** Returns true if the schema declares the argument. A tool without a schema accepts any. */
  readonly declares: (argument: string) => boolean;
  /** True if integers with more digits than a double keeps may be arguments, as strings of their digits. */
  readonly takesLongIntegers: boolean;
  readonly run: (input: unknown, call: CallContext) => unknown;
  /** Returns true for a call that needs an approval, whatever the gateway's rules say. */
  readonly needsApproval: boolean | ((input: unknown, call: CallContext) => unknown);
  readonly target: ToolTarget;
  readonly sequential: boolean;
  readonly limit: number;
  readonly handlerTimeoutMs: number | undefined;
  readonly approval: ApprovalMode | undefined;
  readonly approvalTimeoutMs: number | undefined;
  readonly onGatewayError: FailureMode | undefined;
  readonly mode: Mode | undefined;
  readonly scanOutputs: OutputScans | undefined;
  readonly returns: ReturnedTrust | undefined;
  /** Allows a call to run again with the same idempotency key. */
  readonly idempotent: boolean;
}
