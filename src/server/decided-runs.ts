import type { DecisionEntry } from '../embedded/audit/audit-entry.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { CallDetails, CallState, RunDetails } from '../runner/journal/runs.ts';

/**
 * Builds runs from decisions, newest first. Decisions do not show whether a handler ran, nor whether the run has ended.
 *
 * @param decisions oldest first; those without a run's id are skipped
 * @param pending ids of the approvals that wait for an approver
 */
export function decidedRuns(decisions: readonly DecisionEntry[], pending: ReadonlySet<string>): readonly RunDetails[] {
  const byRun = new Map<string, DecisionEntry[]>();
  for (const decision of decisions) {
    const { run_id: id } = decision;
    if (id !== undefined) byRun.set(id, [...(byRun.get(id) ?? []), decision]);
  }
  return [...byRun].map(([id, entries]) => runOf(id, entries, pending)).toReversed();
}

function runOf(id: string, entries: readonly DecisionEntry[], pending: ReadonlySet<string>): RunDetails {
  const calls = callsOf(entries, pending);
  const waitingCount = calls.filter(({ state }) => state === 'waiting').length;
  const [first] = entries;
  const times = entries.flatMap(({ at, approval }) => [at, ...(approval ? [approval.at] : [])]).toSorted();
  return {
    id,
    state: waitingCount > 0 ? 'waiting' : 'unknown',
    principals: distinct(entries.map(({ principal_id }) => principal_id)),
    agents: distinct(entries.map(agentOf)),
    begunAt: new Date(first?.at ?? NaN),
    writtenAt: new Date(times.at(-1) ?? NaN),
    callCount: calls.length,
    waitingCount,
    inDoubtCount: 0,
    calls,
    ...omitUndefined({ threadId: first?.thread_id }),
  };
}

function distinct(all: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(all)].filter((one) => one !== undefined);
}

/** The key is verified, the agent's name is what its holder says. */
function agentOf({ key_name, key_id, agent_name, agent_id }: DecisionEntry): string | undefined {
  const [agent, key] = [agent_name ?? agent_id, key_name ?? key_id];
  if (key === undefined) return agent;
  return agent === undefined ? `key ${key}` : `${agent} (key ${key})`;
}

/** An agent may scan a call again while it waits, and once it is approved. */
function callsOf(entries: readonly DecisionEntry[], pending: ReadonlySet<string>): readonly CallDetails[] {
  const scans = new Map<unknown, DecisionEntry[]>();
  for (const entry of entries) {
    const key = entry.approval_id ?? entry;
    scans.set(key, [...(scans.get(key) ?? []), entry]);
  }
  return [...scans.values()].flatMap(([first, ...again]) => (first ? [callOf(first, again, pending)] : []));
}

function callOf(entry: DecisionEntry, again: readonly DecisionEntry[], pending: ReadonlySet<string>): CallDetails {
  const { approval_id: approvalId, approval } = entry;
  const isWaiting = approvalId !== undefined && pending.has(approvalId);
  const isDecided = approval !== undefined && approval.status !== 'pending';
  const at = new Date(entry.at);
  const decidedAt = new Date(approval?.at ?? NaN);
  const more = {
    principalId: entry.principal_id,
    agent: agentOf(entry),
    policyName: entry.policy_name,
    ruleId: entry.rule_id,
    approvalId,
    approval: isDecided
      ? {
          status: approval.status,
          decidedAt,
          ...omitUndefined({ decidedBy: approval.decided_by, note: approval.note }),
        }
      : undefined,
  };
  const held = { name: 'approval', at, isOpen: isWaiting } as const;
  return {
    callId: entry.trace_id ?? '',
    name: entry.function_name,
    state: isWaiting ? 'waiting' : stateOf(entry, again),
    decision: entry.decision,
    reasonCodes: entry.reason_codes,
    steps: [
      { name: 'scan', at, ms: undefined, isOpen: false },
      ...(entry.decision === 'REQUIRE_APPROVAL'
        ? [{ ...held, ms: isDecided ? decidedAt.getTime() - at.getTime() : undefined }]
        : []),
    ],
    arguments: '',
    ...omitUndefined(more),
  };
}

/** The state of a call that does not wait. */
function stateOf({ decision, approval }: DecisionEntry, again: readonly DecisionEntry[]): CallState {
  if (decision === 'DENY') return 'denied';
  if (approval?.status === 'denied') return 'approval_denied';
  const words = [decision, ...again.map((scan) => scan.decision)];
  const isCleared = approval?.status === 'approved' || words.includes('ALLOW') || words.includes('SANITIZE');
  return isCleared ? 'allowed' : 'approval_expired';
}
