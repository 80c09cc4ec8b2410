import type { Approval } from '../../runner/gateway/gateway.ts';
import type { JsonObject } from '../../internal/json.ts';

/** A call without its arguments, for lists. Made at the scan, with sensitive data redacted and long names cut. */
export interface CallOutline {
  /** What the call does, in plain words; the names in it come from the caller. */
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

/** A call that waits for an approver, or that an approver has decided on. */
export interface StoredApproval extends Approval {
  readonly approvalId: string;
  /**
   * SHA-256 of the call, its headers, its agent and the key in canonical JSON: an approval holds for exactly this call.
   */
  readonly callHash: string;
  readonly functionName: string;
  readonly method: string;
  readonly url: string;
  /**
   * What runs once it is approved. The stores of this package parse it from JSON on access, and drop more than 4 KB a
   * minute after the approval has ended ({@link isCallGone}).
   */
  readonly arguments: unknown;
  /** The headers sent with the call, as the scan stated them; absent if it stated none. */
  readonly headers?: JsonObject;
  /** Identifies the requesting key, and is not the key itself; absent for a call that was scanned in process. */
  readonly key?: string;
  readonly agentId?: string;
  readonly agentName?: string;
  /** The resources that the call touches. They count as touched by its agent once the call is cleared. */
  readonly resources: readonly string[];
  readonly reasonCodes: readonly string[];
  readonly policyName?: string;
  readonly ruleId?: string;
  /** Absent in approvals of earlier versions, like {@link callBytes}. */
  readonly outline?: CallOutline;
  /** Size of the URL, the arguments and the headers, as canonical JSON in UTF-8. */
  readonly callBytes?: number;
  /** Whether the arguments and headers were large and have been dropped. The outline and its hash stay. */
  readonly isCallGone?: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /**
   * What used up the approval, which clears one call: the requester, when it read the status `approved`, or the scan of
   * an equal call.
   */
  readonly usedBy?: 'asker' | 'scan';
}

/** The fields of an approval that may change. */
export type ApprovalChange = Partial<Pick<StoredApproval, 'status' | 'decidedBy' | 'decidedAt' | 'note' | 'usedBy'>>;

/**
 * Stores approvals. Several gateways may share one store: a change applies only if the approval has not changed since
 * it was read.
 */
export interface ApprovalStore {
  add(approval: StoredApproval): Promise<void>;
  get(approvalId: string): Promise<StoredApproval | undefined>;
  /** The approvals of one call, oldest first. */
  byCall(callHash: string): Promise<readonly StoredApproval[]>;
  /** Changes an approval. Resolves with false, and changes nothing, if it has changed since `before` was read. */
  change(before: StoredApproval, change: ApprovalChange): Promise<boolean>;
  /** All stored approvals, oldest first. */
  list(): Promise<readonly StoredApproval[]>;
}
