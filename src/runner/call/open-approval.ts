import { hashOf } from './call-arguments.ts';
import { JOURNAL_NAMES, type JournaledCall, type JournalRecords } from '../journal/journaled-calls.ts';

/** An approval that a call was left with, and that no call has used. */
export interface OpenApproval {
  readonly approvalId: string;
  readonly approvalUrl: string | undefined;
  /** What it is for: see `callHashOf`. */
  readonly callHash: string;
}

/** Those that a run was left by the one in whose place it is, as far as no call has used them. */
export function inheritedApprovals({ records }: JournalRecords): readonly OpenApproval[] {
  const inherited: unknown = records.get(JOURNAL_NAMES.inherited) ?? [];
  return (inherited as readonly OpenApproval[]).filter(
    ({ approvalId }) => !records.has(JOURNAL_NAMES.used(approvalId)),
  );
}

/** Undefined for a call that waits for nobody, or that may have run. */
export function openApprovalOf(
  { key, call, decision, isStarted, end }: JournaledCall,
  { records }: JournalRecords,
): OpenApproval | undefined {
  const waits = end ? end.outcome === 'approval_pending' : decision?.decision === 'REQUIRE_APPROVAL';
  const { approvalId, approvalUrl } = (end ?? decision ?? {}) as Partial<OpenApproval>;
  const callHash = hashOf(call);
  if (!waits || isStarted || approvalId === undefined || callHash === undefined) return undefined;
  const usedBy = records.get(JOURNAL_NAMES.used(approvalId));
  // Cleared by it and not started, it may still have it.
  return usedBy === undefined || usedBy === key ? { approvalId, approvalUrl, callHash } : undefined;
}
