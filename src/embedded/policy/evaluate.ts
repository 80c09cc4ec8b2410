import { DATA_CLASSES, type DataClass } from '../detection/span.ts';
import { evaluateCondition, REASON_OF_CLASS, type Answer } from './conditions.ts';
import type { Facts } from './facts.ts';
import { matches } from './match.ts';
import type { Action, Policy, Rule } from './policy.ts';
import { riskBand, riskScore, signalsOf, type RiskBand, type Signal } from './risk.ts';

/** What the policies say about a call, and which rule said it. */
export interface Judgement {
  readonly action: Action;
  /** Absent when no rule was about the call, which allows it. */
  readonly policy?: Policy;
  readonly rule?: Rule;
  /** Why it is not simply allowed. */
  readonly reasonCodes: readonly string[];
  /** Of SANITIZE: what is to be redacted. */
  readonly sanitize?: Sanitize;
  readonly signals: readonly Signal[];
  readonly riskScore: number;
  readonly riskBand: RiskBand;
}

export interface Sanitize {
  readonly classes: ReadonlySet<DataClass>;
  /** Whole fields, by name or path. */
  readonly fields: readonly string[];
}

const STRICTNESS: readonly Action[] = ['ALLOW', 'SANITIZE', 'REQUIRE_APPROVAL', 'DENY'];

interface Matched {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly answer: Answer;
}

/**
 * Judges a call. The strictest rule that matches decides, whatever stands before it: DENY, REQUIRE_APPROVAL, SANITIZE, ALLOW; among
 * the equally strict the one of the lowest priority number, then the earlier one. ("First match wins, but strictness
 * escalates", Interven's protocol.) What could not be found out counts as a match, but for ALLOW.
 */
export function evaluate(policies: readonly Policy[], facts: Facts): Judgement {
  const matched = policies.flatMap((policy) =>
    policy.rules.flatMap((rule): Matched[] => {
      if (!matches(rule, facts)) return [];
      const answer = evaluateCondition(rule.condition, facts);
      const isMatch = answer.holds === true || (answer.holds === 'unknown' && rule.action !== 'ALLOW');
      return isMatch ? [{ policy, rule, answer }] : [];
    }),
  );
  const [first, ...others] = matched.sort(
    (one, other) => strictness(other) - strictness(one) || one.rule.priority - other.rule.priority,
  );
  const signals = signalsOf(
    facts,
    matched.flatMap(({ answer }) => answer.signals),
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

/** Rules that sanitize add up. One that names neither classes nor fields means whatever was found. */
function sanitizeOf(matched: readonly Matched[]): Sanitize {
  const classes = matched.flatMap(
    ({ rule: { condition, sanitizeFields } }) => condition.hasDataClass ?? (sanitizeFields ? [] : DATA_CLASSES),
  );
  return { classes: new Set(classes), fields: matched.flatMap(({ rule }) => rule.sanitizeFields ?? []) };
}

/** A decision that blocks always says why: by its conditions, else by what the call does or holds. */
function reasonsOf({ rule, answer }: Matched, { target, detection }: Facts): readonly string[] {
  if (rule.action === 'ALLOW') return [];
  if (answer.reasonCodes.length > 0) return [...new Set(answer.reasonCodes)];
  if (rule.action === 'SANITIZE') return [...detection.classes].map((name) => REASON_OF_CLASS[name]);
  return [target.isDestructive ? 'DESTRUCTIVE_OPERATION' : 'POLICY_MATCH'];
}

function strictness({ rule }: Matched): number {
  return STRICTNESS.indexOf(rule.action);
}
