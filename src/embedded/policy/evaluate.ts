import { DATA_CLASSES, type DataClass } from '../detection/span.ts';
import { evaluateCondition, REASON_OF_CLASS, type ConditionResult } from './conditions.ts';
import type { Facts } from './facts.ts';
import { matches } from './match.ts';
import type { Action, Policy, Rule } from './policy.ts';
import { riskBand, riskScore, signalsOf, type RiskBand, type Signal } from './risk.ts';

/** The action that the policies require for a call, and the rule that decided. */
export interface Judgement {
  readonly action: Action;
  /** The policy of the rule that decided; absent if no rule matched, which allows the call. */
  readonly policy?: Policy;
  readonly rule?: Rule;
  /** The reasons for a decision other than ALLOW. */
  readonly reasonCodes: readonly string[];
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

const STRICTNESS: readonly Action[] = ['ALLOW', 'SANITIZE', 'REQUIRE_APPROVAL', 'DENY'];

interface Matched {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly result: ConditionResult;
}

/**
 * Evaluates all rules. The strictest matching rule decides, whatever the order of the rules: DENY, REQUIRE_APPROVAL,
 * SANITIZE, ALLOW. Among equally strict rules, the lowest priority number wins, then the earlier rule. ("First match
 * wins, but strictness escalates", Interven's protocol.) A condition that cannot be evaluated counts as a match, except
 * for ALLOW.
 */
export function evaluate(policies: readonly Policy[], facts: Facts): Judgement {
  const matched = policies.flatMap((policy) =>
    policy.rules.flatMap((rule): Matched[] => {
      if (!matches(rule, facts)) return [];
      const result = evaluateCondition(rule.condition, facts);
      const isMatch = result.holds === true || (result.holds === 'unknown' && rule.action !== 'ALLOW');
      return isMatch ? [{ policy, rule, result }] : [];
    }),
  );
  const [first, ...others] = matched.sort(
    (one, other) => strictness(other) - strictness(one) || one.rule.priority - other.rule.priority,
  );
  const signals = signalsOf(
    facts,
    matched.flatMap(({ result }) => result.signals),
  );
  const score = riskScore(signals);
  const risk = { signals, riskScore: score, riskBand: riskBand(score) };
  if (!first) return { action: 'ALLOW', reasonCodes: [], ...risk };

  const { policy, rule } = first;
  const decision = { action: rule.action, policy, rule, reasonCodes: reasonsOf(first, facts), ...risk };
  if (rule.action !== 'SANITIZE') return decision;
  const together = [first, ...others.filter((other) => other.rule.action === 'SANITIZE')];
  return {
    ...decision,
    reasonCodes: [...new Set(together.flatMap((one) => reasonsOf(one, facts)))],
    sanitize: sanitizeOf(together),
  };
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
  return [target.isDestructive ? 'DESTRUCTIVE_OPERATION' : 'POLICY_MATCH'];
}

function strictness({ rule }: Matched): number {
  return STRICTNESS.indexOf(rule.action);
}
