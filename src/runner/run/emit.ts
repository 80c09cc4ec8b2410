import { canonicalHash } from '../../internal/json.ts';
import type { ToolCall } from '../call/tool-call.ts';
import type { EventFacts, RunEvent } from '../events.ts';
import type { Approval, Decision, DecisionWord } from '../gateway/gateway.ts';
import type { ScanVerdict } from '../call/scan.ts';
import type { CheckedCall, RunState } from '../call/run-context.ts';

/** Returns the fields that identify an event's call. */
export function callFields(
  { callId, name, server, subagentId }: ToolCall,
  turn: number,
): { callId: string; name: string; turn: number; server?: string; subagentId?: string } {
  return {
    callId,
    name,
    turn,
    ...(server === undefined ? {} : { server }),
    ...(subagentId === undefined ? {} : { subagentId }),
  };
}

/**
 * Emits an event of a call, if the run has listeners.
 *
 * @param payload fields for listeners with `payloads: true` only
 */
export function emit(
  { call, turn }: Pick<CheckedCall, 'call' | 'turn'>,
  run: RunState,
  type: RunEvent['type'],
  facts: () => object,
  payload: () => object = () => ({}),
): void {
  if (!run.emit) return;
  try {
    run.emit({ type, ...callFields(call, turn.number), ...facts() } as unknown as EventFacts, turn.runId, payload);
  } catch {
    // Observers never break a run.
  }
}

/** Emits the gateway's decision for a call and what the runner does with it. */
export function emitDecision(call: CheckedCall, run: RunState, verdict: ScanVerdict, enforced: boolean): void {
  const facts = (): object => {
    const { decision, reasonCodes, traceId, approvalId, fault, wouldBe, scanMs } = call.draft;
    const { riskScore } = call.decision ?? {};
    return {
      ...present({ decision, traceId, approvalId, fault, riskScore, ...rule(call.decision) }),
      effective: enforced ? effectiveOf(verdict) : 'ALLOW',
      enforced,
      ...(wouldBe ? { wouldBe: wouldBe.outcome } : {}),
      fields: frozenList(verdict.verdict === 'run' ? verdict.fields : []),
      reasonCodes: frozenList(reasonCodes),
      target: Object.freeze(shownTarget(call)),
      argumentsHash: canonicalHash(call.args),
      ...present({ scanMs }),
    };
  };
  emit(call, run, 'decision', facts, () => ({ arguments: call.args }));
}

/** A copy, so that a listener cannot change the record's own list. */
function frozenList(list: readonly string[]): readonly string[] {
  return Object.freeze([...list]);
}

function effectiveOf(verdict: ScanVerdict): DecisionWord {
  if (verdict.verdict === 'ask') return 'REQUIRE_APPROVAL';
  if (verdict.verdict === 'block') return 'DENY';
  return verdict.outcome === 'sanitized' ? 'SANITIZE' : 'ALLOW';
}

export function emitApprovalRequested(call: CheckedCall, run: RunState): void {
  const facts = (): object => {
    const { approvalId, approvalUrl, reasonCodes } = call.draft;
    return { ...present({ approvalId, approvalUrl, ...rule(call.decision) }), reasonCodes: frozenList(reasonCodes) };
  };
  emit(call, run, 'approval-requested', facts, () => ({ arguments: call.args }));
}

export function emitApprovalSettled(
  call: CheckedCall,
  run: RunState,
  approvalId: string,
  { status, decidedBy, decidedAt }: Approval,
): void {
  const { approvalMs } = call.draft;
  emit(call, run, 'approval-settled', () => ({
    approvalId,
    status,
    ...present({ decidedBy, decidedAt, approvalMs }),
  }));
}

/** A URL that the model wrote is an argument, so the event contains only its origin. */
function shownTarget({ request, args }: CheckedCall): { readonly method: string; readonly url: string } {
  const { method, url, isTargetDeclared = false } = request;
  return { method, url: isTargetDeclared || typeof args['url'] !== 'string' ? url : new URL(url).origin };
}

function rule(decision: Decision | undefined): { policyName?: string | undefined; ruleId?: string | undefined } {
  return { policyName: decision?.policyName, ruleId: decision?.ruleId };
}

function present(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
