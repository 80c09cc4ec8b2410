import type { ToolCall } from './driver.ts';
import type { JsonObject } from '../../internal/json.ts';
import { callHashOf } from '../call/call-arguments.ts';
import type { OpenApproval } from '../journal/journaled-calls.ts';

export interface PendingApproval {
  readonly approvalId: string;
  readonly approvalUrl: string | undefined;
  readonly turn: number;
}

/** What a run remembers of its earlier turns. A call is the same when its tool and its canonical arguments are. */
export interface RunMemory {
  /** The number of earlier turns in which the call was denied. */
  denials(call: ToolCall, args: JsonObject, turn: number): number;
  denied(call: ToolCall, args: JsonObject, turn: number): void;
  /** The approvals that earlier turns left pending. They are handed out once: an approval clears a single call. */
  takePending(call: ToolCall, args: JsonObject, turn: number): readonly PendingApproval[];
  pending(call: ToolCall, args: JsonObject, approval: PendingApproval): void;
  /** Adds an approval that an earlier run or process left pending. */
  addPending(approvals: readonly OpenApproval[]): void;
  /** An approval clears one call, also when the gateway gave one id to two. False the second time. */
  useApproval(approvalId: string): boolean;
  /** Counts a call of the tool. False when the run's or the tool's number is used up. */
  spend(call: ToolCall, limit: number): boolean;
}

export function createRunMemory(maxToolCalls: number): RunMemory {
  const denials = new Map<string, Set<number>>();
  const approvals = new Map<string, PendingApproval[]>();
  const used = new Set<string>();
  const spent = new Map<string, number>();
  let spentInAll = 0;
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
      // Several calls may have been left with one approval.
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
      const ofTool = kind === 'approval' ? 1 : (spent.get(name) ?? 0) + 1;
      spentInAll += 1;
      if (kind !== 'approval') spent.set(name, ofTool);
      return spentInAll <= maxToolCalls && ofTool <= limit;
    },
  };
}
