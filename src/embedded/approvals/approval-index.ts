import type { ApprovalChange, StoredApproval } from './approval-store.ts';
import { lazyArguments, withChange, withoutCall } from './lazy-arguments.ts';

/** Milliseconds that an approval is kept after its expiry. */
export const RETENTION_MS: number = 600_000;
/** Milliseconds that a large call is kept after its approval has ended. */
const CALL_RETENTION_MS = 60_000;
/** Maximum size of the JSON of a call that is kept as long as its approval. */
const SMALL_BYTES = 4_096;

/** Approvals in memory, in the order in which they were added. */
export class ApprovalIndex {
  readonly #byId = new Map<string, StoredApproval>();
  readonly #idsByCall = new Map<string, string[]>();

  add(approval: StoredApproval): void {
    const { approvalId, callHash } = approval;
    this.#byId.set(approvalId, lazyArguments(approval));
    this.#idsByCall.set(callHash, [...(this.#idsByCall.get(callHash) ?? []), approvalId]);
  }

  get(approvalId: string): StoredApproval | undefined {
    return this.#byId.get(approvalId);
  }

  byCall(callHash: string): readonly StoredApproval[] {
    return (this.#idsByCall.get(callHash) ?? []).flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Returns false if the approval has changed since `before` was read. */
  change(before: StoredApproval, change: ApprovalChange): boolean {
    if (this.#byId.get(before.approvalId) !== before) return false;
    this.#byId.set(before.approvalId, withChange(before, change));
    return true;
  }

  list(): readonly StoredApproval[] {
    return [...this.#byId.values()];
  }

  /**
   * Deletes approvals past their retention. Checks all of them, because they are out of order if the clock was wrong
   * for a while.
   */
  forget(now: number): void {
    for (const [approvalId, { callHash, expiresAt }] of this.#byId) {
      if (now < expiresAt + RETENTION_MS) continue;
      this.#byId.delete(approvalId);
      const others = this.#idsByCall.get(callHash)?.filter((id) => id !== approvalId) ?? [];
      if (others.length > 0) this.#idsByCall.set(callHash, others);
      else this.#idsByCall.delete(callHash);
    }
  }

  /** Drops the arguments of large calls that can no longer run. Keeps the decisions on them. */
  dropCalls(now: number): void {
    for (const [approvalId, approval] of this.#byId) {
      if (!approval.isCallGone && now >= callEndOf(approval)) this.#byId.set(approvalId, withoutCall(approval));
    }
  }
}

/** Returns when the call of an approval is dropped, in epoch milliseconds; `Infinity` for a small call. */
export function callEndOf({ callBytes = 0, status, usedBy, decidedAt, expiresAt }: StoredApproval): number {
  if (callBytes <= SMALL_BYTES) return Infinity;
  const isDone = status === 'denied' || usedBy !== undefined;
  return CALL_RETENTION_MS + (isDone && decidedAt ? Math.min(decidedAt.getTime(), expiresAt) : expiresAt);
}
