import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import type { Approval, ScanRequest } from '../../runner/gateway/gateway.ts';
import { GatewayError } from '../../runner/gateway/gateway-error.ts';
import type { ApprovalStore, StoredApproval } from './approval-store.ts';
import { askedCall, isSameAsker, type AskedCall } from './asked-call.ts';
import { withChange } from './kept-call.ts';
import type { ScanOrigin } from './scan-origin.ts';

/** An approval lives as long as the hosted gateway's. */
const APPROVAL_MS = 600_000;

/** Somebody else's change is looked at again, but not for ever. */
const MOST_ATTEMPTS = 10;

/** What one asker may have waiting: more than people decide in ten minutes, and little enough to be listed and kept. */
const MOST_PENDING = 200;
const MOST_PENDING_BYTES = 16_000_000;

/** Who decided, and what they say about it. */
export type Decider = Pick<Approval, 'decidedBy' | 'note'>;

/** Why the approval is needed, for the one who decides. */
export type Reasons = Pick<StoredApproval, 'reasonCodes' | 'policyName' | 'ruleId' | 'resources' | 'outline'>;

/** What was said of a call already, the id of the approval that it needs, or that its asker has too many that wait. */
export type Said = 'approved' | 'denied' | 'too many' | { readonly approvalId: string };

/**
 * The rules of approvals, over any store (Interven's): an approval lives for ten minutes; approved, it clears one call equal to
 * the one it was asked for; denied, it denies every equal call as long as it lives.
 */
export class Approvals {
  readonly #store: ApprovalStore;
  readonly #now: () => number;
  /** One after the other, so that all are counted. */
  readonly #addOne = pLimit(1);

  constructor(store: ApprovalStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** A call of an asker with 200 approvals pending already, or 16 MB of such calls, is not asked about. */
  async ask(request: ScanRequest, reasons: Reasons, origin: ScanOrigin = {}): Promise<Said> {
    // At once: nobody can change what was judged.
    const call = askedCall(request, origin);
    const now = this.#now();
    const earlier = (await this.#store.byCall(call.callHash)).filter(({ expiresAt }) => now < expiresAt);
    if (earlier.some(({ status }) => status === 'denied')) return 'denied';
    for (const approval of earlier) {
      const isFree = approval.status === 'approved' && !approval.usedBy;
      if (isFree && (await this.#store.change(approval, { usedBy: 'scan' }))) return 'approved';
    }
    return this.#addOne(async () => ((await this.#hasRoom(call)) ? this.#add(call, reasons) : 'too many'));
  }

  /**
   * What became of an approval. Whoever is told that it is approved runs the call: it is used then. The asker is told so again, as
   * the reply may have been lost, but not after its ten minutes. One that an equal scan has used is over.
   *
   * @param key whose approval it must be; without one it may be anybody's
   * @throws GatewayError for an id that was never given out, or not to this key, and when the store lets nobody change the approval
   */
  async status(approvalId: string, key?: string): Promise<StoredApproval> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const approval = await this.#find(approvalId);
      if (key !== undefined && approval.key !== key) throw unknown(approvalId);
      if (approval.status !== 'approved') return approval;
      const isOver = approval.usedBy === 'scan' || this.#now() >= approval.expiresAt;
      if (isOver) return withChange(approval, { status: 'expired' });
      if (approval.usedBy) return approval;
      const used = { usedBy: 'asker' } as const;
      if (await this.#store.change(approval, used)) return withChange(approval, used);
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
      if (await this.#store.change(approval, change)) return withChange(approval, change);
    }
    throw new GatewayError('configuration', `Approval ${approvalId} is ${whatBecameOf(await this.#find(approvalId))}.`);
  }

  async list(): Promise<readonly StoredApproval[]> {
    return (await this.#store.list()).map((approval) => this.#current(approval));
  }

  async #hasRoom(call: AskedCall): Promise<boolean> {
    const waiting = (await this.list()).filter((other) => other.status === 'pending' && isSameAsker(call, other));
    const bytes = [call, ...waiting].reduce((sum, { callBytes = 0 }) => sum + callBytes, 0);
    return waiting.length < MOST_PENDING && bytes <= MOST_PENDING_BYTES;
  }

  async #add(call: AskedCall, reasons: Reasons): Promise<{ readonly approvalId: string }> {
    const approvalId = randomUUID();
    const createdAt = this.#now();
    const times = { createdAt, expiresAt: createdAt + APPROVAL_MS };
    await this.#store.add({ approvalId, ...call, ...reasons, ...times, status: 'pending' });
    return { approvalId };
  }

  async #find(approvalId: string): Promise<StoredApproval> {
    const approval = await this.#store.get(approvalId);
    if (!approval) throw unknown(approvalId);
    return this.#current(approval);
  }

  #current(approval: StoredApproval): StoredApproval {
    const isOpen = approval.status === 'pending' || (approval.status === 'approved' && !approval.usedBy);
    const isOver = isOpen && this.#now() >= approval.expiresAt;
    return isOver ? withChange(approval, { status: 'expired' }) : approval;
  }
}

function unknown(approvalId: string): GatewayError {
  return new GatewayError('configuration', `There is no approval ${approvalId}.`, { status: 404 });
}

/** Such as "denied already, by ann at 2026-03-01T12:00:00.000Z". */
function whatBecameOf({ status, decidedBy, decidedAt }: StoredApproval): string {
  if (status === 'expired' || !decidedAt) return `${status} already`;
  return `${status} already, ${decidedBy === undefined ? '' : `by ${decidedBy} `}at ${decidedAt.toISOString()}`;
}
