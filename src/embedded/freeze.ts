import { randomUUID } from 'node:crypto';
import type { Freeze } from './approvals/approval-store.ts';
import { targetOf } from './catalog/target-of.ts';
import { checkChoice, checkKeys, checkString } from '../internal/checks.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { Decision, ScanRequest } from '../runner/gateway/gateway.ts';

export interface FreezeOptions {
  /** The person who freezes the gateway. */
  readonly by?: string | undefined;
  /** In plain words, for the model, the approvers and the developer. */
  readonly reason?: string | undefined;
  /**
   * `'void'`: pending approvals, and those that have not cleared a call yet, expire at once. `'keep'`: they stay, and
   * clear no call during the freeze. Default: `'keep'`.
   */
  readonly pending?: Freeze['pending'] | undefined;
}

/** @throws TypeError for an unknown or invalid option */
export function freezeOf(options: FreezeOptions, now: number): Freeze {
  checkKeys('freeze', options, ['by', 'reason', 'pending'] satisfies (keyof FreezeOptions)[]);
  const by = checkString('by', options.by);
  const reason = checkString('reason', options.reason);
  const pending = checkChoice('pending', options.pending, ['keep', 'void']) ?? 'keep';
  return { at: new Date(now), pending, ...omitUndefined({ by, reason }) };
}

/** Builds a sentence such as "ann froze the gateway at 2026-03-01T12:00:00.000Z: incident 12" */
function freezeText({ by, at, reason }: Freeze): string {
  const begun = by === undefined ? 'The gateway was frozen' : `${by} froze the gateway`;
  return `${begun} at ${at.toISOString()}${reason === undefined ? '.' : `: ${reason}`}`;
}

/** Denies a call because of a freeze. */
export function frozenDecision(request: ScanRequest, freeze: Freeze): Decision {
  const { tool: toolName, operation } = targetOf(request);
  const [traceId, reason, reasonCodes] = [randomUUID(), freezeText(freeze), ['FROZEN']];
  const raw = { decision: 'DENY', reason_codes: reasonCodes, trace_id: traceId, tool_name: toolName, operation };
  return { decision: 'DENY', reasonCodes, reason, traceId, toolName, operation, raw: { ...raw, x_reason: reason } };
}
