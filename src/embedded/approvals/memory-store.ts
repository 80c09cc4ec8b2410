import { ApprovalIndex } from './approval-index.ts';
import type { ApprovalStore, Freeze } from './approval-store.ts';

/** Stores approvals in memory, until the process ends or ten minutes after they expire. */
export function memoryApprovalStore(): ApprovalStore {
  return storeOf(new ApprovalIndex());
}

export function storeOf(index: ApprovalIndex): ApprovalStore {
  let freeze: Freeze | undefined;
  return {
    async add(approval) {
      index.forget(approval.createdAt);
      index.dropCalls(approval.createdAt);
      index.add(approval);
    },
    async get(approvalId) {
      return index.get(approvalId);
    },
    async byCall(callHash) {
      return index.byCall(callHash);
    },
    async change(before, change) {
      return index.change(before, change);
    },
    async list() {
      return index.list();
    },
    async frozen() {
      return freeze;
    },
    async setFrozen(changed) {
      freeze = changed;
    },
  };
}
