import { testArguments, type PathResult } from './arguments.ts';
import { evaluateCondition, evaluateKey } from './conditions.ts';
import { applies, evaluate, strictestDefault } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { matches, matchesKey } from './match.ts';
import type { Action, Condition, Default, Match, OutputRule, Policy, Rule } from './policy.ts';
import { CONDITION_NAMES, MATCH_NAMES, OUTPUT_NAMES } from './policy-schema.ts';
import { testPrincipal } from './principal.ts';
import { all, type Truth } from './truth.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** How the policies lead to the decision on a call. */
export interface Explanation {
  /** The action of the rules and defaults. */
  readonly action: Action;
  /** The policy whose rule or default decides. */
  readonly policyName?: string;
  /** Absent if the default decides. */
  readonly ruleId?: string;
  readonly reason?: string;
  readonly reasonCodes: readonly string[];
  /** For REQUIRE_APPROVAL: the approvers that all rules that apply need. Empty: any one. */
  readonly approvers?: readonly NonNullable<Rule['approvers']>[];
  /** For REQUIRE_APPROVAL: the grant that an approver may give. Absent: none. */
  readonly grant?: NonNullable<Rule['grant']>;
  /** What the gateway takes the call for, in the terms of rules. */
  readonly call: ExplainedCall;
  /** The strictest default of the gateway and all policies. */
  readonly default: {
    readonly action: Default;
    /** The policy that it is from; absent for the gateway's own. */
    readonly policyName?: string;
    /** True if an ALLOW rule applies, so that the default does not count. */
    readonly isLifted: boolean;
  };
  /** All rules for calls, in written order. */
  readonly rules: readonly ExplainedRule[];
  /** All rules for outputs. One applies if `match` selects the call: what the output contains is not known yet. */
  readonly outputRules: readonly ExplainedRule[];
}

export interface ExplainedCall {
  /** The names for `tool_name`. */
  readonly tools: readonly string[];
  /** The names for `operations`. */
  readonly operations: readonly string[];
  /** The names, of those above, by which an ALLOW rule may apply. */
  readonly trusted: readonly string[];
  readonly categories: readonly string[];
  readonly verb: string;
  readonly method: string;
  readonly isDestructive: boolean;
  readonly isExternalPrincipal: boolean;
  readonly dataClasses: readonly string[];
  /** Sensitive data, by kind and place: the first 20, without addresses that the call is sent to. */
  readonly found: readonly { readonly dataClass: string; readonly type: string; readonly path: string }[];
}

export interface ExplainedRule {
  readonly policyName: string;
  readonly ruleId: string;
  readonly action: Action | OutputRule['action'];
  readonly priority: number;
  readonly applies: boolean;
  /** Whether `match` and `condition` hold. A rule that is `unknown` applies, unless it allows. */
  readonly holds: Truth;
  /** The approvers that the rule needs. Absent: any one. */
  readonly approvers?: NonNullable<Rule['approvers']>;
  /** The grants that the rule allows. Absent: none. */
  readonly grant?: NonNullable<Rule['grant']>;
  /** Each key of the rule. */
  readonly checks: readonly RuleCheck[];
}

export interface RuleCheck {
  /** Such as `match.tool_name` or `condition.not.x_arguments.amount`. */
  readonly key: string;
  readonly holds: Truth;
  /** Why it is unknown or absent. Never contains a value of the arguments. */
  readonly why?: string;
}

/** Evaluates every key of every rule, whatever the others are. */
export function explain(policies: readonly Policy[], facts: Facts, fallback: Default): Explanation {
  const { action, policy, rule, reason, reasonCodes, approvers, grant } = evaluate(policies, facts, fallback);
  const rules = policies.flatMap((each) => each.rules.map((one) => explainRule(each, one, facts)));
  const last = strictestDefault(policies, fallback);
  return {
    action,
    ...(policy ? { policyName: policy.name } : {}),
    ...(rule ? { ruleId: rule.ruleId } : {}),
    ...(reason === undefined ? {} : { reason }),
    reasonCodes,
    ...(action === 'REQUIRE_APPROVAL' ? { approvers: approvers ?? [] } : {}),
    ...(grant ? { grant: { for: grant.for, maxMinutes: grant.maxMinutes } } : {}),
    call: explainCall(facts),
    default: {
      action: last.action,
      ...(last.policy ? { policyName: last.policy.name } : {}),
      isLifted: rules.some((each) => each.applies && each.action === 'ALLOW'),
    },
    rules,
    outputRules: policies.flatMap((each) => each.outputRules.map((one) => explainOutputRule(each, one, facts))),
  };
}

function explainCall({ target, isExternal, detection }: Facts): ExplainedCall {
  const { tool, aliases, operation, operationAliases, trusted, categories, verb, method, isDestructive } = target;
  return {
    tools: [...new Set([tool, ...aliases])],
    operations: [...new Set([operation, ...operationAliases])],
    trusted: [...new Set([...trusted.tools, ...trusted.operations])],
    categories,
    verb,
    method,
    isDestructive,
    isExternalPrincipal: isExternal !== false,
    dataClasses: [...detection.classes],
    found: detection.findings
      .filter(({ isAddress }) => !isAddress)
      .slice(0, MAX_FOUND)
      .map(placeOf),
  };
}

const MAX_FOUND = 20;
/** Characters. The model chooses the names of fields. */
const MAX_PATH = 200;

function placeOf({ dataClass, type, path }: Facts['detection']['findings'][number]) {
  return { dataClass, type, path: path.slice(0, MAX_PATH) };
}

function explainRule({ name }: Policy, rule: Rule, facts: Facts): ExplainedRule {
  const { ruleId, action, priority, match, condition, approvers, grant } = rule;
  const holds = all([matches(match, facts), evaluateCondition(condition, facts).holds]);
  const checks = [...matchChecks(match, facts, 'match'), ...conditionChecks(condition, facts, 'condition')];
  const terms = omitUndefined({ approvers, grant });
  return { policyName: name, ruleId, action, priority, applies: applies(rule, holds), holds, ...terms, checks };
}

function explainOutputRule({ name }: Policy, rule: OutputRule, facts: Facts): ExplainedRule {
  const { ruleId, action, priority, match, output } = rule;
  const holds = matches(match, facts);
  const contents = keysOf(output).map((key) => `x_output.${writtenName(OUTPUT_NAMES, key)}`);
  const why = { unknown: 'the output decides' };
  const checks = [...matchChecks(match, facts, 'match'), ...contents.map((key) => check(key, 'unknown', why))];
  const selects = holds === true || holds === 'unknown';
  return { policyName: name, ruleId, action, priority, applies: selects, holds, checks };
}

function matchChecks(match: Match, facts: Facts, within: string): readonly RuleCheck[] {
  return keysOf(match).flatMap((key): readonly RuleCheck[] => {
    const holds = matchesKey(key, match, facts);
    if (key === 'not')
      return [{ key: `${within}.not`, holds }, ...matchChecks(match.not ?? {}, facts, `${within}.not`)];
    const why = {
      unknown: 'it holds for a part of the call or for names that the model chose, or a part cannot be read',
      absent: 'the call names none',
    };
    return [check(`${within}.${writtenName(MATCH_NAMES, key)}`, holds, why)];
  });
}

function conditionChecks(condition: Condition, facts: Facts, within: string): readonly RuleCheck[] {
  return keysOf(condition).flatMap((key): readonly RuleCheck[] => {
    const path = `${within}.${key === 'not' ? key : writtenName(CONDITION_NAMES, key)}`;
    if (key === 'arguments') return testArguments(facts.body, condition.arguments ?? {}).map(pathCheck(path));
    if (key === 'principal') return principalChecks(condition, facts, path);
    const { holds } = evaluateKey(key, condition, facts);
    if (key === 'not') return [{ key: path, holds }, ...conditionChecks(condition.not ?? {}, facts, path)];
    return [check(path, holds, { unknown: 'the scan reached a limit', absent: 'the request has no conversation' })];
  });
}

function pathCheck(within: string): (result: PathResult) => RuleCheck {
  return ({ path, holds, isFound, why }) => {
    const reasons = {
      missing: 'the argument is missing',
      empty: 'the list is empty',
      unreadable: 'it has another type',
    };
    const unread = 'the value cannot be read as the test expects, or is only nearly equal';
    return check(`${within}.${path}`, holds, {
      unknown: isFound ? 'it holds for some of the values' : why ? reasons[why] : unread,
    });
  };
}

function principalChecks({ principal: wanted = {} }: Condition, { principal }: Facts, within: string) {
  const { id, roles, attributes = {} } = wanted;
  const parts = [
    ...(id ? [{ name: 'id', part: { id } }] : []),
    ...(roles ? [{ name: 'roles', part: { roles } }] : []),
    ...Object.entries(attributes).map(([name, tests]) => ({
      name: `attributes.${name}`,
      part: { attributes: { [name]: tests } },
    })),
  ];
  const unknown = principal
    ? 'the principal does not name it, or it is only nearly equal'
    : 'the request has no principal';
  return parts.map(({ name, part }) => check(`${within}.${name}`, testPrincipal(principal, part), { unknown }));
}

function check(key: string, holds: Truth, why: { readonly unknown: string; readonly absent?: string }): RuleCheck {
  const reason = holds === 'unknown' || holds === 'absent' ? why[holds] : undefined;
  return reason === undefined ? { key, holds } : { key, holds, why: reason };
}

function keysOf<Part extends object>(part: Part): readonly (keyof Part)[] {
  return Object.keys(part) as (keyof Part)[];
}

function writtenName(names: Readonly<Record<string, string>>, name: string): string {
  return Object.keys(names).find((written) => names[written] === name) ?? name;
}
