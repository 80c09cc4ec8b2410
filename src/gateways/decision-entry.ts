import type { Decision } from '../core/gateway.ts';
import { detect, redact } from '../detection/detect.ts';
import type { DataClass } from '../detection/span.ts';
import { canonicalHash } from '../internal/json.ts';
import type { GatewayEvent } from './gateway-events.ts';

/** A decision as it is written down and sent. */
export interface DecisionEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly trace_id?: string | undefined;
  readonly decision: Decision['decision'];
  readonly reason_codes: readonly string[];
  readonly function_name: string;
  readonly tool_name?: string | undefined;
  readonly operation?: string | undefined;
  /** Without its query, and redacted, unless the arguments are there. Absent when it cannot be made clean. */
  readonly url?: string | undefined;
  readonly method: string;
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  readonly risk_score?: number | undefined;
  readonly risk_band?: string | undefined;
  readonly classifications: readonly string[];
  /** SHA-256 of the arguments in canonical JSON, in hexadecimal; absent for arguments that cannot be written as JSON. */
  readonly arguments_hash?: string | undefined;
  readonly approval_id?: string | undefined;
  readonly arguments?: unknown;
}

/** What a person said, as it is written down. */
export interface ApprovalEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly approval_id: string;
  readonly status: 'approved' | 'denied';
  readonly decided_by?: string | undefined;
  readonly note?: string | undefined;
  readonly function_name: string;
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  readonly arguments_hash?: string | undefined;
}

export interface EntryOptions {
  /** Whether the arguments are in the entry, besides their hash. Default: false. */
  readonly arguments?: boolean | undefined;
}

type DecisionEvent = Extract<GatewayEvent, { readonly type: 'decision' }>;
type ApprovalEvent = Extract<GatewayEvent, { readonly type: 'approval' }>;

/** Never throws: a call whose arguments are no JSON is still written down. */
export function decisionEntry({ at, request, decision }: DecisionEvent, options: EntryOptions = {}): DecisionEntry {
  const hash = argumentsHash(request.body);
  const isWhole = options.arguments === true;
  return {
    at: at.toISOString(),
    trace_id: decision.traceId,
    decision: decision.decision,
    reason_codes: decision.reasonCodes,
    function_name: request.functionName,
    tool_name: decision.toolName,
    operation: decision.operation,
    url: isWhole ? request.url : cleanUrl(request.url),
    method: request.method,
    agent_id: request.agentId,
    agent_name: request.agentName,
    policy_name: decision.policyName,
    rule_id: decision.ruleId,
    risk_score: decision.riskScore,
    risk_band: decision.riskBand,
    classifications: decision.classifications ?? [],
    arguments_hash: hash,
    approval_id: 'approvalId' in decision ? decision.approvalId : undefined,
    ...(isWhole && hash !== undefined ? { arguments: request.body } : {}),
  };
}

export function approvalEntry({ approval }: ApprovalEvent): ApprovalEntry {
  return {
    at: (approval.decidedAt ?? new Date()).toISOString(),
    approval_id: approval.approvalId,
    status: approval.status === 'approved' ? 'approved' : 'denied',
    decided_by: approval.decidedBy,
    note: approval.note,
    function_name: approval.functionName,
    agent_id: approval.agentId,
    agent_name: approval.agentName,
    policy_name: approval.policyName,
    rule_id: approval.ruleId,
    arguments_hash: argumentsHash(approval.arguments),
  };
}

function argumentsHash(body: unknown): string | undefined {
  try {
    return canonicalHash(body);
  } catch {
    // Nested deeper than the stack, or no JSON.
    return undefined;
  }
}

const KEPT_OUT: ReadonlySet<DataClass> = new Set<DataClass>(['SECRETS', 'PII', 'PHI']);

/** A model writes its arguments into addresses too, and some services' addresses are secrets themselves. */
function cleanUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  const clean = redact(detect(`${protocol}//${host}${pathname}`, { regions: [] }), KEPT_OUT)?.body;
  return typeof clean === 'string' ? clean : undefined;
}
