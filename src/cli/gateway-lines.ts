import { approvalEntry, decisionEntry, type DecisionEntry } from '../embedded/audit/audit-entry.ts';
import { lineOf } from '../embedded/audit/audit-line.ts';
import type { GatewayEvent } from '../embedded/gateway-events.ts';
import { oneLine } from './format.ts';

/**
 * Formats a decision of the gateway or of an approver as one line, without arguments. Returns undefined for other events.
 *
 * @param json true for JSON of any event, as in the audit log
 */
export function decisionLine(event: GatewayEvent, json: boolean): string | undefined {
  if (json) return `${JSON.stringify(lineOf(event, {}))}\n`;
  if (event.type === 'decision') {
    const entry = decisionEntry(event);
    const codes = entry.reason_codes.length > 0 ? ` (${entry.reason_codes.join(', ')})` : '';
    const rule = entry.rule_id ?? (entry.policy_name === undefined ? undefined : 'the default');
    const by = rule === undefined ? '' : ` by ${rule} of ${entry.policy_name ?? 'its policy'}`;
    return textOf(entry, `${entry.decision} ${entry.function_name}${by}${codes}`, entry.reason);
  }
  if (event.type === 'approval') {
    const entry = approvalEntry(event);
    const word = entry.status === 'pending' ? 'APPROVED IN PART' : entry.status.toUpperCase();
    return textOf(entry, `${word} ${entry.function_name} by ${entry.decided_by ?? 'an approver'}`);
  }
  return undefined;
}

type Requester = Pick<DecisionEntry, 'at' | 'agent_name' | 'agent_id' | 'principal_id' | 'key_id' | 'key_name'>;

function textOf(
  { at, agent_name: name, agent_id: id, principal_id: principal, key_id: keyId, key_name: key = keyId }: Requester,
  text: string,
  reason?: string,
): string {
  const requester = [
    ['agent', name ?? id],
    ['for', principal],
    ['key', key],
  ].flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value}`]));
  const of = requester.length === 0 ? '' : ` [${requester.join(', ')}]`;
  return `${oneLine(`${at.slice(11, 19)}Z ${text}${of}${reason === undefined ? '' : `: ${reason}`}`)}\n`;
}
