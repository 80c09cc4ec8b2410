import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { RunEvent, RunEventOf, RunUsage } from '../events.ts';
import type { TracedCall, TracedRun } from '../trace.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/**
 * The attributes of spans and metrics. `gen_ai.*` and `error.type` follow OpenTelemetry's GenAI semantic conventions
 * (https://github.com/open-telemetry/semantic-conventions-genai, status "Development") at commit 004902b: the spans
 * "invoke agent client" and "execute tool", as in semantic conventions 1.41, and the metrics of agents and tools.
 */

/** The conventions' value for errors without a name of low cardinality. */
const OTHER = '_OTHER';

/** Maximum length of names and ids: longer than any of the APIs. */
const MAX_LENGTH = 256;

/** The API's statuses that count as errors. */
const FAILED: readonly (string | undefined)[] = ['failed', 'expired'];

export function runAttributes({ method, api, threadId, assistantId, agentId, agentName }: TracedRun): Attributes {
  return omitUndefined({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.provider.name': 'openai',
    'gen_ai.agent.id': agentId ?? assistantId,
    'gen_ai.agent.name': agentName,
    'gen_ai.conversation.id': threadId,
    'interven.api': api,
    'interven.method': method,
  });
}

export function runEndAttributes({ runId, status, usage }: RunEventOf<'run-end'>): Attributes {
  return omitUndefined({
    'interven.run.id': runId || undefined,
    'interven.run.status': status,
    ...usageAttributes(usage),
  });
}

function usageAttributes(usage: RunUsage | undefined): Attributes {
  return omitUndefined({
    'gen_ai.usage.input_tokens': usage?.inputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cachedInputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
    'interven.usage.cost': usage?.cost,
  });
}

export function turnAttributes({ turn, runId, usage }: RunEventOf<'turn'>): Attributes {
  return omitUndefined({
    'interven.turn.number': turn,
    'interven.run.id': runId || undefined,
    ...usageAttributes(usage),
  });
}

/** Identifies a call, on each of its spans. */
export function callAttributes({ name, callId, server, subagentId }: TracedCall['call']): Attributes {
  return omitUndefined({
    'gen_ai.tool.name': name.slice(0, MAX_LENGTH),
    'gen_ai.tool.call.id': callId.slice(0, MAX_LENGTH),
    'interven.server': server?.slice(0, MAX_LENGTH),
    'interven.subagent.id': subagentId,
  });
}

export function toolAttributes({ call }: TracedCall): Attributes {
  return { 'gen_ai.operation.name': 'execute_tool', ...callAttributes(call), 'gen_ai.tool.type': 'function' };
}

/** The attributes that are fields of an event. */
const FIELDS = {
  decision: 'interven.decision',
  effective: 'interven.effective',
  enforced: 'interven.enforced',
  wouldBe: 'interven.would_be',
  reasonCodes: 'interven.reason_codes',
  riskScore: 'interven.risk_score',
  policyName: 'interven.policy.name',
  ruleId: 'interven.rule.id',
  traceId: 'interven.trace.id',
  approvalId: 'interven.approval.id',
  grantId: 'interven.grant.id',
  status: 'interven.approval.status',
  outcome: 'interven.outcome',
  executed: 'interven.executed',
  fault: 'interven.fault',
};

/**
 * Returns the attributes of an event about a call. Omits what derives from the arguments (redacted and edited paths, the
 * URL, the hash), and the approver, which is a person's name.
 */
export function eventAttributes(
  event: RunEventOf<'decision' | 'approval-settled' | 'output-scan' | 'output-submitted'>,
): Attributes {
  const facts: Readonly<Record<string, unknown>> = { ...event };
  const { fields, editedFields, fault } = facts as { fields?: object[]; editedFields?: object[]; fault?: string };
  const known = Object.entries(FIELDS).map(([field, name]) => [name, facts[field] as AttributeValue | undefined]);
  return omitUndefined({
    ...callAttributes(event),
    ...(Object.fromEntries(known) as Attributes),
    'interven.redacted_fields': fields?.length || undefined,
    'interven.edited_fields': editedFields?.length || undefined,
    'error.type': fault,
  });
}

/** Returns a run's error type; undefined for a run without an error. A cancelled or incomplete run is not an error. */
export function runError({ status, code }: RunEventOf<'run-end'>): string | undefined {
  return code ?? (FAILED.includes(status) ? status : undefined);
}

/** Returns a handler's error type; undefined for a handler that returned. */
export function handlerError({ end, errorType = '' }: RunEventOf<'handler-end'>): string | undefined {
  if (end === 'returned') return undefined;
  if (end !== 'threw') return end;
  // An error name may be a whole sentence, and differ each time.
  return /^[\w.$]{1,64}$/.test(errorType) ? errorType : OTHER;
}

/** Returns the name of a registered tool. Remote servers choose their tools' names freely, so those are not used. */
export function knownToolName({ name, server }: Extract<RunEvent, { readonly callId: string }>): string {
  return server === undefined ? name : OTHER;
}

/** Identifies a call: a later turn may use its id again. */
export function keyOf(runId: string, turn: number, callId: string): string {
  return JSON.stringify([runId, turn, callId]);
}
