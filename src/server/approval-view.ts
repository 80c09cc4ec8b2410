import type { StoredApproval } from '../approvals/approval-store.ts';
import { detect, redact } from '../detection/detect.ts';
import { DEFAULT_REGIONS } from '../detection/personal/phone.ts';
import { DATA_CLASSES } from '../detection/span.ts';
import { targetOf } from '../policy/target-of.ts';
import { summaryOf } from './summary.ts';

/** An approval as it is sent to approvers. Times are ISO 8601; what does not apply is absent. */
export interface ApprovalView {
  readonly approval_id: string;
  readonly status: StoredApproval['status'];
  /** What the call wants to do, in plain words; the names in it are the caller's. */
  readonly summary: string;
  readonly function_name: string;
  readonly tool_name: string;
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  /** What runs. */
  readonly arguments: unknown;
  /** The same with what is sensitive replaced; all of it by one word when it cannot be made clean. */
  readonly redacted_arguments: unknown;
  /** Where something was replaced, such as `user.emails[0]`; `*` for all of it. */
  readonly redacted_fields: readonly string[];
  readonly reason_codes: readonly string[];
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  readonly created_at: string;
  readonly expires_at: string;
  readonly decided_at?: string | undefined;
  readonly decided_by?: string | undefined;
  readonly note?: string | undefined;
}

const EVERYTHING_REDACTED = '[REDACTED]';

type Shown = Pick<ApprovalView, 'summary' | 'tool_name' | 'operation' | 'redacted_arguments' | 'redacted_fields'>;

/** By the arguments, which stay the same object while an approval is decided: to look through them takes long. */
const known = new WeakMap<object, { readonly callHash: string; readonly shown: Shown }>();

export function approvalView(approval: StoredApproval): ApprovalView {
  return {
    approval_id: approval.approvalId,
    status: approval.status,
    ...shownOf(approval),
    function_name: approval.functionName,
    method: approval.method,
    url: approval.url,
    arguments: approval.arguments,
    reason_codes: approval.reasonCodes,
    policy_name: approval.policyName,
    rule_id: approval.ruleId,
    agent_id: approval.agentId,
    agent_name: approval.agentName,
    created_at: new Date(approval.createdAt).toISOString(),
    expires_at: new Date(approval.expiresAt).toISOString(),
    decided_at: approval.decidedAt?.toISOString(),
    decided_by: approval.decidedBy,
    note: approval.note,
  };
}

function shownOf(approval: StoredApproval): Shown {
  const { arguments: body, callHash, functionName, method, url } = approval;
  const isObject = typeof body === 'object' && body !== null;
  const earlier = isObject ? known.get(body) : undefined;
  if (earlier?.callHash === callHash) return earlier.shown;
  const target = targetOf({ functionName, method, url, body });
  const clean = redact(detect(body, { regions: DEFAULT_REGIONS }), new Set(DATA_CLASSES));
  const shown: Shown = {
    summary: summaryOf(target),
    tool_name: target.tool,
    operation: target.operation,
    redacted_arguments: clean ? clean.body : EVERYTHING_REDACTED,
    redacted_fields: clean ? clean.fields : ['*'],
  };
  if (isObject) known.set(body, { callHash, shown });
  return shown;
}
