import type { DataClass } from '../detection/span.ts';
import type { Facts } from './facts.ts';
import type { Signal } from './risk.ts';

const WEIGHTS: Readonly<Record<DataClass, number>> = { SECRETS: 0.9, PHI: 0.6, PII: 0.4, INTERNAL: 0.4 };

/**
 * What speaks for a risk, whether or not a rule asks about it, and what the rules' own conditions found; one of each
 * engine. Weights: SECRETS 0.9, PHI 0.6, PII and INTERNAL 0.4, a scan that is not complete 0.5, somebody external 0.3, a burst 0.3, an
 * ADMIN operation 0.3, a destructive one 0.4, a write 0.1; a value from a tool's output 0.6, instructions in one 0.7, a new resource 0.2.
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
  if (isExternal) {
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
