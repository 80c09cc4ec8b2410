import type { StoredApproval } from '../../embedded/approvals/approval-store.ts';
import { withChange } from '../../embedded/approvals/lazy-arguments.ts';
import type { EmbeddedGateway } from '../../embedded/embedded-gateway.ts';
import type { GatewayEvent } from '../../embedded/gateway-events.ts';
import { approvalNotice, noticeOf, type Notice } from './notice.ts';
import type { Delivery, NoticeOutbox } from './outbox.ts';
import { NOTICE_LIMITS, Receiver, type NoticeReceiver, type OnNoticeProblem } from './receiver.ts';

export interface NoticeOptions {
  readonly receivers: readonly NoticeReceiver[];
  readonly outbox: NoticeOutbox;
  readonly onProblem: OnNoticeProblem;
  /** The origin of the approvals page. */
  readonly page: string;
  readonly now: () => number;
}

/** Sends notices of a gateway's events to receivers. Neither delays nor changes a decision. */
export class Notices {
  readonly #gateway: EmbeddedGateway;
  readonly #receivers: readonly Receiver[];
  readonly #outbox: NoticeOutbox;
  readonly #page: string;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  /** @throws TypeError for an invalid receiver, or two with the same URL */
  constructor(gateway: EmbeddedGateway, { receivers, outbox, onProblem, page, now }: NoticeOptions) {
    const context = { outbox, onProblem, now };
    this.#gateway = gateway;
    this.#outbox = outbox;
    this.#page = page;
    this.#now = now;
    this.#receivers = receivers.map((one, index) => new Receiver(`notices[${index}]`, one, context));
    if (new Set(this.#receivers.map(({ id }) => id)).size < receivers.length) {
      throw new TypeError('notices contains two receivers with the same url. Use one of them, or different URLs.');
    }
    const look = (): void => {
      // The outbox may be a database that does not answer.
      this.#looking ??= this.#deliver()
        .catch(() => undefined)
        .finally(() => (this.#looking = undefined));
    };
    this.#timer = setInterval(look, NOTICE_LIMITS.lookMs).unref();
    look();
    void this.#watchPending().catch(() => undefined);
  }

  /** The listener for the gateway's `observe`. */
  readonly listener = async (event: GatewayEvent): Promise<void> => {
    const notice = noticeOf(event);
    if (notice) for (const receiver of this.#receivers) receiver.send(notice);
    if (event.type === 'freeze' && event.voided > 0) await this.#sendVoided();
    if (event.type === 'approval' && event.approval.status !== 'pending') await this.#sendSettled(event.approval);
    if (event.type === 'decision' && event.decision.decision === 'REQUIRE_APPROVAL') {
      const approval = await this.#gateway.approval(event.decision.approvalId ?? '');
      if (approval?.status !== 'pending') return;
      this.#send('approval-requested', approval);
      await this.#watch(approval);
    }
  };

  close(): void {
    clearInterval(this.#timer);
    for (const receiver of this.#receivers) receiver.close();
  }

  /** Approvals may have been requested before this receiver was configured. */
  async #watchPending(): Promise<void> {
    for (const approval of await this.#gateway.approvals({ status: 'pending' })) await this.#watch(approval);
  }

  /** Keeps the notice that the approval has expired, for its expiry: the gateway emits no event then, and may not run. */
  async #watch(approval: StoredApproval): Promise<void> {
    await Promise.all(
      this.#expiries(approval).map(async (expiry) => this.#outbox.add({ ...expiry, dueAt: approval.expiresAt })),
    );
    // An approver may have been faster.
    if (isDecided(await this.#gateway.approval(approval.approvalId))) await this.#unwatch(approval);
  }

  async #unwatch(approval: StoredApproval): Promise<void> {
    await Promise.all(this.#expiries(approval).map(async (expiry) => this.#outbox.remove(expiry)));
  }

  #expiries(approval: StoredApproval): readonly Delivery[] {
    const at = new Date(approval.expiresAt);
    const expired = withChange(approval, { status: 'expired' });
    return this.#receivers.flatMap((receiver) => {
      const notice = this.#noticeOf('approval-settled', expired, receiver, at);
      return receiver.takes(notice) ? [{ receiver: receiver.id, notice }] : [];
    });
  }

  async #sendSettled(approval: StoredApproval): Promise<void> {
    this.#send('approval-settled', approval);
    await this.#unwatch(approval);
  }

  /** A freeze has made approvals expire early. */
  async #sendVoided(): Promise<void> {
    for (const approval of await this.#gateway.approvals({ status: 'expired' })) {
      if (approval.decidedAt || approval.expiresAt <= this.#now()) continue;
      this.#send('approval-settled', approval);
    }
  }

  #send(type: Parameters<typeof approvalNotice>[0], approval: StoredApproval): void {
    for (const receiver of this.#receivers) receiver.send(this.#noticeOf(type, approval, receiver));
  }

  /** Sends what is due, also what an earlier process has not delivered. */
  async #deliver(): Promise<void> {
    const ids = this.#receivers.map(({ id }) => id);
    for (const delivery of await this.#outbox.due(ids, this.#now())) {
      const receiver = this.#receivers.find(({ id }) => id === delivery.receiver);
      if (!receiver || receiver.isSending(delivery.notice)) continue;
      const decided = await this.#decidedSince(delivery);
      if (decided) receiver.send(this.#noticeOf('approval-settled', decided, receiver));
      if (decided || !receiver.takes(delivery.notice)) await this.#outbox.remove(delivery);
      else receiver.send(delivery.notice, true);
    }
  }

  /** Returns the approval of an expiry, if an approver has decided but the gateway has ended before it kept the notice of that. */
  async #decidedSince({ notice }: Delivery): Promise<StoredApproval | undefined> {
    if (notice.type !== 'approval-settled' || notice.data.status !== 'expired') return undefined;
    const approval = await this.#gateway.approval(notice.data.approval_id);
    return isDecided(approval) ? approval : undefined;
  }

  #noticeOf(
    type: Parameters<typeof approvalNotice>[0],
    approval: StoredApproval,
    { withArguments }: Receiver,
    at = new Date(this.#now()),
  ): Notice {
    return approvalNotice(type, approval, { page: this.#page, withArguments, at });
  }
}

function isDecided(approval: StoredApproval | undefined): boolean {
  return approval?.status === 'approved' || approval?.status === 'denied';
}
