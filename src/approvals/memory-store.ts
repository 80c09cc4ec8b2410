import type { ApprovalChange, ApprovalStore, StoredApproval } from './approval-store.ts';

/** For how long after its expiry an approval can be asked after. */
const KEPT_MS = 600_000;

/** Approvals in memory: they live as long as the process, and at most ten minutes longer than they are valid. */
export function memoryApprovalStore(): ApprovalStore {
  const byId = new Map<string, StoredApproval>();
  const idsByCall = new Map<string, string[]>();

  /** The oldest come first. */
  function forget(now: number): void {
    for (const [approvalId, { callHash, expiresAt }] of byId) {
      if (now < expiresAt + KEPT_MS) return;
      byId.delete(approvalId);
      const others = idsByCall.get(callHash)?.filter((id) => id !== approvalId) ?? [];
      if (others.length > 0) idsByCall.set(callHash, others);
      else idsByCall.delete(callHash);
    }
  }

  return {
    async add(approval) {
      forget(approval.createdAt);
      byId.set(approval.approvalId, approval);
      idsByCall.set(approval.callHash, [...(idsByCall.get(approval.callHash) ?? []), approval.approvalId]);
    },
    async get(approvalId) {
      return byId.get(approvalId);
    },
    async byCall(callHash) {
      return (idsByCall.get(callHash) ?? []).flatMap((id) => byId.get(id) ?? []);
    },
    async change(before, change: ApprovalChange) {
      if (byId.get(before.approvalId) !== before) return false;
      byId.set(before.approvalId, { ...before, ...change });
      return true;
    },
    async list() {
      return [...byId.values()];
    },
  };
}
