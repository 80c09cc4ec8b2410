import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import type { ExplainedRule, Explanation } from '../embedded/policy/explain.ts';
import { invalidRequest } from './http-error.ts';
import { readText } from './read-request.ts';
import { post, type Route } from './router.ts';
import { readCall, scanRequestOf } from './written-call.ts';

/** Explains to approvers how the rules judge a call that they write. Nothing is requested, counted or logged. */
export function explainRoutes(gateway: EmbeddedGateway): readonly Route[] {
  return [
    post('/v1/explain', 'approver', async ({ request }) => {
      const call = readCall(await readText(request));
      if (typeof call === 'string') throw invalidRequest('', `The call ${call}${/[.?}]$/.test(call) ? '' : '.'}`);
      return explanationJson(await gateway.explain(scanRequestOf(call)));
    }),
  ];
}

/** The wire format of an explanation. It has no values of arguments. */
export function explanationJson(explanation: Explanation) {
  const { action, policyName, ruleId, reason, reasonCodes, approvers, grant, call, default: last } = explanation;
  return {
    action,
    policy: policyName,
    rule: ruleId,
    reason,
    reason_codes: reasonCodes,
    approvers,
    grant: grant && grantJson(grant),
    call: {
      tools: call.tools,
      operations: call.operations,
      trusted: call.trusted,
      categories: call.categories,
      verb: call.verb,
      method: call.method,
      is_destructive: call.isDestructive,
      is_external_principal: call.isExternalPrincipal,
      data_classes: call.dataClasses,
      found: call.found.map(({ dataClass, type, path }) => ({ data_class: dataClass, type, path })),
    },
    default: { action: last.action, policy: last.policyName, is_lifted: last.isLifted },
    rules: explanation.rules.map(ruleJson),
    output_rules: explanation.outputRules.map(ruleJson),
  };
}

function ruleJson(explained: ExplainedRule) {
  const { policyName: policy, ruleId: rule, action, priority, applies, holds, approvers, checks } = explained;
  const grant = explained.grant && grantJson(explained.grant);
  return { policy, rule, action, priority, applies, holds, approvers, grant, checks };
}

function grantJson({ for: kinds, maxMinutes }: NonNullable<ExplainedRule['grant']>) {
  return { for: kinds, max_minutes: maxMinutes };
}
