import { z } from 'zod';
import type { Approval, Decision, ScanRequest } from './gateway.ts';

/** Converts between the gateway's JSON and our types, in both directions. No other file uses the JSON's names. */

const text = z.string().nullish().catch(undefined);
const texts = z.array(z.string()).nullish().catch(undefined);

/**
 * Accepts unknown fields. Drops a malformed field other than the decision, so that a decision is not lost for its risk
 * score. (Interven's protocol: "tolerate unknown fields and absent optional ones".)
 */
const scanReply = z.looseObject({
  decision: z.enum(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']),
  reason_codes: texts,
  risk_score: z.number().nullish().catch(undefined),
  risk_band: text,
  trace_id: text,
  tool_name: text,
  operation: text,
  classifications: texts,
  sanitized_body: z.unknown().optional(),
  approval_id: z.string().refine(isApprovalId).nullish().catch(undefined),
  approval_url: text,
  approval_expires_at: text,
  policy_id: text,
  policy_name: text,
  rule_id: text,
});

/** The status of an approval. Some gateways send `rejected` for `denied`. */
const approvalReply = z.looseObject({
  status: z.enum(['pending', 'approved', 'denied', 'rejected', 'expired']),
  decided_by: text,
  decided_at: text,
  note: text,
});

/** Converts a request to JSON. Omits the conversation; `context` is sent instead. */
export function toWire(request: ScanRequest, context?: string): Record<string, unknown> {
  const { method, url, body, runtimeType, agentId, agentName } = request;
  return { method, url, body, runtime_type: runtimeType, agent_id: agentId, agent_name: agentName, context };
}

/** @throws Error that names the fault, including an unknown decision */
export function decisionFromWire(reply: unknown): Decision {
  const { data: wire } = scanReply.safeParse(reply);
  if (!wire) throw new Error(describeFault(reply, 'decision'));
  const facts = {
    reasonCodes: wire.reason_codes ?? [],
    classifications: wire.classifications ?? [],
    raw: reply,
    ...present('riskScore', wire.risk_score),
    ...present('riskBand', wire.risk_band),
    ...present('traceId', wire.trace_id),
    ...present('toolName', wire.tool_name),
    ...present('operation', wire.operation),
    ...present('policyId', wire.policy_id),
    ...present('policyName', wire.policy_name),
    ...present('ruleId', wire.rule_id),
  };
  switch (wire.decision) {
    case 'SANITIZE':
      return { ...facts, decision: 'SANITIZE', ...present('sanitizedBody', wire.sanitized_body) };
    case 'REQUIRE_APPROVAL':
      return {
        ...facts,
        decision: 'REQUIRE_APPROVAL',
        ...present('approvalId', wire.approval_id),
        ...present('approvalUrl', wire.approval_url),
        ...present('approvalExpiresAt', dateOf(wire.approval_expires_at)),
      };
    case 'ALLOW':
    case 'DENY':
      return { ...facts, decision: wire.decision };
  }
}

/** @throws Error that names the fault, including an unknown status */
export function approvalFromWire(reply: unknown): Approval {
  const { data: wire } = approvalReply.safeParse(reply);
  if (!wire) throw new Error(describeFault(reply, 'status'));
  return {
    status: wire.status === 'rejected' ? 'denied' : wire.status,
    ...present('decidedBy', wire.decided_by),
    ...present('decidedAt', dateOf(wire.decided_at)),
    ...present('note', wire.note),
  };
}

function dateOf(written: string | null | undefined): Date | undefined {
  return written && !Number.isNaN(Date.parse(written)) ? new Date(written) : undefined;
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

/** Omits a field that is missing or null. */
function present<Key extends string, Value>(
  key: Key,
  value: Value | null | undefined,
): { readonly [K in Key]?: Value } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}
