import { randomUUID } from 'node:crypto';
import type { Approval, ScanRequest } from '../core/gateway.ts';
import { GatewayError } from '../errors.ts';
import { canonicalHash, freezeJson } from '../internal/json.ts';
import type { ApprovalStore, StoredApproval } from './approval-store.ts';

/** An approval lives as long as the hosted gateway's. */
const APPROVAL_MS = 600_000;

/** Somebody else's change is looked at again, but not for ever. */
const MOST_ATTEMPTS = 10;

/** Who decided, and what they say about it. */
export type Decider = Pick<Approval, 'decidedBy' | 'note'>;

/** Why the approval is needed, for the one who decides. */
export type Reasons = Pick<StoredApproval, 'reasonCodes' | 'policyName' | 'ruleId' | 'resources'>;

/**
 * The rules of approvals, over any store (Interven's): an approval lives for ten minutes; approved, it clears one call equal to
 * the one it was asked for; denied, it denies every equal call as long as it lives.
 */
export class Approvals {
  readonly #store: ApprovalStore;
  readonly #now: () => number;

  constructor(store: ApprovalStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** What was said of this very call, or the id of the approval that it needs. */
  async ask(request: ScanRequest, reasons: Reasons): Promise<'approved' | 'denied' | { readonly approvalId: string }> {
    const { functionName, method, url, body, agentId, agentName } = request;
    const callHash = canonicalHash([functionName, method, url, body, agentId ?? null, agentName ?? null]);
    const now = this.#now();
    const earlier = (await this.#store.byCall(callHash)).filter(({ expiresAt }) => now < expiresAt);
    if (earlier.some(({ status }) => status === 'denied')) return 'denied';
    for (const approval of earlier) {
      const isFree = approval.status === 'approved' && !approval.usedBy;
      if (isFree && (await this.#store.change(approval, { usedBy: 'scan' }))) return 'approved';
    }
    const approvalId = randomUUID();
    await this.#store.add({
      approvalId,
      callHash,
      functionName,
      method,
      url,
      // The caller may change what is not frozen, and then a person would see another call.
      arguments: Object.isFrozen(body) ? body : freezeJson(structuredClone(body)),
      ...(agentId === undefined ? {} : { agentId }),
      ...(agentName === undefined ? {} : { agentName }),
      ...reasons,
      createdAt: now,
      expiresAt: now + APPROVAL_MS,
      status: 'pending',
    });
    return { approvalId };
  }

  /**
   * What became of an approval. Whoever is told that it is approved runs the call: it is used then. One that an equal scan
   * has used is over.
   *
   * @throws GatewayError for an id that was never given out, and when the store lets nobody change the approval
   */
  async status(approvalId: string): Promise<StoredApproval> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const approval = await this.#find(approvalId);
      if (approval.usedBy === 'scan') return { ...approval, status: 'expired' };
      if (approval.status !== 'approved' || approval.usedBy) return approval;
      if (await this.#store.change(approval, { usedBy: 'asker' })) return { ...approval, usedBy: 'asker' };
    }
    throw new GatewayError('server_error', `Approval ${approvalId} cannot be marked as used in its store.`);
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  async decide(
    approvalId: string,
    status: 'approved' | 'denied',
    { decidedBy, note }: Decider,
  ): Promise<StoredApproval> {
    const approval = await this.#find(approvalId);
    if (approval.status === 'pending') {
      const change = {
        status,
        decidedAt: new Date(this.#now()),
        ...(decidedBy === undefined ? {} : { decidedBy }),
        ...(note === undefined ? {} : { note }),
      };
      if (await this.#store.change(approval, change)) return { ...approval, ...change };
    }
    const { status: now } = await this.#find(approvalId);
    throw new GatewayError('configuration', `Approval ${approvalId} is ${now} already.`);
  }

  async list(): Promise<readonly StoredApproval[]> {
    return (await this.#store.list()).map((approval) => this.#current(approval));
  }

  async #find(approvalId: string): Promise<StoredApproval> {
    const approval = await this.#store.get(approvalId);
    if (!approval) throw new GatewayError('configuration', `There is no approval ${approvalId}.`, { status: 404 });
    return this.#current(approval);
  }

  #current(approval: StoredApproval): StoredApproval {
    const isOpen = approval.status === 'pending' || (approval.status === 'approved' && !approval.usedBy);
    const isOver = isOpen && this.#now() >= approval.expiresAt;
    return isOver ? { ...approval, status: 'expired' } : approval;
  }
}
