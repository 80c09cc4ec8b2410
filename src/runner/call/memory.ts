import { type ToolCall, callHashOf } from './tool-call.ts';
import type { JsonObject } from '../../internal/json.ts';
import type { OpenApproval } from '../journal/events.ts';

export interface PendingApproval {
  readonly approvalId: string;
  readonly approvalUrl: string | undefined;
  readonly turn: number;
}

/** A run's memory of its earlier turns. Calls are equal if their tool and canonical arguments are. */
export class RunMemory {
  /** True once a call was denied. */
  hasDenials = false;
  /** True once an approval was left pending. */
  hasPending = false;
  readonly #denials = new Map<string, Set<number>>();
  readonly #approvals = new Map<string, PendingApproval[]>();
  readonly #used = new Set<string>();
  readonly #spent = new Map<string, number>();
  #totalSpent = 0;

  /** Returns the number of earlier turns in which the call was denied. */
  denials(call: ToolCall, args: JsonObject, turn: number): number {
    const turns = this.#denials.get(callHashOf(call, args)) ?? [];
    return [...turns].filter((earlier) => earlier < turn).length;
  }

  denied(call: ToolCall, args: JsonObject, turn: number): void {
    const key = callHashOf(call, args);
    this.#denials.set(key, (this.#denials.get(key) ?? new Set()).add(turn));
    this.hasDenials = true;
  }

  /** Removes and returns the approvals for this call that earlier turns left pending: each allows a single call. */
  takePending(callHash: string, turn: number): readonly PendingApproval[] {
    const pending = this.#approvals.get(callHash) ?? [];
    this.#approvals.set(
      callHash,
      pending.filter((approval) => approval.turn >= turn),
    );
    return pending.filter((approval) => approval.turn < turn && !this.#used.has(approval.approvalId));
  }

  pending(callHash: string, approval: PendingApproval): void {
    this.hasPending = true;
    this.#approvals.set(callHash, [...(this.#approvals.get(callHash) ?? []), approval]);
  }

  /** Adds approvals that an earlier run or process left pending. */
  addPending(left: readonly OpenApproval[]): void {
    // Several calls may wait for the same approval.
    for (const { callHash, ...approval } of new Map(left.map((one) => [one.approvalId, one])).values())
      this.pending(callHash, { ...approval, turn: 0 });
  }

  /** Returns false from the second time on: an approval allows one call, even if the gateway returns its id for two. */
  useApproval(approvalId: string): boolean {
    const isFirst = !this.#used.has(approvalId);
    this.#used.add(approvalId);
    return isFirst;
  }

  /** Counts a call. Returns false once the run's or the tool's budget is exceeded. */
  spend({ kind, name }: ToolCall, maxOfRun: number, maxOfTool: number): boolean {
    const toolSpent = kind === 'approval' ? 1 : (this.#spent.get(name) ?? 0) + 1;
    this.#totalSpent += 1;
    if (kind !== 'approval') this.#spent.set(name, toolSpent);
    return this.#totalSpent <= maxOfRun && toolSpent <= maxOfTool;
  }
}
