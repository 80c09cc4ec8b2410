import type { ApprovalChange, StoredApproval } from './approval-store.ts';
import { compact, withChange, withoutCall } from './kept-call.ts';

/** For how long after its expiry an approval can be asked after. */
const KEPT_MS = 600_000;
/** For how long after its end its call is kept, when that is large. */
const CALL_KEPT_MS = 60_000;
/** Of JSON. As many as one asker may have waiting are little. */
const SMALL_BYTES = 4_096;

/** The approvals that a store of one process keeps in memory, in the order in which they came. */
export class ApprovalIndex {
  readonly #byId = new Map<string, StoredApproval>();
  readonly #idsByCall = new Map<string, string[]>();

  add(approval: StoredApproval): void {
    const { approvalId, callHash } = approval;
    this.#byId.set(approvalId, compact(approval));
    this.#idsByCall.set(callHash, [...(this.#idsByCall.get(callHash) ?? []), approvalId]);
  }

  get(approvalId: string): StoredApproval | undefined {
    return this.#byId.get(approvalId);
  }

  byCall(callHash: string): readonly StoredApproval[] {
    return (this.#idsByCall.get(callHash) ?? []).flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** False when the approval is no longer the one that was given out. */
  change(before: StoredApproval, change: ApprovalChange): boolean {
    if (this.#byId.get(before.approvalId) !== before) return false;
    this.#byId.set(before.approvalId, withChange(before, change));
    return true;
  }

  list(): readonly StoredApproval[] {
    return [...this.#byId.values()];
  }

  /** Forgets what has long been over. All are looked at: a clock that was wrong for a while may have given any of them its time. */
  forget(now: number): void {
    for (const [approvalId, { callHash, expiresAt }] of this.#byId) {
      if (now < expiresAt + KEPT_MS) continue;
      this.#byId.delete(approvalId);
      const others = this.#idsByCall.get(callHash)?.filter((id) => id !== approvalId) ?? [];
      if (others.length > 0) this.#idsByCall.set(callHash, others);
      else this.#idsByCall.delete(callHash);
    }
  }

  /** Lets go of the large calls that nobody can run any more. What was decided about them stays. */
  dropCalls(now: number): void {
    for (const [approvalId, approval] of this.#byId) {
      const isLarge = approval.callBytes !== undefined && approval.callBytes > SMALL_BYTES;
      if (!isLarge || approval.isCallGone || now < endOf(approval) + CALL_KEPT_MS) continue;
      this.#byId.set(approvalId, withoutCall(approval));
    }
  }
}

function endOf({ status, usedBy, decidedAt, expiresAt }: StoredApproval): number {
  const isDone = status === 'denied' || usedBy !== undefined;
  return isDone && decidedAt ? Math.min(decidedAt.getTime(), expiresAt) : expiresAt;
}
