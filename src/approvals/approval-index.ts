import type { ApprovalChange, StoredApproval } from './approval-store.ts';

/** For how long after its expiry an approval can be asked after. */
const KEPT_MS = 600_000;

/** The approvals that a store of one process keeps in memory, in the order in which they came. */
export class ApprovalIndex {
  readonly #byId = new Map<string, StoredApproval>();
  readonly #idsByCall = new Map<string, string[]>();

  add(approval: StoredApproval): void {
    const { approvalId, callHash } = approval;
    this.#byId.set(approvalId, approval);
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
    this.#byId.set(before.approvalId, { ...before, ...change });
    return true;
  }

  list(): readonly StoredApproval[] {
    return [...this.#byId.values()];
  }

  /** Forgets what has long been over. The oldest come first. */
  forget(now: number): void {
    for (const [approvalId, { callHash, expiresAt }] of this.#byId) {
      if (now < expiresAt + KEPT_MS) return;
      this.#byId.delete(approvalId);
      const others = this.#idsByCall.get(callHash)?.filter((id) => id !== approvalId) ?? [];
      if (others.length > 0) this.#idsByCall.set(callHash, others);
      else this.#idsByCall.delete(callHash);
    }
  }
}
