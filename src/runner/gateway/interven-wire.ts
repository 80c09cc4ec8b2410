import { z } from 'zod';
import type { Approval, Decision, ScanRequest } from './gateway.ts';

/** The wire's JSON and our types, in both directions; the only place that knows the wire's names. */

const text = z.string().nullish().catch(undefined);
const texts = z.array(z.string()).nullish().catch(undefined);

/**
 * Unknown fields pass, and what a gateway leaves out or gets wrong besides the decision costs only that field: a decision
 * is not lost for its risk score. (Interven's protocol: "tolerate unknown fields and absent optional ones".)
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

/** `rejected` has been seen for `denied`. */
const approvalReply = z.looseObject({
  status: z.enum(['pending', 'approved', 'denied', 'rejected', 'expired']),
  decided_by: text,
  decided_at: text,
  note: text,
});

/** What the request says of the conversation stays here; `context` is sent. */
export function toWire(request: ScanRequest, context?: string): Record<string, unknown> {
  const { method, url, body, runtimeType, agentId, agentName } = request;
  return { method, url, body, runtime_type: runtimeType, agent_id: agentId, agent_name: agentName, context };
}

/** @throws Error that says what is wrong with the reply, an unknown decision included */
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

/** @throws Error that says what is wrong with the reply, an unknown status included */
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

/** What can be asked after. A UUID by the protocol's page; other ids pass when a path cannot misread them. */
export function isApprovalId(value: string): boolean {
  return /^[\w:~-][\w.:~-]{0,199}$/.test(value);
}

/** Names what is wrong and quotes no more than a plain word: a reply may echo the arguments or the key. */
function describeFault(reply: unknown, field: string): string {
  const value = (reply as Record<string, unknown> | null | undefined)?.[field];
  return typeof value === 'string' && /^(?:[A-Z_]{1,30}|[A-Za-z]{1,30})$/.test(value)
    ? `the unknown ${field} "${value}"`
    : `no valid ${field}`;
}

/** The field, unless the wire left it out or null: an optional field of ours is absent then. */
function present<Key extends string, Value>(
  key: Key,
  value: Value | null | undefined,
): { readonly [K in Key]?: Value } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}
