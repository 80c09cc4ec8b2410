/** What an engine found that speaks for or against a call. */
export interface Signal {
  readonly engine: SignalEngine;
  /** For people: names of types and fields, never values. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What it adds to the risk, 0 to 1. */
  readonly weight: number;
}

export type SignalEngine =
  | 'data_classes'
  | 'external_principal'
  | 'from_tool_output'
  | 'instructions_in_tool_output'
  | 'new_resource'
  | 'volume_burst'
  | 'operation'
  | 'incomplete_scan';

export type RiskBand = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/**
 * The chance that at least one of the signals is right, each taken for itself: 1 − Π(1 − weight), in two decimals. It tells people
 * where to look first; no rule depends on it.
 */
export function riskScore(signals: readonly Signal[]): number {
  const score = 1 - signals.reduce((left, { weight }) => left * (1 - weight), 1);
  return Math.round(score * 100) / 100;
}

/** LOW below 0.3, MEDIUM below 0.6, HIGH below 0.85, CRITICAL from there. */
export function riskBand(score: number): RiskBand {
  if (score < 0.3) return 'LOW';
  if (score < 0.6) return 'MEDIUM';
  return score < 0.85 ? 'HIGH' : 'CRITICAL';
}
