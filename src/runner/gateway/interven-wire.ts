import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Approval, Conversation, Decision, OutputDecision, OutputRequest, ScanRequest } from './gateway.ts';
import { contextOf } from './interven-context.ts';
import { isJsonObject, type JsonObject } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** Converts between the gateway's JSON and our types, in both directions. No other file uses the JSON's names. */

const text = z.string().optional().catch(undefined);
const texts = z.array(z.string()).catch(() => []);
const fields = z.array(z.string()).optional().catch(undefined);
const date = z.string().pipe(z.coerce.date()).optional().catch(undefined);

/**
 * Accepts unknown fields. Drops a malformed field other than the decision, so that a decision is not lost for its risk
 * score. (Interven's protocol: "tolerate unknown fields and absent optional ones".)
 */
const scanReply = z.looseObject({
  decision: z.enum(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']),
  reason_codes: texts,
  risk_score: z.number().optional().catch(undefined),
  risk_band: text,
  trace_id: text,
  tool_name: text,
  operation: text,
  classifications: texts,
  sanitized_body: z.unknown().optional(),
  approval_id: z.string().refine(isApprovalId).optional().catch(undefined),
  approval_url: text,
  approval_expires_at: date,
  policy_id: text,
  policy_name: text,
  rule_id: text,
  // Extensions of the embedded gateway's server.
  x_reason: text,
  x_approval_id: z.string().refine(isApprovalId).optional().catch(undefined),
  x_edited_fields: fields,
  x_grant_id: z.string().refine(isApprovalId).optional().catch(undefined),
});

/** The status of an approval. Some gateways send `rejected` for `denied`. */
const approvalReply = z
  .looseObject({
    status: z
      .enum(['pending', 'approved', 'denied', 'rejected', 'expired'])
      .transform((status) => (status === 'rejected' ? 'denied' : status)),
    decided_by: text,
    decided_at: date,
    note: text,
    // Extensions of the embedded gateway's server. Invalid arguments are an error: the call must not run as it was.
    x_edited_arguments: z.custom<JsonObject>(isJsonObject).optional(),
    x_edited_fields: z
      .array(z.string())
      .optional()
      .catch(() => []),
  })
  .refine((wire) => wire.x_edited_arguments !== undefined || wire.x_edited_fields === undefined, {
    path: ['x_edited_arguments'],
  })
  .transform(({ status, decided_by: decidedBy, decided_at: decidedAt, note, ...wire }): Approval => {
    const { x_edited_arguments: editedArguments, x_edited_fields: editedFields } = wire;
    return omitUndefined({ status, decidedBy, decidedAt, note, editedArguments, editedFields });
  });

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
  const { data: wire } = scanReply.safeParse(reply);
  if (!wire) throw new Error(describeFault(reply, 'decision'));
  const { decision, x_approval_id: approvalId, x_grant_id: grantId } = wire;
  const facts = {
    reasonCodes: wire.reason_codes,
    classifications: wire.classifications,
    raw: reply,
    riskScore: wire.risk_score,
    riskBand: wire.risk_band,
    traceId: wire.trace_id,
    toolName: wire.tool_name,
    operation: wire.operation,
    policyId: wire.policy_id,
    policyName: wire.policy_name,
    ruleId: wire.rule_id,
    reason: wire.x_reason,
  };
  switch (decision) {
    case 'SANITIZE':
      return omitUndefined({
        ...facts,
        decision,
        sanitizedBody: wire.sanitized_body ?? undefined,
        approvalId,
        grantId,
        editedFields: wire.x_edited_fields,
      });
    case 'REQUIRE_APPROVAL':
      return omitUndefined({
        ...facts,
        decision,
        approvalId: wire.approval_id,
        approvalUrl: wire.approval_url,
        approvalExpiresAt: wire.approval_expires_at,
      });
    case 'ALLOW':
      return omitUndefined({ ...facts, decision, approvalId, grantId });
    case 'DENY':
      return omitUndefined({ ...facts, decision });
  }
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

const outputReply = z.looseObject({
  data_classes: texts,
  x_decision: z.enum(['ALLOW', 'SANITIZE', 'FENCE', 'DENY']).optional(),
  x_sanitized_texts: z.array(z.string()).optional(),
  reason_codes: texts,
  policy_id: text,
  policy_name: text,
  rule_id: text,
  x_reason: text,
});

/**
 * @param judged false for a gateway that only takes reports
 * @throws Error that names the fault, including an unknown decision
 */
export function outputDecisionFromWire(reply: unknown, judged: boolean): OutputDecision {
  const { data: wire } = outputReply.safeParse(reply);
  if (!wire || (judged && !wire.x_decision)) throw new Error(describeFault(reply, 'x_decision'));
  const { x_decision: word = 'ALLOW', x_sanitized_texts: sanitizedTexts } = wire;
  const decision = judged ? word : 'ALLOW';
  const facts = omitUndefined({
    reasonCodes: wire.reason_codes,
    classifications: wire.data_classes,
    policyId: wire.policy_id,
    policyName: wire.policy_name,
    ruleId: wire.rule_id,
    reason: wire.x_reason,
  });
  if (decision === 'FENCE') return { ...facts, decision, ...omitUndefined({ sanitizedTexts }) };
  if (decision !== 'SANITIZE') return { ...facts, decision };
  if (!sanitizedTexts) throw new Error('no valid x_sanitized_texts');
  return { ...facts, decision, sanitizedTexts };
}

/** @throws Error that names the fault, including an unknown status */
export function approvalFromWire(reply: unknown): Approval {
  const { data: approval, error } = approvalReply.safeParse(reply);
  if (approval) return approval;
  const isEdit = error.issues.every(({ path: [field] }) => field === 'x_edited_arguments');
  throw new Error(isEdit ? 'no valid x_edited_arguments' : describeFault(reply, 'status'));
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
