import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import { GatewayError } from '../../runner/gateway/gateway-error.ts';
import type {
  ApprovalQuery,
  ApprovalReasons,
  ApprovalStore,
  ApproverNeed,
  Freeze,
  GrantTerms,
  RequestedCall,
  StoredApproval,
  StoredGrant,
} from './approval-store.ts';
import { approversOf, changeOf, meets, refusalOf, type Decider } from './approvers.ts';
import { changeByEdit, type ApprovedArguments } from './edit.ts';
import { clears, givenGrant, isGrant, newGrant, type GrantOptions } from './grants.ts';
import { withChange } from './lazy-arguments.ts';
import {
  grantHashes,
  isSameRequester,
  limitedBy,
  requestedCall,
  type BoundTo,
  type ScanOrigin,
} from './requested-call.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** The lifetime of an approval in milliseconds, as in Interven's hosted gateway. */
const APPROVAL_MS = 600_000;

/** Maximum number of attempts to mark an approval as used while other gateways change it. */
const MAX_ATTEMPTS = 10;

const MAX_VOIDED_AT_ONCE = 20;

/** Maximum number per requester: more than approvers decide in ten minutes, and few enough to list and store. */
const MAX_ENDED = 100_000;
const MAX_PENDING = 200;
const MAX_PENDING_BYTES = 16_000_000;

/**
 * `denied`: an approver refused an equal call. `too many`: the requester has too many pending. Otherwise a new approval,
 * the one that an approver gave for an equal call, or the grant that clears the call.
 */
export type ApprovalAnswer =
  | 'denied'
  | 'too many'
  | { readonly status: 'pending' | 'granted'; readonly approvalId: string }
  | { readonly status: 'approved'; readonly approvalId: string; readonly approval: StoredApproval };

/** What the rules say about an approval. */
export interface ApprovalTerms {
  /** The approvers that it needs. Default: any one. */
  readonly approvers?: readonly ApproverNeed[];
  /** The grants that may clear the call, and that an approver may give. Default: none. */
  readonly grant?: Pick<GrantTerms, 'rules' | 'maxMinutes'> & { readonly for: readonly GrantOptions['for'][] };
}

/** An approver's decision, and the grant that was given with it. */
export interface Decided {
  readonly approval: StoredApproval;
  readonly grant?: StoredGrant;
}

/**
 * Interven's rules of approvals, over any store. An approval is valid for ten minutes. Once approved, it allows one
 * call equal to the requested one. Once denied, it denies every equal call until it expires. Calls of different
 * requesters are never equal.
 */
export class Approvals {
  readonly #store: ApprovalStore;
  readonly #now: () => number;
  readonly #boundTo: BoundTo;
  /** Approvals that have been seen to expire. They stay expired when the clock is set back. */
  readonly #ended = new Set<string>();
  /** The last approval that is being added, by requester: one at a time, so that the limits count all of them. */
  readonly #adding = new Map<string, Promise<unknown>>();

  constructor(store: ApprovalStore, now: () => number, boundTo: BoundTo = 'principal') {
    this.#store = store;
    this.#now = now;
    this.#boundTo = boundTo;
  }

  /**
   * Requests an approval, unless an approver has decided on an equal call or given a grant for it, or the requester has
   * 200 approvals or 16 MB of calls pending.
   */
  async ask(
    request: ScanRequest,
    reasons: ApprovalReasons,
    origin: ScanOrigin = {},
    { approvers: needs = [], grant }: ApprovalTerms = {},
  ): Promise<ApprovalAnswer> {
    // Copied before anything is awaited, so that the caller cannot change what was scanned.
    const call = requestedCall(request, origin, this.#boundTo);
    const mayGrant = grant && this.#grantTerms(request, origin, grant);
    const now = this.#now();
    const earlier = (await this.#store.byCall(call.callHash)).filter(
      ({ approvalId, expiresAt }) => now < expiresAt && !this.#ended.has(approvalId),
    );
    if (earlier.some(({ status }) => status === 'denied')) return 'denied';
    const grantId = mayGrant && (await this.#grantFor(call, mayGrant, needs));
    if (grantId !== undefined) return { status: 'granted', approvalId: grantId };
    for (const approval of earlier) {
      // A rule may need more approvers than it did.
      const isFree = approval.status === 'approved' && !approval.usedBy && meets(needs, approval, call.principalId);
      if (isFree && (await this.#store.change(approval, { usedBy: 'scan' })))
        return { status: 'approved', approvalId: approval.approvalId, approval };
    }
    return this.#inTurn(limitedBy(call), async () =>
      (await this.#hasRoom(call)) ? this.#add(call, { ...reasons, ...omitUndefined({ mayGrant }) }, needs) : 'too many',
    );
  }

  async #inTurn<T>(requester: string, work: () => Promise<T>): Promise<T> {
    const before = this.#adding.get(requester);
    const own = before ? before.then(work, work) : work();
    this.#adding.set(requester, own);
    try {
      return await own;
    } finally {
      if (this.#adding.get(requester) === own) this.#adding.delete(requester);
    }
  }

  /**
   * Reads the status of an approval. Reading `approved` uses the approval, because the requester then runs the call.
   * Until the approval expires, the requester reads `approved` again, so that it can retry after a lost response. The
   * status is `expired` if the scan of an equal call used the approval. During a freeze, `approved` reads as `pending`.
   *
   * @param key the key that must have requested it; without one, any approval is readable
   * @throws GatewayError for an unknown id or another key's approval, and if the store does not accept the change
   */
  async status(approvalId: string, key?: string): Promise<StoredApproval> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const approval = await this.#find(approvalId);
      if (key !== undefined && approval.key !== key) throw unknown(approvalId);
      if (approval.status !== 'approved') return approval;
      const isOver = approval.usedBy === 'scan' || this.#now() >= approval.expiresAt;
      if (isOver) return withChange(approval, { status: 'expired' });
      if (await this.#store.frozen()) return withChange(approval, { status: 'pending' });
      if (approval.usedBy) return approval;
      // Read again, as a freeze may have begun meanwhile.
      await this.#store.change(approval, { usedBy: 'asker' });
    }
    throw notAccepted(approvalId, 'marked as used');
  }

  /**
   * Records an approver's decision. Returns the approval, which is still pending if other approvers are missing, and the
   * grant that all approvers gave.
   *
   * @throws GatewayError for an unknown id (404), an approver that the rules do not accept (403), a grant that they do not
   * allow (400), and an approval that is decided or expired; EditError if another approver has edited the call
   */
  async decide(
    approvalId: string,
    status: 'approved' | 'denied',
    decider: Decider,
    approved?: ApprovedArguments,
    options?: GrantOptions,
  ): Promise<Decided> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const approval = await this.pending(approvalId);
      const edit = status === 'approved' ? changeByEdit(approval, approved) : {};
      const edited = withChange(approval, edit);
      const refusal = refusalOf(edited, status, decider);
      if (refusal !== undefined) throw new GatewayError('configuration', refusal, { status: 403 });
      const now = this.#now();
      const given = options && givenGrant(edited, options, now);
      const change = { ...edit, ...changeOf(edited, status, decider, new Date(now), given) };
      if (!(await this.#store.change(approval, change))) continue;
      const decided = withChange(approval, change);
      const { mayGrant } = approval;
      if (!given || !mayGrant || decided.status !== 'approved') return { approval: decided };
      const grant = newGrant(decided, given, mayGrant, now);
      await this.#store.add(grant);
      // One that began meanwhile has not seen the grant.
      const freeze = await this.#store.frozen();
      if (freeze) await this.voidLate(freeze, grant.approvalId);
      return { approval: decided, grant };
    }
    throw notAccepted(approvalId, 'decided');
  }

  /** @throws GatewayError for an unknown id (404), and an approval that is decided or expired */
  async pending(approvalId: string): Promise<StoredApproval> {
    const approval = await this.#find(approvalId);
    if (approval.status === 'pending') return approval;
    throw new GatewayError('configuration', alreadySettled(approval));
  }

  /** @throws GatewayError for an unknown id (404), and a grant that is no longer in effect */
  async revoke(grantId: string, by: string | undefined): Promise<StoredGrant> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const stored = await this.#store.get(grantId);
      if (!stored || !isGrant(stored)) throw unknown(grantId, 'grant');
      if (this.#current(stored).status !== 'approved')
        throw new GatewayError('configuration', `Grant ${grantId} is no longer in effect.`);
      const change = { status: 'expired', revoked: { at: new Date(this.#now()), ...omitUndefined({ by }) } } as const;
      if (await this.#store.change(stored, change)) return { ...withChange(stored, change), grant: stored.grant };
    }
    throw notAccepted(grantId, 'revoked');
  }

  /** Lists grants, oldest first. Those that are over are listed for ten minutes. */
  async grants(): Promise<readonly StoredGrant[]> {
    return (await this.#all({ kind: 'grant' })).filter(isGrant);
  }

  #grantTerms(
    request: ScanRequest,
    origin: ScanOrigin,
    { for: kinds, rules, maxMinutes }: NonNullable<ApprovalTerms['grant']>,
  ): GrantTerms | undefined {
    const hashes = grantHashes(request, origin, this.#boundTo, kinds);
    return Object.keys(hashes).length > 0 ? { rules, maxMinutes, ...hashes } : undefined;
  }

  /** Returns the id of a grant that clears the call. */
  async #grantFor(call: RequestedCall, terms: GrantTerms, needs: readonly ApproverNeed[]): Promise<string | undefined> {
    for (const hash of [terms.conversation, terms.similar]) {
      const stored = hash === undefined ? [] : await this.#store.byCall(hash);
      const now = this.#now();
      const found = stored.find((each) => isGrant(each) && clears(each, call, terms, needs, now));
      if (found) return found.approvalId;
    }
    return undefined;
  }

  /** Returns the freeze in effect. */
  async frozen(): Promise<Freeze | undefined> {
    return this.#store.frozen();
  }

  /** Begins a freeze and voids approvals if it says so, or ends the freeze. Returns the number of voided approvals. */
  async setFrozen(freeze: Freeze | undefined): Promise<number> {
    await this.#store.setFrozen(freeze);
    return freeze ? this.#voidAll(freeze) : 0;
  }

  /** Makes the approvals that could still clear a call expire, if the freeze voids them. Returns their number. */
  async #voidAll(freeze: Freeze): Promise<number> {
    if (freeze.pending === 'keep') return 0;
    if (this.#store.expireOpen) return this.#store.expireOpen(voidNote(freeze));
    const open = (await this.#all({ isOpen: true, isBrief: true })).filter(isOpen);
    // A store on another machine answers few requests at once, and each of them in time.
    const limit = pLimit(MAX_VOIDED_AT_ONCE);
    await Promise.all(open.map(async (approval) => limit(async () => this.#void(approval, freeze))));
    return open.length;
  }

  /** Does the same with an approval or a grant that was added while the freeze began. */
  async voidLate(freeze: Freeze, approvalId: string | undefined): Promise<void> {
    if (freeze.pending === 'keep' || approvalId === undefined) return;
    const approval = await this.#store.get(approvalId);
    if (approval) await this.#void(approval, freeze);
  }

  async #void(read: StoredApproval, freeze: Freeze): Promise<void> {
    const note = voidNote(freeze);
    let approval: StoredApproval | undefined = read;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (!approval || !isOpen(this.#current(approval))) return;
      if (await this.#store.change(approval, { status: 'expired', note })) return;
      approval = await this.#store.get(read.approvalId);
    }
    throw notAccepted(read.approvalId, 'voided');
  }

  /** Returns an approval; undefined for an unknown id, and for a grant. */
  async get(approvalId: string): Promise<StoredApproval | undefined> {
    const approval = await this.#store.get(approvalId);
    return approval && !isGrant(approval) ? this.#current(approval) : undefined;
  }

  /** Lists approvals, oldest first, or with a limit the most urgent ones first. */
  async list({ status, limit, ...query }: Omit<ApprovalQuery, 'at' | 'kind'> = {}): Promise<readonly StoredApproval[]> {
    const all = await this.#all({ ...query, status, limit, kind: 'approval' });
    const found = all.filter((each) => !isGrant(each) && (status === undefined || each.status === status));
    return limit === undefined ? found : found.toSorted(byUrgency).slice(0, limit);
  }

  /** Lists approvals and grants, with their status at this time. */
  async #all(query: Omit<ApprovalQuery, 'at'>): Promise<readonly StoredApproval[]> {
    return (await this.#store.list({ ...query, at: this.#now() })).map((approval) => this.#current(approval));
  }

  async #hasRoom(call: RequestedCall): Promise<boolean> {
    const listed = await this.list({ status: 'pending', requester: call, isBrief: true });
    const pending = listed.filter((other) => isSameRequester(call, other));
    const bytes = [call, ...pending].reduce((sum, { callBytes = 0 }) => sum + callBytes, 0);
    return pending.length < MAX_PENDING && bytes <= MAX_PENDING_BYTES;
  }

  async #add(
    call: RequestedCall,
    reasons: ApprovalReasons & Pick<StoredApproval, 'mayGrant'>,
    needs: readonly ApproverNeed[],
  ): Promise<ApprovalAnswer> {
    const approvalId = randomUUID();
    const createdAt = this.#now();
    const times = { createdAt, expiresAt: createdAt + APPROVAL_MS };
    const approvers = approversOf(needs);
    await this.#store.add({
      approvalId,
      ...call,
      ...reasons,
      ...times,
      ...omitUndefined({ approvers }),
      status: 'pending',
    });
    return { status: 'pending', approvalId };
  }

  async #find(approvalId: string): Promise<StoredApproval> {
    const approval = await this.get(approvalId);
    if (!approval) throw unknown(approvalId);
    return approval;
  }

  #current(approval: StoredApproval): StoredApproval {
    const isUnused = approval.status === 'pending' || (approval.status === 'approved' && !approval.usedBy);
    const { approvalId, expiresAt } = approval;
    if (!isUnused || (this.#now() < expiresAt && !this.#ended.has(approvalId))) return approval;
    this.#ended.add(approvalId);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_ENDED && oldest !== undefined) this.#ended.delete(oldest);
    return withChange(approval, { status: 'expired' });
  }
}

/** Sorts pending approvals first, by expiry, so that later calls cannot hide them; then settled ones, newest first. */
function byUrgency(one: StoredApproval, other: StoredApproval): number {
  const [isPending, isOtherPending] = [one, other].map(({ status }) => status === 'pending');
  if (isPending !== isOtherPending) return isPending ? -1 : 1;
  return isPending ? one.expiresAt - other.expiresAt : endOf(other) - endOf(one);
}

function endOf({ status, decidedAt, expiresAt }: StoredApproval): number {
  return status === 'expired' ? expiresAt : (decidedAt?.getTime() ?? expiresAt);
}

function voidNote({ by }: Freeze): string {
  return `Voided by ${by === undefined ? 'a freeze' : `the freeze of ${by}`}.`;
}

/** Returns true if a call may still run by the approval. Its requester may read `approved` again after a lost response. */
function isOpen({ status, usedBy }: StoredApproval): boolean {
  return status === 'pending' || (status === 'approved' && usedBy !== 'scan');
}

function notAccepted(approvalId: string, what: string): GatewayError {
  return new GatewayError(
    'server_error',
    `Approval ${approvalId} cannot be ${what}: its store did not accept the change.`,
  );
}

function unknown(id: string, what = 'approval'): GatewayError {
  return new GatewayError('configuration', `There is no ${what} ${id}.`, { status: 404 });
}

/** Builds a message such as "Approval 4f… was already denied by ann at 2026-03-01T12:00:00.000Z." */
function alreadySettled({ approvalId, status, decidedBy, decidedAt }: StoredApproval): string {
  if (status === 'expired' || !decidedAt) return `Approval ${approvalId} is already ${status}.`;
  const by = decidedBy === undefined ? '' : ` by ${decidedBy}`;
  return `Approval ${approvalId} was already ${status}${by} at ${decidedAt.toISOString()}.`;
}
