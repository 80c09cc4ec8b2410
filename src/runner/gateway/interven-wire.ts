import { randomUUID } from 'node:crypto';
import type { Approval, Conversation, Decision, OutputDecision, OutputRequest, ScanRequest } from './gateway.ts';
import { contextOf } from './interven-context.ts';
import { APPROVALS, DECISIONS, knownFields, OUTPUT_DECISIONS } from './read-reply.ts';
import { isJsonObject, type JsonObject } from '../../internal/json.ts';

/** Converts between the gateway's JSON and our types, in both directions. No other file uses the JSON's names. */

/** The JSON's names of our fields. Those with `x_` are extensions of the embedded gateway's server. */
const FACTS = {
  reasonCodes: 'reason_codes',
  policyId: 'policy_id',
  policyName: 'policy_name',
  ruleId: 'rule_id',
  reason: 'x_reason',
};
const DECISION = {
  ...FACTS,
  decision: 'decision',
  riskScore: 'risk_score',
  riskBand: 'risk_band',
  traceId: 'trace_id',
  toolName: 'tool_name',
  operation: 'operation',
  classifications: 'classifications',
  sanitizedBody: 'sanitized_body',
  approvalUrl: 'approval_url',
  approvalExpiresAt: 'approval_expires_at',
  editedFields: 'x_edited_fields',
  grantId: 'x_grant_id',
};
const OUTPUT_DECISION = {
  ...FACTS,
  decision: 'x_decision',
  classifications: 'data_classes',
  sanitizedTexts: 'x_sanitized_texts',
};
const APPROVAL = {
  status: 'status',
  decidedBy: 'decided_by',
  decidedAt: 'decided_at',
  note: 'note',
  editedArguments: 'x_edited_arguments',
  editedFields: 'x_edited_fields',
};

/** Returns the fields of a response under our names. (Interven's protocol: "tolerate unknown fields".) */
function renamed(reply: unknown, names: Readonly<Record<string, string>>): JsonObject {
  const wire = isJsonObject(reply) ? reply : {};
  return Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [ours, wire[theirs]]));
}

/** Converts a request to JSON. Omits the conversation, the principal, the thread and the run, which not every gateway gets. */
export function toWire(request: ScanRequest): Record<string, unknown> {
  const { method, url, body, runtimeType, agentId, agentName, needsApproval, takesEdits } = request;
  return {
    ...{ method, url, body, runtime_type: runtimeType, agent_id: agentId, agent_name: agentName },
    ...(needsApproval ? { x_needs_approval: true } : {}),
    ...(takesEdits ? { x_takes_edits: true } : {}),
  };
}

/**
 * The conversation. `x_context_cut` is an extension of the embedded gateway's server: what is missing may have said
 * anything.
 *
 * @param maxBytes maximum size of the fields as JSON
 */
export function conversationToWire(conversation: Conversation, maxBytes: number): Record<string, unknown> {
  const { text, isCut } = contextOf(conversation, maxBytes - CONTEXT_KEY_BYTES);
  if (!isCut) return { context: text };
  // Once more, with room for the mark.
  return { context: contextOf(conversation, maxBytes - CONTEXT_KEY_BYTES - CUT_BYTES).text, x_context_cut: true };
}

const CONTEXT_KEY_BYTES = ',"context":'.length;
const CUT_BYTES = ',"x_context_cut":true'.length;

/** Extensions of the embedded gateway's server. */
export function principalToWire({ principal, threadId, runId }: ScanRequest): Record<string, unknown> {
  return { x_principal: principal, x_thread_id: threadId, x_run_id: runId };
}

/** @throws Error that names the fault, including an unknown decision */
export function decisionFromWire(reply: unknown): Decision {
  const { sanitizedBody, approvalExpiresAt, grantId, ...wire } = renamed(reply, DECISION);
  const { approval_id: pendingId, x_approval_id: usedId } = Object(reply) as JsonObject;
  const fields = {
    ...wire,
    sanitizedBody: sanitizedBody ?? undefined,
    approvalExpiresAt: dateIn(approvalExpiresAt),
    approvalId: idIn(wire['decision'] === 'REQUIRE_APPROVAL' ? pendingId : usedId),
    grantId: idIn(grantId),
    raw: reply,
  };
  const decision = knownFields(fields, 'decision', DECISIONS);
  if (!decision) throw new Error(describeFault(reply, 'decision'));
  return { reasonCodes: [], classifications: [], ...decision } as object as Decision;
}

/**
 * Converts an output to JSON.
 *
 * @param judged true to add the call, an extension of the embedded gateway's server, which then judges the output
 */
export function outputToWire({ call, texts, hasMedia, traceId }: OutputRequest, judged: boolean) {
  const report = {
    trace_id: traceId ?? randomUUID(),
    response_body: judged || texts.length !== 1 ? texts : texts[0],
    response_status: 200,
  };
  return judged ? { ...report, x_call: { ...toWire(call), x_has_media: hasMedia } } : report;
}

/**
 * @param judged false for a gateway that only takes reports
 * @throws Error that names the fault, including an unknown decision
 */
export function outputDecisionFromWire(reply: unknown, judged: boolean): OutputDecision {
  const { decision: word, ...fields } = renamed(reply, OUTPUT_DECISION);
  const reported = isJsonObject(reply) ? 'ALLOW' : undefined;
  const decision = knownFields({ ...fields, decision: judged ? word : reported }, 'decision', OUTPUT_DECISIONS);
  if (!decision) throw new Error(describeFault(reply, 'x_decision'));
  const { sanitizedTexts: texts = word === 'SANITIZE' ? null : [] } = fields;
  // A list that lacks one would pass a string as it is.
  const areTexts = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  if (!areTexts) throw new Error('no valid x_sanitized_texts');
  return { reasonCodes: [], classifications: [], ...decision } as object as OutputDecision;
}

/** @throws Error that names the fault, including an unknown status. Some gateways send `rejected` for `denied`. */
export function approvalFromWire(reply: unknown): Approval {
  const { status: word, decidedAt, ...fields } = renamed(reply, APPROVAL);
  const { editedArguments, editedFields } = fields;
  const status = word === 'rejected' ? 'denied' : word;
  const approval = knownFields({ ...fields, status, decidedAt: dateIn(decidedAt) }, 'status', APPROVALS);
  if (!approval) throw new Error(describeFault(reply, 'status'));
  // The call must not run as it was.
  const isEdited = editedArguments !== undefined || editedFields !== undefined;
  if (isEdited && !isJsonObject(editedArguments)) throw new Error('no valid x_edited_arguments');
  return approval as Approval;
}

function dateIn(value: unknown): Date | undefined {
  return typeof value === 'string' ? new Date(value) : undefined;
}

function idIn(value: unknown): string | undefined {
  return typeof value === 'string' && isApprovalId(value) ? value : undefined;
}

/** Checks an approval id. The protocol says UUIDs; other ids pass if they are safe in a path. */
export function isApprovalId(value: string): boolean {
  return /^[\w:~-][\w.:~-]{0,199}$/.test(value);
}

/**
 * Describes a malformed response. Quotes at most a plain word, because a response may echo the arguments or the key.
 */
function describeFault(reply: unknown, field: string): string {
  const value = (reply as Record<string, unknown> | null | undefined)?.[field];
  return typeof value === 'string' && /^(?:[A-Z_]{1,30}|[A-Za-z]{1,30})$/.test(value)
    ? `the unknown ${field} "${value}"`
    : `no valid ${field}`;
}
