import type { StoredApproval } from '../embedded/approvals/approval-store.ts';
import { detect, redact } from '../embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../embedded/detection/personal/phone.ts';
import { DATA_CLASSES } from '../embedded/detection/span.ts';
import { callOutline } from '../embedded/display/call-outline.ts';
import { REDACTED } from '../embedded/display/redacted-text.ts';
import { redactedUrl } from '../embedded/display/redacted-url.ts';
import type { JsonObject } from '../internal/json.ts';
import { targetOf } from '../embedded/catalog/target-of.ts';

/**
 * An approval in a list: without the call's arguments, with redacted and truncated names. Times are ISO 8601. Fields
 * that do not apply are absent.
 */
export interface ApprovalHead {
  readonly approval_id: string;
  readonly status: StoredApproval['status'];
  /** The call's effect in plain words. The names in it come from the requester. */
  readonly summary: string;
  readonly function_name: string;
  readonly tool_name: string;
  readonly operation: string;
  readonly method: string;
  readonly redacted_url: string;
  readonly reason_codes: readonly string[];
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  /** The first 16 hexadecimal digits of the SHA-256 of the requester's key. Absent for a call scanned in process. */
  readonly key_id?: string | undefined;
  /** The agent's id as the requester claims it, like the name: not verified. */
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  /** SHA-256 of the arguments in canonical JSON, in hexadecimal. */
  readonly arguments_hash: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly decided_at?: string | undefined;
  readonly decided_by?: string | undefined;
  readonly note?: string | undefined;
}

/** An approval with the call that runs after approval. */
export interface ApprovalView extends ApprovalHead {
  readonly url: string;
  readonly arguments: unknown;
  /** The arguments with sensitive values replaced; one placeholder when they cannot be redacted. */
  readonly redacted_arguments: unknown;
  /** The paths of replaced values, such as `user.emails[0]`. */
  readonly redacted_fields: readonly string[];
  /** True if the arguments cannot be redacted, so that none of them is shown. */
  readonly is_all_redacted: boolean;
  /** True if the store dropped large arguments and headers of a settled approval. */
  readonly is_call_gone?: boolean | undefined;
  readonly headers?: JsonObject | undefined;
  readonly redacted_headers?: unknown;
}

export function approvalHead(approval: StoredApproval): ApprovalHead {
  const outline = approval.outline ?? outlineOf(approval);
  return {
    approval_id: approval.approvalId,
    status: approval.status,
    summary: outline.summary,
    function_name: outline.functionName,
    tool_name: outline.toolName,
    operation: outline.operation,
    method: approval.method,
    redacted_url: outline.url,
    reason_codes: approval.reasonCodes,
    policy_name: approval.policyName,
    rule_id: approval.ruleId,
    key_id: approval.key,
    agent_id: outline.agentId,
    agent_name: outline.agentName,
    arguments_hash: outline.argumentsHash,
    created_at: new Date(approval.createdAt).toISOString(),
    expires_at: new Date(approval.expiresAt).toISOString(),
    decided_at: approval.decidedAt?.toISOString(),
    decided_by: approval.decidedBy,
    note: approval.note,
  };
}

export function approvalView(approval: StoredApproval): ApprovalView {
  const { url, headers } = approval;
  return {
    ...approvalHead(approval),
    redacted_url: redactedUrl(url, DEFAULT_REGIONS),
    url,
    is_call_gone: approval.isCallGone,
    arguments: approval.arguments,
    ...redactedArguments(approval),
    ...(headers ? { headers, redacted_headers: redactedHeaders(headers) } : {}),
  };
}

type RedactedArguments = Pick<ApprovalView, 'redacted_arguments' | 'redacted_fields' | 'is_all_redacted'>;

/** Caches by the arguments: detection is slow, and they stay the same object while an approval is pending. */
const cache = new WeakMap<object, RedactedArguments>();

function redactedArguments({ arguments: body }: StoredApproval): RedactedArguments {
  const isObject = typeof body === 'object' && body !== null;
  const cached = isObject ? cache.get(body) : undefined;
  if (cached) return cached;
  const clean = redact(detect(body, { regions: DEFAULT_REGIONS }), new Set(DATA_CLASSES));
  const redacted: RedactedArguments = clean
    ? { redacted_arguments: clean.body, redacted_fields: clean.fields, is_all_redacted: false }
    : { redacted_arguments: REDACTED, redacted_fields: [], is_all_redacted: true };
  if (isObject) cache.set(body, redacted);
  return redacted;
}

/** Headers whose values are always hidden. */
const SECRET_HEADER = /auth|cookie|credential|key|passw|secret|session|signature|token/i;

function redactedHeaders(headers: JsonObject): unknown {
  const shown = Object.entries(headers).map(([name, value]) => [name, SECRET_HEADER.test(name) ? REDACTED : value]);
  return (
    redact(detect(Object.fromEntries(shown), { regions: DEFAULT_REGIONS }), new Set(DATA_CLASSES))?.body ?? REDACTED
  );
}

/** Builds the outline of an approval that an earlier version stored without one. */
function outlineOf(approval: StoredApproval): NonNullable<StoredApproval['outline']> {
  const { functionName, method, url, arguments: body, agentId, agentName } = approval;
  const agent = { ...(agentId === undefined ? {} : { agentId }), ...(agentName === undefined ? {} : { agentName }) };
  const target = targetOf({ functionName, method, url, body });
  return callOutline({ functionName, url, body, ...agent }, target, DEFAULT_REGIONS);
}
