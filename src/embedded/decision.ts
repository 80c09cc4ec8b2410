import { randomUUID } from 'node:crypto';
import type { Target } from './catalog/target.ts';
import type { Detection } from './detection/detect.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { Judgement } from './policy/evaluate.ts';
import type { Decision } from '../runner/gateway/gateway.ts';

/** The fields in which decisions differ. */
export type Settled = { readonly reasonCodes: readonly string[] } & (
  | { readonly decision: 'DENY' }
  | { readonly decision: 'ALLOW'; readonly approvalId?: string }
  | { readonly decision: 'SANITIZE'; readonly sanitizedBody: unknown }
  | { readonly decision: 'REQUIRE_APPROVAL'; readonly approvalId: string }
);

/** Builds a decision, with its facts and its wire format. */
export function decisionOf(settled: Settled, judgement: Judgement, target: Target, detection: Detection): Decision {
  const { riskScore, riskBand, signals, policy, rule, reason } = judgement;
  const traceId = randomUUID();
  const classifications = [...detection.classes];
  const raw = omitUndefined({
    decision: settled.decision,
    reason_codes: settled.reasonCodes,
    sanitized_body: 'sanitizedBody' in settled ? settled.sanitizedBody : undefined,
    approval_id: settled.decision === 'REQUIRE_APPROVAL' ? settled.approvalId : undefined,
    x_approval_id: settled.decision === 'ALLOW' ? settled.approvalId : undefined,
    risk_score: riskScore,
    risk_band: riskBand,
    trace_id: traceId,
    tool_name: target.tool,
    operation: target.operation,
    classifications,
    signals,
    policy_id: policy?.policyId,
    policy_name: policy?.name,
    rule_id: rule?.ruleId,
    x_reason: reason,
  });
  return {
    ...settled,
    classifications,
    raw,
    riskScore,
    riskBand,
    traceId,
    toolName: target.tool,
    operation: target.operation,
    ...omitUndefined({
      policyId: policy?.policyId,
      policyName: policy?.name,
      ruleId: rule?.ruleId,
      reason,
    }),
  };
}
