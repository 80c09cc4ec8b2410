import type { Approvers, KeptConversation, StoredApproval, StoredGrant } from '../embedded/approvals/approval-store.ts';
import { countOf, givenText, progressOf, refusalOf } from '../embedded/approvals/approvers.ts';
import { DEFAULT_REGIONS } from '../embedded/detection/personal/phone.ts';
import { callOutline } from '../embedded/display/call-outline.ts';
import { REDACTED, redactedForApprovers } from '../embedded/display/redacted-text.ts';
import { redactedUrl } from '../embedded/display/redacted-url.ts';
import type { JsonObject } from '../internal/json.ts';
import { shortPaths } from '../embedded/gateway-events.ts';
import { targetOf } from '../embedded/catalog/target-of.ts';
import type { Approval } from '../runner/gateway/gateway.ts';
import type { ApprovalHead, ApproversView, ApprovalView, CallHead, GrantView } from './approval-json.ts';
import type { Person } from './credentials.ts';

/**
 * The type `Required` makes the compiler report a field that is not written.
 *
 * @param viewer the approver who gets it
 */
export function approvalHead(approval: StoredApproval, viewer: Person): Required<ApprovalHead> {
  return {
    ...callHead(approval),
    approval_id: approval.approvalId,
    status: approval.status,
    reason_codes: approval.reasonCodes,
    risk_band: approval.risk?.band,
    risk_signals: approval.risk?.signals,
    arguments_hash: outlineOf(approval).argumentsHash,
    approvers: approval.approvers && approversView(approval.approvers),
    may_grant: approval.status === 'pending' ? mayGrant(approval) : undefined,
    refused: refusalFor(approval, viewer),
    run_id: approval.runId,
    decided_at: approval.decidedAt?.toISOString(),
    decided_by: approval.decidedBy,
    takes_edits: approval.editable && true,
    edited_fields: approval.editedFields && shortPaths(approval.editedFields),
    sanitized_fields: approval.sanitizedFields && shortPaths(approval.sanitizedFields),
  };
}

function callHead(approval: StoredApproval): Required<CallHead> {
  const outline = outlineOf(approval);
  return {
    summary: outline.summary,
    function_name: outline.functionName,
    tool_name: outline.toolName,
    operation: outline.operation,
    method: approval.method,
    redacted_url: outline.url,
    policy_name: approval.policyName,
    rule_id: approval.ruleId,
    reason: approval.reason,
    key_id: approval.key,
    key_name: approval.keyName,
    agent_id: outline.agentId,
    agent_name: outline.agentName,
    principal_id: approval.principalId,
    created_at: new Date(approval.createdAt).toISOString(),
    expires_at: new Date(approval.expiresAt).toISOString(),
    note: approval.note,
  };
}

function approversView(approvers: Approvers): ApproversView {
  const { needs, given } = approvers;
  return {
    summary: progressOf(approvers),
    needs: needs.map((need) => ({ ...need, given: countOf(need, given) })),
    given: given.map(({ grant, ...one }) => ({
      ...one,
      at: one.at.toISOString(),
      ...(grant ? { grant: givenText(grant) } : {}),
    })),
  };
}

function mayGrant({ mayGrant: terms }: StoredApproval): ApprovalHead['may_grant'] {
  if (!terms) return undefined;
  const kinds = (['conversation', 'similar'] as const).filter((kind) => terms[kind] !== undefined);
  return { for: kinds, max_minutes: terms.maxMinutes };
}

export function grantView(stored: StoredGrant): Required<GrantView> {
  const { approvalId, grant, revoked, status, decidedBy, arguments: pinned } = stored;
  return {
    ...callHead(stored),
    grant_id: approvalId,
    approval_id: grant.approvalId,
    status: status === 'approved' ? 'active' : revoked ? 'revoked' : 'expired',
    for: grant.for,
    description: givenText(grant),
    pinned: grant.for === 'similar' ? redactedArguments(pinned).redacted_arguments : undefined,
    granted_by: decidedBy,
    revoked_by: revoked?.by,
    revoked_at: revoked?.at.toISOString(),
  };
}

function refusalFor(approval: StoredApproval, { name, roles }: Person): string | undefined {
  return approval.status === 'pending' ? refusalOf(approval, 'approved', { decidedBy: name, roles }) : undefined;
}

export function approvalView(approval: StoredApproval, viewer: Person): Required<ApprovalView> {
  const { url, headers, editedArguments } = approval;
  return {
    ...approvalHead(approval, viewer),
    redacted_url: redactedUrl(url, DEFAULT_REGIONS),
    url,
    is_call_gone: approval.isCallGone,
    arguments: editedArguments ?? approval.arguments,
    ...redactedArguments(editedArguments ?? approval.arguments),
    headers,
    redacted_headers: headers && redactedHeaders(headers),
    requested_arguments: editedArguments && approval.arguments,
    value_sources: approval.valueSources?.map(({ isQuoted = false, ...source }) => ({
      ...source,
      is_quoted: isQuoted,
    })),
    conversation: approval.conversation && conversationView(approval.conversation),
  };
}

function conversationView({ userMessages, toolOutputs, isCut }: KeptConversation): ApprovalView['conversation'] {
  const outputs = toolOutputs.map(({ functionName, output }) => ({ function_name: functionName, output }));
  return { user_messages: userMessages, tool_outputs: outputs, is_cut: isCut };
}

/** The status of an approval for the agent that requested it: without the note, and with the arguments to run. */
export function agentStatus({ editedArguments, editedFields, ...approval }: Approval): object {
  return { ...statusView(approval), x_edited_arguments: editedArguments, x_edited_fields: editedFields };
}

/** The decision on an approval, without the note. */
export function statusView({ status, decidedBy, decidedAt }: Approval): object {
  return { status, decided_by: decidedBy, decided_at: decidedAt?.toISOString() };
}

type RedactedArguments = Pick<ApprovalView, 'redacted_arguments' | 'redacted_fields' | 'is_all_redacted'>;

/** Caches by the arguments: detection is slow, and they stay the same object while an approval is pending. */
const cache = new WeakMap<object, RedactedArguments>();

export function redactedArguments(body: unknown): RedactedArguments {
  const isObject = typeof body === 'object' && body !== null;
  const cached = isObject ? cache.get(body) : undefined;
  if (cached) return cached;
  const clean = redactedForApprovers(body);
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
  return redactedForApprovers(Object.fromEntries(shown))?.body ?? REDACTED;
}

/** Returns the outline of a call. Builds that of an approval that an earlier version stored without one. */
function outlineOf(approval: StoredApproval): NonNullable<StoredApproval['outline']> {
  if (approval.outline) return approval.outline;
  const call = { ...approval, body: approval.arguments };
  return callOutline(call, targetOf(call), DEFAULT_REGIONS);
}
