import { DATA_CLASSES, type DataClass } from '../detection/span.ts';
import { evaluateCondition, REASON_OF_CLASS, type ConditionResult } from './conditions.ts';
import type { Facts } from './facts.ts';
import { matches } from './match.ts';
import type { Action, Default, GrantKind, Policy, Rule } from './policy.ts';
import { riskBand, riskScore, signalsOf, type RiskBand, type Signal } from './risk.ts';
import { all, type Truth } from './truth.ts';
import { canonicalHash } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** The action that the policies require for a call, and the rule that decided. */
export interface Judgement {
  readonly action: Action;
  /** The policy whose rule or default decided; absent if neither did. */
  readonly policy?: Policy;
  /** Absent if the default decided. */
  readonly rule?: Rule;
  /** In plain words. */
  readonly reason?: string;
  /** The reasons for a decision other than ALLOW. */
  readonly reasonCodes: readonly string[];
  /** The approvers that all matching REQUIRE_APPROVAL rules need; absent or empty: any one. */
  readonly approvers?: readonly NonNullable<Rule['approvers']>[];
  /** The grant that an approver may give, and that may clear the call; absent: none. */
  readonly grant?: Grantable;
  /** Present for SANITIZE. */
  readonly sanitize?: Sanitize;
  readonly signals: readonly Signal[];
  readonly riskScore: number;
  readonly riskBand: RiskBand;
}

export interface Sanitize {
  readonly classes: ReadonlySet<DataClass>;
  /** Fields to redact as a whole, by name or path. */
  readonly fields: readonly string[];
}

/** What the rules that require an approval allow in common. */
export interface Grantable {
  /** Hashes of the rules: a rule that changes is another one. */
  readonly rules: readonly string[];
  readonly for: readonly GrantKind[];
  readonly maxMinutes: number;
  /** The decision of the other rules, for a call that a grant clears. */
  readonly otherwise: Decided;
}

const STRICTNESS: readonly Action[] = ['ALLOW', 'SANITIZE', 'REQUIRE_APPROVAL', 'DENY'];

interface Matched {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly result: ConditionResult;
}

const NO_RULE_ALLOWS = { reasonCodes: ['NO_RULE_ALLOWS'], reason: 'No rule allows this call.' };

/**
 * Evaluates all rules. The strictest matching rule decides, whatever the order of the rules: DENY, REQUIRE_APPROVAL,
 * SANITIZE, ALLOW. Among equally strict rules, the lowest priority number wins, then the earlier rule. ("First match
 * wins, but strictness escalates", Interven's protocol.) If no ALLOW rule matches, the default counts as a further rule.
 * So a rule other than ALLOW never makes a decision less strict.
 *
 * @param fallback the gateway's default
 */
export function evaluate(policies: readonly Policy[], facts: Facts, fallback: Default = 'ALLOW'): Judgement {
  const matched = policies
    .flatMap((policy) => policy.rules.flatMap((rule): Matched[] => match(policy, rule, facts)))
    .sort(
      (one, other) =>
        strictness(other.rule.action) - strictness(one.rule.action) || one.rule.priority - other.rule.priority,
    );
  const signals = signalsOf(
    facts,
    matched.flatMap(({ result }) => result.signals),
  );
  const score = riskScore(signals);
  return { ...decide(policies, matched, facts, fallback), signals, riskScore: score, riskBand: riskBand(score) };
}

function match(policy: Policy, rule: Rule, facts: Facts): Matched[] {
  const fits = matches(rule.match, facts);
  if (fits === false) return [];
  const result = evaluateCondition(rule.condition, facts);
  return applies(rule, all([fits, result.holds])) ? [{ policy, rule, result }] : [];
}

/** A rule of which it is not known whether it matches applies, unless it allows. */
export function applies({ action }: Rule, truth: Truth): boolean {
  return truth === true || (truth === 'unknown' && action !== 'ALLOW');
}

type Decided = Omit<Judgement, 'signals' | 'riskScore' | 'riskBand'>;

function decide(
  policies: readonly Policy[],
  [first, ...others]: readonly Matched[],
  facts: Facts,
  fallback: Default,
): Decided {
  const isAllowed = [first, ...others].some((each) => each?.rule.action === 'ALLOW');
  const last = isAllowed ? ({ action: 'ALLOW' } as const) : strictestDefault(policies, fallback);
  if (!first || strictness(last.action) > strictness(first.rule.action)) {
    return last.action === 'ALLOW' ? { ...last, reasonCodes: [] } : { ...last, ...NO_RULE_ALLOWS };
  }
  const { policy, rule } = first;
  const together = [first, ...others].filter((each) => each.rule.action === rule.action);
  const decision = { action: rule.action, policy, rule, ...omitUndefined({ reason: rule.reason }) };
  switch (rule.action) {
    case 'SANITIZE':
      return {
        ...decision,
        reasonCodes: [...new Set(together.flatMap((one) => reasonsOf(one, facts)))],
        sanitize: sanitizeOf(together),
      };
    case 'REQUIRE_APPROVAL': {
      const approvers = together.flatMap((each) => each.rule.approvers ?? []);
      // The default is no rule that allows a grant.
      const common = last.action === 'ALLOW' ? commonGrant(together) : undefined;
      const rest = others.filter((each) => !together.includes(each));
      const grant = common && { ...common, otherwise: decide(policies, rest, facts, fallback) };
      return { ...decision, reasonCodes: reasonsOf(first, facts), approvers, ...omitUndefined({ grant }) };
    }
    case 'ALLOW':
    case 'DENY':
      return { ...decision, reasonCodes: reasonsOf(first, facts) };
  }
}

/** Returns the grant that all rules allow; undefined if there is none. */
function commonGrant(matched: readonly Matched[]): Omit<Grantable, 'otherwise'> | undefined {
  const grants = matched.map(({ rule }) => rule.grant);
  if (!grants.every((grant) => grant !== undefined)) return undefined;
  const kinds = grants.map((grant) => grant.for).reduce((one, other) => one.filter((kind) => other.includes(kind)));
  if (kinds.length === 0) return undefined;
  return {
    rules: matched.map(({ policy, rule }) => canonicalHash([policy.name, rule])),
    for: kinds,
    maxMinutes: Math.min(...grants.map(({ maxMinutes }) => maxMinutes)),
  };
}

/** The strictest default of the gateway and all policies, and the policy that it is from. */
export function strictestDefault(
  policies: readonly Policy[],
  fallback: Default,
): { readonly action: Default; readonly policy?: Policy } {
  return policies.reduce<{ readonly action: Default; readonly policy?: Policy }>(
    (strictest, policy) =>
      policy.default !== undefined && strictness(policy.default) > strictness(strictest.action)
        ? { action: policy.default, policy }
        : strictest,
    { action: fallback },
  );
}

/** Combines all matching SANITIZE rules. A rule without classes and fields redacts everything detected. */
function sanitizeOf(matched: readonly Matched[]): Sanitize {
  const classes = matched.flatMap(
    ({ rule: { condition, sanitizeFields } }) => condition.hasDataClass ?? (sanitizeFields ? [] : DATA_CLASSES),
  );
  return { classes: new Set(classes), fields: matched.flatMap(({ rule }) => rule.sanitizeFields ?? []) };
}

/**
 * Returns the reasons of a decision: from the conditions, else from the call. A decision that blocks always has one.
 */
function reasonsOf({ rule, result }: Matched, { target, detection }: Facts): readonly string[] {
  if (rule.action === 'ALLOW') return [];
  if (result.reasonCodes.length > 0) return [...new Set(result.reasonCodes)];
  if (rule.action === 'SANITIZE') return [...detection.classes].map((name) => REASON_OF_CLASS[name]);
  if (target.unread) return ['SCAN_INCOMPLETE'];
  return [target.isDestructive ? 'DESTRUCTIVE_OPERATION' : 'POLICY_MATCH'];
}

export function strictness(action: Action): number {
  return STRICTNESS.indexOf(action);
}
