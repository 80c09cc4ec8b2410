import { canonicalHash } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { Emit, EventFacts, RunEvent } from '../events.ts';
import type { Decision, DecisionWord } from '../gateway/gateway.ts';
import type { ParsedArguments, ScanVerdict, TurnContext } from './run-context.ts';
import type { CallRecord, HandlerEnd } from './outcome.ts';
import type { ToolCall } from './tool-call.ts';

/** An event of a call: its type, its fields, and its fields for listeners with `payloads: true` only. */
export type CallEvent = readonly [type: RunEvent['type'], facts: object, payload?: () => object];

/** The part of a call that its events show. */
interface Shown {
  readonly call: ToolCall;
  readonly turn: TurnContext;
  readonly isMonitored: boolean;
  readonly record: CallRecord;
  readonly parsed: ParsedArguments;
  readonly decision: Decision | undefined;
}

export function emitCallEvent(emit: Emit, { call, turn }: Shown, eventOf: () => CallEvent): void {
  const { callId, name, server, subagentId } = call;
  try {
    const [type, facts, payload] = eventOf();
    const fields = { type, callId, name, turn: turn.number, ...omitUndefined({ server, subagentId }), ...facts };
    emit(fields as unknown as EventFacts, turn.runId, payload);
  } catch {
    // Observers never break a run.
  }
}

/** The gateway's decision for a call and what the runner does with it. */
export function decisionEvent(shown: Shown, verdict: ScanVerdict): CallEvent {
  const { record, parsed, isMonitored } = shown;
  const { decision, traceId, approvalId, grantId, fault, riskScore, policyName, ruleId, reason, wouldBe, scanMs } =
    record;
  const facts = {
    ...omitUndefined({ decision, traceId, approvalId, grantId, fault, riskScore, policyName, ruleId, reason }),
    effective: isMonitored ? 'ALLOW' : effectiveOf(verdict),
    enforced: !isMonitored,
    ...omitUndefined({ wouldBe: wouldBe?.outcome }),
    fields: frozenCopy(verdict.verdict === 'run' ? verdict.fields : []),
    reasonCodes: frozenCopy(record.reasonCodes),
    target: Object.freeze(shownTarget(parsed)),
    argumentsHash: canonicalHash(parsed.scanned),
    ...omitUndefined({ scanMs }),
  };
  return ['decision', facts, () => ({ arguments: parsed.scanned })];
}

export function approvalRequestedEvent({ record, parsed }: Shown): CallEvent {
  const { approvalId, approvalUrl, policyName, ruleId, reason, reasonCodes } = record;
  const facts = {
    ...omitUndefined({ approvalId, approvalUrl, policyName, ruleId, reason }),
    reasonCodes: frozenCopy(reasonCodes),
  };
  return ['approval-requested', facts, () => ({ arguments: parsed.scanned })];
}

export function handlerStartEvent(input: unknown): CallEvent {
  // Copied first: the handler may change its input.
  const copy = copyOf(input);
  return ['handler-start', {}, () => ({ input: copyOf(copy) })];
}

export function handlerEndEvent({ end, handlerMs, error }: HandlerEnd): CallEvent {
  const facts = { end, handlerMs, ...(error === undefined ? {} : { errorType: nameOf(error) }) };
  return ['handler-end', facts, () => (error === undefined ? {} : { error })];
}

function effectiveOf(verdict: ScanVerdict): DecisionWord {
  if (verdict.verdict === 'ask') return 'REQUIRE_APPROVAL';
  if (verdict.verdict === 'block') return 'DENY';
  return verdict.outcome === 'allowed' ? 'ALLOW' : 'SANITIZE';
}

/** A URL that the model wrote is an argument, so the event contains only its origin. */
function shownTarget({ target, scanned }: ParsedArguments): { readonly method: string; readonly url: string } {
  const { method, url, isTargetDeclared = false } = target;
  return { method, url: isTargetDeclared || typeof scanned['url'] !== 'string' ? url : new URL(url).origin };
}

/** A copy, so that a listener cannot change the record's own list. */
function frozenCopy(list: readonly string[]): readonly string[] {
  return Object.freeze([...list]);
}

/** Name of a thrown value for OpenTelemetry's `error.type`. Any value can be thrown. */
function nameOf(error: unknown): string {
  const { name } = Object(error) as { name?: unknown };
  return typeof name === 'string' && /^[\w.$]{1,64}$/.test(name) ? name : '_OTHER';
}

/** Clones a value; undefined for values that cannot be cloned, such as functions. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}
