import type { ContentPart, Output } from './content.ts';
import type { ToolCall } from './tool-call.ts';
import type { JsonObject } from '../../internal/json.ts';
import type { Decision, DecisionWord, Approval, OutputDecision } from '../gateway/gateway.ts';
import type { GatewayFault } from '../gateway/gateway-error.ts';

/** Outcome of a tool call. The union is closed: adding an outcome requires a new major version. */
export type Outcome =
  /** Allowed by the gateway, an approver or the failure mode (then with a `fault`); the handler returned. */
  | 'allowed'
  /** Ran with the arguments that the gateway redacted. */
  | 'sanitized'
  /** Ran with the arguments that an approver edited. */
  | 'edited'
  | 'denied'
  /** The approver has not decided yet, or not within `approvalTimeoutMs`. */
  | 'approval_pending'
  | 'approval_denied'
  | 'approval_expired'
  /** The scan failed: gateway unreachable, timeout, rate limit or server error. */
  | 'scan_unavailable'
  /** The gateway's response was not a valid decision, or the tool's `needsApproval` gave no answer. */
  | 'scan_rejected'
  /** The redacted arguments do not fit the tool's schema. */
  | 'sanitized_invalid'
  /** The arguments that an approver edited do not fit the tool's schema, or change where the call goes. */
  | 'edited_invalid'
  /** The arguments exceed the gateway's size limit. */
  | 'too_large'
  | 'unknown_tool'
  | 'invalid_arguments'
  /** The handler threw, returned an Error, or returned a value that JSON cannot represent. */
  | 'handler_error'
  | 'handler_timeout'
  /** The handler returned, and the gateway withheld its output, or could not judge it: see `outputScan`. */
  | 'output_withheld'
  /** Over `maxToolCalls` or the tool's `limit`. */
  | 'budget_exceeded'
  /** The run ended before it, because `maxTokens`, `maxCost` or the principal's `dailyBudget` was used up. */
  | 'over_budget'
  /** The same call was denied in an earlier turn of this run. */
  | 'repeated'
  /** The run ended while the call was in flight. */
  | 'aborted'
  /** Never started: the run was about to expire, or its whole turn was rejected. */
  | 'not_run'
  /** Started by a previous process that recorded no result. */
  | 'in_doubt';

/**
 * Execution state of the handler.
 *
 * - `yes`: it returned or threw.
 * - `no`: it never started.
 * - `unknown`: it was stopped without a result, so its effect may or may not have happened. Also for an approved call
 *   that the API's server runs.
 */
export type Executed = 'yes' | 'no' | 'unknown';

/** Effect that enforce mode would have had. */
export interface WouldBe {
  readonly outcome: Outcome;
  readonly fields: readonly string[];
}

/** Result of an output's scan: the decision, or the fault of the gateway; never the output. */
export interface OutputScan {
  /** Absent if the scan failed. */
  readonly decision?: OutputDecision['decision'];
  readonly reasonCodes: readonly string[];
  readonly ruleId?: string;
  readonly policyName?: string;
  readonly reason?: string;
  readonly fault?: GatewayFault;
  /** False if the decision is only recorded: in monitor mode, and with `scanOutputs: 'report'`. */
  readonly enforced: boolean;
  /** Milliseconds, including time in the queue. */
  readonly scanMs: number;
}

/** Record of a tool call for your code. */
export interface CallRecord {
  readonly callId: string;
  readonly name: string;
  /** Label of the MCP server that runs the call. Only for MCP calls that need approval. */
  readonly server?: string;
  /** Id of the Agents API's subagent that made the call; absent for the agent itself. */
  readonly subagentId?: string;
  /** Turn number, from 1. */
  readonly turn: number;
  /** Id of the principal on whose behalf the run made the call, if your code names one. */
  readonly principalId?: string;
  /** Method and URL sent to the gateway; absent when the call was not scanned. */
  readonly target?: { readonly method: string; readonly url: string };
  /** The gateway's decision; absent when the call was not scanned or the scan failed. */
  readonly decision?: DecisionWord;
  readonly reasonCodes: readonly string[];
  /** The rule and the policy that decided, if the gateway names them. */
  readonly ruleId?: string;
  readonly policyName?: string;
  /** The rule's reason in plain words, if its author wrote one. */
  readonly reason?: string;
  /** A number from 0 to 1, if the gateway reports it. */
  readonly riskScore?: number;
  readonly traceId?: string;
  readonly approvalId?: string;
  readonly approvalUrl?: string;
  /** Id of the grant that cleared the call: an approver allowed it with an earlier one. */
  readonly grantId?: string;
  /**
   * The approver's decision, with name, time and the paths of edited arguments. Present even if it came too late for the
   * call to run.
   */
  readonly approval?: Omit<Approval, 'editedArguments'>;
  readonly outcome: Outcome;
  readonly executed: Executed;
  /** Paths of the arguments that the gateway redacted or an approver edited before the call ran; never their values. */
  readonly fields: readonly string[];
  /** The parsed arguments, frozen; absent if they are invalid. Not enumerable, so that logging a record shows none. */
  readonly arguments?: JsonObject;
  /** Fault of the gateway. */
  readonly fault?: GatewayFault;
  /**
   * Outcome and redacted arguments that enforce mode would have given. Only in monitor mode, and absent until the scan
   * has finished. The run does not wait for it.
   */
  readonly wouldBe?: WouldBe;
  /** Scan of the output, with `scanOutputs`. The run does not wait for one that is not enforced. */
  readonly outputScan?: OutputScan;
  /** Error thrown by the handler, the schema or the gateway. */
  readonly error?: unknown;
  /** Output sent to the model. If the API got `content`, its text. */
  readonly output: string;
  /** Content parts sent to the model, for a handler that returned such (Responses API and Agents API). */
  readonly content?: readonly ContentPart[];
  /** Milliseconds of the scan, including time in the queue. */
  readonly scanMs?: number;
  /** Milliseconds spent waiting for an approver. */
  readonly approvalMs?: number;
  /** Milliseconds from the handler's start until it settled or was abandoned. */
  readonly handlerMs?: number;
}

/** What a driver sends for a call. */
export interface ToolOutput {
  readonly callId: string;
  readonly output: string;
  /** Parts to send instead of `output`. */
  readonly content?: readonly ContentPart[] | undefined;
  readonly outcome: Outcome;
}

/** Mutable record of a call in flight. */
export type RecordDraft = { -readonly [Key in keyof CallRecord]: CallRecord[Key] };

/** End of a handler's execution. */
export interface HandlerEnd {
  /** `timeout`, `aborted`: it timed out or the run ended, and it returned no result. */
  readonly end: 'returned' | 'threw' | 'timeout' | 'aborted';
  /** Present if it returned, unless the gateway withholds it. */
  readonly output?: Output | undefined;
  readonly error?: unknown;
  /** Milliseconds from its start. */
  readonly handlerMs: number;
}

/** Creates the record of a new call. */
export function newRecord(
  { callId, name, server, subagentId }: ToolCall,
  turn: number,
  principalId?: string,
): RecordDraft {
  const record: RecordDraft = {
    callId,
    name,
    ...(server === undefined ? {} : { server }),
    ...(subagentId === undefined ? {} : { subagentId }),
    turn,
    ...(principalId === undefined ? {} : { principalId }),
    reasonCodes: [],
    outcome: 'not_run',
    executed: 'no',
    fields: [],
    output: '',
  };
  return Object.defineProperty(record, 'arguments', { value: undefined, writable: true, configurable: true });
}

/** The outcome of a call whose handler returned: as requested, redacted by the gateway, or edited by an approver. */
export type RanOutcome = 'allowed' | 'sanitized' | 'edited';

/** Returns true if the output is what the handler returned. */
export function hasReturned(outcome: Outcome): outcome is RanOutcome {
  return outcome === 'allowed' || outcome === 'sanitized' || outcome === 'edited';
}

/** The part of an approval that a record shows: an edit by its paths, without the arguments. */
export function approvalFacts({ editedArguments: _, ...approval }: Approval): Omit<Approval, 'editedArguments'> {
  return approval;
}

const FACTS = [
  'decision',
  'reasonCodes',
  'ruleId',
  'policyName',
  'reason',
  'riskScore',
  'traceId',
  'approvalId',
  'approvalUrl',
  'grantId',
] as const;

/** The part of a decision that a record shows. An empty string is as good as none. */
export function decisionFacts(decision: Decision): Partial<RecordDraft> {
  const all: Partial<Record<(typeof FACTS)[number], unknown>> = decision;
  const facts: Record<string, unknown> = {};
  for (const key of FACTS) if (all[key] !== undefined && all[key] !== '') facts[key] = all[key];
  return facts;
}
