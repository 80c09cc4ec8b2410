import { type ToolCall, callHashOf } from './tool-call.ts';
import type { JsonObject } from '../../internal/json.ts';
import type { OpenApproval } from '../journal/events.ts';

export interface PendingApproval {
  readonly approvalId: string;
  readonly approvalUrl: string | undefined;
  readonly turn: number;
}

/** A run's memory of its earlier turns. Calls are equal if their tool and canonical arguments are. */
export interface RunMemory {
  /** The number of earlier turns in which the call was denied. */
  denials(call: ToolCall, args: JsonObject, turn: number): number;
  denied(call: ToolCall, args: JsonObject, turn: number): void;
  /** Removes and returns the approvals for this call that earlier turns left pending: each allows a single call. */
  takePending(call: ToolCall, args: JsonObject, turn: number): readonly PendingApproval[];
  pending(call: ToolCall, args: JsonObject, approval: PendingApproval): void;
  /** Adds an approval that an earlier run or process left pending. */
  addPending(approvals: readonly OpenApproval[]): void;
  /** Returns false from the second time on: an approval allows one call, even if the gateway returns its id for two. */
  useApproval(approvalId: string): boolean;
  /** Counts a call. Returns false once the run's or the tool's budget is exceeded. */
  spend(call: ToolCall, limit: number): boolean;
}

export function createRunMemory(maxToolCalls: number): RunMemory {
  const denials = new Map<string, Set<number>>();
  const approvals = new Map<string, PendingApproval[]>();
  const used = new Set<string>();
  const spent = new Map<string, number>();
  let totalSpent = 0;
  return {
    denials(call, args, turn) {
      if (denials.size === 0) return 0;
      const turns = denials.get(callHashOf(call, args)) ?? [];
      return [...turns].filter((earlier) => earlier < turn).length;
    },
    denied(call, args, turn) {
      const key = callHashOf(call, args);
      denials.set(key, (denials.get(key) ?? new Set()).add(turn));
    },
    takePending(call, args, turn) {
      if (approvals.size === 0) return [];
      const key = callHashOf(call, args);
      const pending = approvals.get(key) ?? [];
      approvals.set(
        key,
        pending.filter((approval) => approval.turn >= turn),
      );
      return pending.filter((approval) => approval.turn < turn && !used.has(approval.approvalId));
    },
    pending(call, args, approval) {
      const key = callHashOf(call, args);
      approvals.set(key, [...(approvals.get(key) ?? []), approval]);
    },
    addPending(left) {
      // Several calls may wait for the same approval.
      for (const { callHash, ...approval } of new Map(left.map((one) => [one.approvalId, one])).values()) {
        approvals.set(callHash, [...(approvals.get(callHash) ?? []), { ...approval, turn: 0 }]);
      }
    },
    useApproval(approvalId) {
      const isFirst = !used.has(approvalId);
      used.add(approvalId);
      return isFirst;
    },
    spend({ kind, name }, limit) {
      const toolSpent = kind === 'approval' ? 1 : (spent.get(name) ?? 0) + 1;
      totalSpent += 1;
      if (kind !== 'approval') spent.set(name, toolSpent);
      return totalSpent <= maxToolCalls && toolSpent <= limit;
    },
  };
}
