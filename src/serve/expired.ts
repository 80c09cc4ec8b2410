import { openRecord } from '../core/conclude.ts';
import type { RunJournal } from '../core/durable.ts';
import type { Approval } from '../core/gateway.ts';
import { journaledCalls, type JournaledCall } from '../core/journaled-calls.ts';
import { openApprovalOf, type OpenApproval } from '../core/open-approval.ts';
import type { CallRecord, Outcome } from '../core/outcome.ts';
import { withTimeLimit } from '../internal/abort.ts';
import type { RunnerSettings } from '../settings.ts';

/** A run that the API gave up while its calls waited for approvers, or for a process that had died. */
export interface ExpiredRun {
  /** What became of its calls; of those that waited, what a person has said meanwhile. */
  readonly calls: readonly CallRecord[];
  /** The approvals that no call has used: the run that takes its place may. */
  readonly openApprovals: readonly OpenApproval[];
}

/** By the run's journal, and by what the gateway says of the approvals that were open. */
export async function expiredRun(
  journal: RunJournal,
  { gateway, scanTimeoutMs }: Pick<RunnerSettings, 'gateway' | 'scanTimeoutMs'>,
): Promise<ExpiredRun> {
  const left = journaledCalls(journal).map((call) => ({ call, open: openApprovalOf(call, journal) }));
  const reported = left.map(async ({ call, open }): Promise<CallRecord> => {
    const record = recordOf(call);
    if (!open || call.settled) return record;
    try {
      const approval = await withTimeLimit(scanTimeoutMs, undefined, async (signal) =>
        gateway.approvalStatus(open.approvalId, { signal }),
      );
      return { ...record, approval, outcome: lateOutcome(approval) };
    } catch (error) {
      return { ...record, error };
    }
  });
  return { calls: await Promise.all(reported), openApprovals: left.flatMap(({ open }) => open ?? []) };
}

/** What became of a call that no process goes on with. */
function recordOf({ call, turn, decision, settled, isStarted, end }: JournaledCall): CallRecord {
  if (end) return end;
  const { approvalId, approvalUrl } = (decision ?? {}) as Partial<OpenApproval>;
  const record = {
    ...openRecord(call, turn),
    ...(decision ? { decision: decision.decision, reasonCodes: decision.reasonCodes } : {}),
    ...(decision?.traceId === undefined ? {} : { traceId: decision.traceId }),
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(approvalUrl === undefined ? {} : { approvalUrl }),
    ...settled,
  };
  if (isStarted) return { ...record, outcome: 'in_doubt', executed: 'unknown' };
  if (decision?.decision === 'DENY') return { ...record, outcome: 'denied' };
  if (settled) return { ...record, outcome: lateOutcome(settled.approval) };
  return decision?.decision === 'REQUIRE_APPROVAL' ? { ...record, outcome: 'approval_pending' } : record;
}

/** What a person says of a call whose run is over: it was not run, also when they approved it. */
const LATE: Readonly<Record<Approval['status'], Outcome>> = {
  pending: 'approval_pending',
  approved: 'not_run',
  denied: 'approval_denied',
  expired: 'approval_expired',
};

/** A gateway written in JavaScript may answer anything: what is no answer leaves it open. */
function lateOutcome({ status }: Approval): Outcome {
  return (LATE as Readonly<Record<string, Outcome | undefined>>)[status] ?? 'approval_pending';
}

/** Room for the assistant's own additional instructions: the API takes 256,000 characters. */
const MOST_CHARACTERS = 100_000;

/** What the model of the new run is told of the one before. */
export function toldOutcomes(calls: readonly CallRecord[]): string {
  const lines = calls.map(({ name, outcome, executed, output, approval }) => {
    const call = `- ${JSON.stringify(name)}: `;
    if (executed === 'yes') return `${call}it has run. Its output: ${output}`;
    if (executed === 'unknown') {
      return `${call}it is not known whether it did its work. Verify before you call it again.`;
    }
    if (approval?.status === 'approved') {
      return `${call}it has not run; a person has approved it since. Call it again with the same arguments if it is still wanted.`;
    }
    if (outcome === 'approval_pending') return `${call}it has not run; a person has yet to approve it.`;
    if (outcome === 'denied' || outcome === 'approval_denied') return `${call}it was refused. Do not call it again.`;
    return `${call}it has not run.`;
  });
  const says = `An earlier run on this thread was interrupted and has expired. What became of its tool calls:\n${lines.join('\n')}`;
  return says.slice(0, MOST_CHARACTERS);
}
