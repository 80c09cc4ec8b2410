import { z } from 'zod';
import type { JsonObject } from '../../internal/json.ts';
import type { GatewayEvent } from '../gateway-events.ts';
import {
  approvalEntry,
  decisionEntry,
  freezeEntry,
  grantEntry,
  policyChangeEntry,
  outputEntry,
  type DecisionEntry,
  type EntryOptions,
} from './audit-entry.ts';

export function lineOf(event: GatewayEvent, options: EntryOptions): object {
  switch (event.type) {
    case 'decision':
      return { type: event.type, ...decisionEntry(event, options) };
    case 'output':
      return { type: event.type, ...outputEntry(event, options) };
    case 'approval':
      return { type: event.type, ...approvalEntry(event, options) };
    case 'grant':
      return { type: event.type, ...grantEntry(event, options) };
    case 'freeze':
    case 'unfreeze':
      return { type: event.type, ...freezeEntry(event) };
    case 'policy-change':
      return { type: event.type, ...policyChangeEntry(event) };
  }
}

/** The types of lines that are no decisions. */
const OTHER_TYPES: readonly unknown[] = [
  'output',
  'approval',
  'grant',
  'freeze',
  'unfreeze',
  'policy-change',
  'missed',
];

const string = z.string();

/** A line of a decision. */
export const decisionLine = z.object({
  at: z.iso.datetime(),
  trace_id: string.optional(),
  decision: z.enum(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']),
  reason_codes: z.array(string),
  function_name: string,
  tool_name: string.optional(),
  operation: string.optional(),
  url: string.optional(),
  method: string,
  thread_id: string.optional(),
  run_id: string.optional(),
  key_id: string.optional(),
  key_name: string.optional(),
  agent_id: string.optional(),
  agent_name: string.optional(),
  principal_id: string.optional(),
  policy_name: string.optional(),
  rule_id: string.optional(),
  reason: string.optional(),
  risk_score: z.number().optional(),
  risk_band: string.optional(),
  classifications: z.array(string),
  fields: z.array(string).optional(),
  arguments_hash: string.optional(),
  approval_id: string.optional(),
  grant_id: string.optional(),
  arguments: z.unknown().optional(),
});

/** Returns the decision of a line; undefined for other types of lines. */
export function decisionOf(line: JsonObject): DecisionEntry | undefined {
  const type = line['type'];
  if (OTHER_TYPES.includes(type)) return undefined;
  const { data } = decisionLine.safeParse(line);
  if (type !== 'decision' || !data) throw new Error('it is not an audit log entry');
  return data;
}
