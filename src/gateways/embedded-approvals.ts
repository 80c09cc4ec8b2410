import { randomUUID } from 'node:crypto';
import type { Approval, ScanRequest } from '../core/gateway.ts';
import { GatewayError } from '../errors.ts';
import { canonicalJson } from '../internal/json.ts';

/** An approval lives as long as the hosted gateway's. */
const APPROVAL_MS = 600_000;

export type Decider = Omit<Approval, 'status' | 'decidedAt'>;

interface Remembered {
  readonly call: string;
  readonly expiresAt: number;
  approval: Approval;
  /** An approval clears one call: its asker's, or else the next equal one that is scanned. */
  usedBy?: 'asker' | 'scan';
}

/** The approvals of an embedded gateway, in memory. A call is the same when its target and its arguments are. */
export class EmbeddedApprovals {
  readonly #byId = new Map<string, Remembered>();
  readonly #byCall = new Map<string, Remembered[]>();

  /**
   * What was said of this very call: `approved` or `denied` by a person in the last ten minutes (the hosted gateway's
   * rule), or the id of the approval that it needs.
   */
  ask({ functionName, method, url, body }: ScanRequest): 'approved' | 'denied' | { readonly approvalId: string } {
    this.#forget();
    const call = canonicalJson([functionName, method, url, body]);
    const earlier = (this.#byCall.get(call) ?? []).filter(({ expiresAt }) => Date.now() < expiresAt);
    const decided = earlier.findLast(({ approval }) => approval.status !== 'pending');
    if (decided?.approval.status === 'denied') return 'denied';
    const granted = earlier.find(({ approval, usedBy }) => approval.status === 'approved' && !usedBy);
    if (granted) {
      granted.usedBy = 'scan';
      return 'approved';
    }
    const approvalId = randomUUID();
    const expiresAt = Date.now() + APPROVAL_MS;
    const made: Remembered = { call, expiresAt, approval: { status: 'pending' } };
    this.#byId.set(approvalId, made);
    this.#byCall.set(call, [...earlier, made]);
    return { approvalId };
  }

  /** Whoever is told of an approval runs the call: it is used then. One that an equal scan has used is over. */
  status(approvalId: string): Approval {
    const remembered = this.#find(approvalId);
    if (remembered.usedBy === 'scan') return { status: 'expired' };
    if (remembered.approval.status === 'approved') remembered.usedBy = 'asker';
    return remembered.approval;
  }

  decide(approvalId: string, status: 'approved' | 'denied', by: Decider): void {
    const remembered = this.#find(approvalId);
    if (remembered.approval.status !== 'pending') {
      throw new GatewayError('configuration', `Approval ${approvalId} is ${remembered.approval.status} already.`);
    }
    remembered.approval = { ...by, status, decidedAt: new Date() };
  }

  /** What expired so long ago that nobody asks after it. The oldest come first. */
  #forget(): void {
    for (const [approvalId, { call, expiresAt }] of this.#byId) {
      if (Date.now() < expiresAt + APPROVAL_MS) return;
      this.#byId.delete(approvalId);
      if (this.#byCall.get(call)?.every((other) => Date.now() >= other.expiresAt)) this.#byCall.delete(call);
    }
  }

  #find(approvalId: string): Remembered {
    const remembered = this.#byId.get(approvalId);
    if (!remembered) throw new GatewayError('configuration', `There is no approval ${approvalId}.`, { status: 404 });
    if (remembered.approval.status === 'pending' && Date.now() >= remembered.expiresAt) {
      remembered.approval = { status: 'expired' };
    }
    return remembered;
  }
}
