import type { Approval } from '../../runner/gateway/gateway.ts';
import type { JsonObject } from '../../internal/json.ts';

/**
 * What a call can be listed by without its arguments: made when it is scanned, and cleaned of what is sensitive. Long names are cut.
 */
export interface CallOutline {
  /** What the call wants to do, in plain words; the names in it are the caller's. */
  readonly summary: string;
  readonly functionName: string;
  readonly toolName: string;
  readonly operation: string;
  readonly url: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** SHA-256 of the arguments in canonical JSON, in hexadecimal. */
  readonly argumentsHash: string;
}

/** A call that waits for a person, or about which one has decided. */
export interface StoredApproval extends Approval {
  readonly approvalId: string;
  /** SHA-256 of the call, its headers, its agent and the key in canonical JSON: an approval is for exactly this call. */
  readonly callHash: string;
  readonly functionName: string;
  readonly method: string;
  readonly url: string;
  /**
   * What runs once it is approved. The stores of this package read it from its JSON when it is asked for, and let go of more than
   * 4 KB a minute after the approval is over ({@link isCallGone}).
   */
  readonly arguments: unknown;
  /** What is sent with it, as it was said; absent when nothing was. */
  readonly headers?: JsonObject;
  /** Tells the key that asked from others, and is not the key; absent for a call that was scanned in process. */
  readonly key?: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** What the call touches, which its agent has touched once it is cleared. */
  readonly resources: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly policyName?: string;
  readonly ruleId?: string;
  /** Absent in what an earlier version stored, as is {@link callBytes}. */
  readonly outline?: CallOutline;
  /** Of the address, the arguments and the headers in canonical JSON and UTF-8. */
  readonly callBytes?: number;
  /** Whether the arguments and the headers, which were large, are not kept any more; the outline and its hash are. */
  readonly isCallGone?: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /**
   * Who has used the approval, which clears one call: whoever asked for it, when told of it, or else the next equal call that is
   * scanned.
   */
  readonly usedBy?: 'asker' | 'scan';
}

/** What may change in an approval after it was made. */
export type ApprovalChange = Partial<Pick<StoredApproval, 'status' | 'decidedBy' | 'decidedAt' | 'note' | 'usedBy'>>;

/** Keeps approvals. Several gateways may share one store: a change happens only when nothing came between. */
export interface ApprovalStore {
  add(approval: StoredApproval): Promise<void>;
  get(approvalId: string): Promise<StoredApproval | undefined>;
  /** The approvals of one call, oldest first. */
  byCall(callHash: string): Promise<readonly StoredApproval[]>;
  /** Changes an approval that is still as it was given out. Resolves with false when it has changed meanwhile. */
  change(before: StoredApproval, change: ApprovalChange): Promise<boolean>;
  /** All that are kept, oldest first. */
  list(): Promise<readonly StoredApproval[]>;
}
