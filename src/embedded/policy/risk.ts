import type { DataClass } from '../detection/span.ts';
import type { Facts } from './facts.ts';

/** A finding that adds to the risk of a call. */
export interface Signal {
  readonly engine: SignalEngine;
  /** Names of types and fields, never values. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The probability that the signal is right, from 0 to 1. */
  readonly weight: number;
}

export type SignalEngine =
  | 'data_classes'
  | 'external_principal'
  | 'from_tool_output'
  | 'not_from_user'
  | 'instructions_in_tool_output'
  | 'new_resource'
  | 'volume_burst'
  | 'operation'
  | 'incomplete_scan';

export type RiskBand = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/**
 * Returns the probability that at least one of the independent signals is right: 1 − Π(1 − weight), with two decimals.
 * It helps approvers to prioritise; no rule depends on it.
 */
export function riskScore(signals: readonly Signal[]): number {
  const score = 1 - signals.reduce((left, { weight }) => left * (1 - weight), 1);
  return Math.round(score * 100) / 100;
}

export function riskBand(score: number): RiskBand {
  if (score < 0.3) return 'LOW';
  if (score < 0.6) return 'MEDIUM';
  return score < 0.85 ? 'HIGH' : 'CRITICAL';
}

const WEIGHTS: Readonly<Record<DataClass, number>> = { SECRETS: 0.9, PHI: 0.6, PII: 0.4, INTERNAL: 0.4 };

/**
 * Lists the signals of a call, including those that no rule uses, and those of the rules' conditions; at most one per
 * engine.
 */
export function signalsOf(facts: Facts, fromRules: readonly Signal[]): readonly Signal[] {
  const { target, detection, history, isExternal } = facts;
  const signals: Signal[] = [];
  const found = [...detection.classes];
  if (found.length > 0) {
    const types = new Set(detection.findings.filter(({ isAddress }) => !isAddress).map(({ type }) => type));
    const weight = 1 - found.reduce((left, name) => left * (1 - WEIGHTS[name]), 1);
    signals.push({ engine: 'data_classes', details: { classes: found, types: [...types] }, weight });
  }
  if (!detection.isComplete) signals.push({ engine: 'incomplete_scan', details: {}, weight: 0.5 });
  if (isExternal === true) {
    signals.push({ engine: 'external_principal', details: { principals: target.principals.length }, weight: 0.3 });
  }
  if (history.isBurst) signals.push({ engine: 'volume_burst', details: {}, weight: 0.3 });
  if (target.verb !== 'READ' || target.isDestructive) {
    const weight = target.isDestructive ? 0.4 : target.verb === 'ADMIN' ? 0.3 : 0.1;
    signals.push({ engine: 'operation', details: { verb: target.verb, isDestructive: target.isDestructive }, weight });
  }
  for (const signal of fromRules) {
    if (!signals.some(({ engine }) => engine === signal.engine)) signals.push(signal);
  }
  return signals;
}
