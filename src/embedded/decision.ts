import { randomUUID } from 'node:crypto';
import { EditError } from './approvals/edit.ts';
import type { Target } from './catalog/target.ts';
import type { Detection } from './detection/detect.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { Judgement } from './policy/evaluate.ts';
import { withoutLinksOfUser } from './policy/leaks.ts';
import type { Facts } from './policy/facts.ts';
import type { Decision } from '../runner/gateway/gateway.ts';
import { sanitized } from './sanitize.ts';

/** The fields in which decisions differ. */
export type Settled = {
  readonly reasonCodes: readonly string[];
  /** Those that the call touches, if an approver edited it. */
  readonly resources?: readonly string[];
} & (
  | { readonly decision: 'DENY' }
  | { readonly decision: 'ALLOW'; readonly approvalId?: string; readonly grantId?: string }
  | {
      readonly decision: 'SANITIZE';
      readonly sanitizedBody: unknown;
      readonly approvalId?: string;
      readonly grantId?: string;
      readonly editedFields?: readonly string[];
    }
  | { readonly decision: 'REQUIRE_APPROVAL'; readonly approvalId: string }
);

/** Settles a call that needs no approval. */
export function settledByRules(
  { action, reasonCodes, sanitize }: Pick<Judgement, 'action' | 'reasonCodes' | 'sanitize'>,
  body: unknown,
  facts: Facts,
  regions: readonly string[],
): Exclude<Settled, { readonly decision: 'REQUIRE_APPROVAL' }> {
  if (action === 'ALLOW') return { decision: action, reasonCodes };
  if (action !== 'SANITIZE') return { decision: 'DENY', reasonCodes };
  const clean = sanitize && sanitized(body, facts, sanitize, regions, withoutLinksOfUser(facts, body));
  if (!clean) return { decision: 'DENY', reasonCodes: [...reasonCodes, 'NOT_SANITIZABLE'] };
  if (clean.body === body) return { decision: 'ALLOW', reasonCodes: [] };
  return { decision: action, reasonCodes, sanitizedBody: clean.body };
}

/** Creates the error of an edited call that a rule, a default or the judge denies, or that cannot be redacted. */
export function deniedEdit({ action, policy, rule, reason, reasonCodes }: Judgement): EditError {
  const ofPolicy = policy ? `policy "${policy.name}"` : 'the gateway';
  const by = rule ? `rule "${rule.ruleId}" of ${ofPolicy}` : ofPolicy;
  const what =
    action === 'DENY' ? 'denies the edited call' : 'redacts the edited call, which is not completely possible';
  const why = reason === undefined ? '.' : `: ${reason}`;
  const names = omitUndefined({ ruleId: rule?.ruleId, policyName: policy?.name });
  return new EditError(`${by} ${what} (${reasonCodes.join(', ')})${why}`, { ...names, reasonCodes });
}

/** Builds a decision, with its facts and its wire format. */
export function decisionOf(
  { resources: _, ...settled }: Settled,
  judgement: Judgement,
  target: Target,
  detection: Detection,
): Decision {
  const { riskScore, riskBand, signals, policy, rule, reason } = judgement;
  const traceId = randomUUID();
  const classifications = [...detection.classes];
  const raw = omitUndefined({
    decision: settled.decision,
    reason_codes: settled.reasonCodes,
    sanitized_body: 'sanitizedBody' in settled ? settled.sanitizedBody : undefined,
    approval_id: settled.decision === 'REQUIRE_APPROVAL' ? settled.approvalId : undefined,
    x_approval_id: 'approvalId' in settled && settled.decision !== 'REQUIRE_APPROVAL' ? settled.approvalId : undefined,
    x_edited_fields: 'editedFields' in settled ? settled.editedFields : undefined,
    x_grant_id: 'grantId' in settled ? settled.grantId : undefined,
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
