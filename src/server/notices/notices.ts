import type { StoredApproval } from '../../embedded/approvals/approval-store.ts';
import type { EmbeddedGateway } from '../../embedded/embedded-gateway.ts';
import type { GatewayEvent } from '../../embedded/gateway-events.ts';
import { approvalNotice, noticeOf, type Notice } from './notice.ts';
import type { NoticeOutbox } from './outbox.ts';
import { NOTICE_LIMITS, Receiver, type NoticeReceiver, type OnNoticeProblem } from './receiver.ts';

export interface NoticeOptions {
  readonly receivers: readonly NoticeReceiver[];
  readonly outbox: NoticeOutbox;
  readonly onProblem: OnNoticeProblem;
  /** The origin of the approvals page. */
  readonly page: string;
  readonly now: () => number;
}

const MAX_OPEN = 10_000;

/** Sends notices of a gateway's events to receivers. Neither delays nor changes a decision. */
export class Notices {
  readonly #gateway: EmbeddedGateway;
  readonly #receivers: readonly Receiver[];
  readonly #page: string;
  readonly #now: () => number;
  /** The expiry of approvals without a decision, in epoch milliseconds, by id: the gateway emits no event for it. */
  readonly #open = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  /** @throws TypeError for an invalid receiver, or two with the same URL */
  constructor(gateway: EmbeddedGateway, { receivers, outbox, onProblem, page, now }: NoticeOptions) {
    const context = { outbox, onProblem, now };
    this.#gateway = gateway;
    this.#page = page;
    this.#now = now;
    this.#receivers = receivers.map((one, index) => new Receiver(`notices[${index}]`, one, context));
    if (new Set(this.#receivers.map(({ id }) => id)).size < receivers.length) {
      throw new TypeError('notices contains two receivers with the same url. Use one of them, or different URLs.');
    }
    this.#timer = setInterval(
      () => void this.#checkExpired().catch(() => undefined),
      NOTICE_LIMITS.expiryCheckMs,
    ).unref();
    void this.#resume(outbox).catch(() => undefined);
  }

  /** The listener for the gateway's `observe`. */
  readonly listener = async (event: GatewayEvent): Promise<void> => {
    const notice = noticeOf(event);
    if (notice) for (const receiver of this.#receivers) receiver.send(notice);
    if (event.type === 'freeze') await this.#checkExpired(Infinity);
    if (event.type === 'approval' && event.approval.status !== 'pending') this.#settled(event.approval);
    if (event.type === 'decision' && event.decision.decision === 'REQUIRE_APPROVAL') {
      const { approvalId = '' } = event.decision;
      // The agent may scan the same call again while its approval is pending.
      const approval = this.#open.has(approvalId) ? undefined : await this.#gateway.approval(approvalId);
      if (approval?.status !== 'pending' || this.#open.has(approvalId)) return;
      this.#watch(approval);
      this.#send('approval-requested', approval);
    }
  };

  close(): void {
    clearInterval(this.#timer);
    for (const receiver of this.#receivers) receiver.close();
  }

  async #resume(outbox: NoticeOutbox): Promise<void> {
    for (const delivery of await outbox.list()) {
      const receiver = this.#receivers.find(({ id }) => id === delivery.receiver);
      if (receiver) receiver.send(delivery.notice, true);
      else await outbox.remove(delivery);
    }
    for (const approval of await this.#gateway.approvals({ status: 'pending' })) this.#watch(approval);
  }

  #watch({ approvalId, expiresAt }: StoredApproval): void {
    if (this.#open.size < MAX_OPEN) this.#open.set(approvalId, expiresAt);
  }

  /** @param at checks the approvals that expire until then; default: now */
  async #checkExpired(at = this.#now()): Promise<void> {
    for (const [approvalId, expiresAt] of this.#open) {
      if (expiresAt > at) continue;
      const approval = await this.#gateway.approval(approvalId);
      if (approval?.status === 'pending') continue;
      this.#open.delete(approvalId);
      // The process in which an approver has decided sends the notice.
      if (approval && !approval.decidedAt) this.#settled(approval);
    }
  }

  #settled(approval: StoredApproval): void {
    this.#open.delete(approval.approvalId);
    this.#send('approval-settled', approval);
  }

  #send(type: Parameters<typeof approvalNotice>[0], approval: StoredApproval): void {
    const at = new Date(this.#now());
    const notices = new Map<boolean, Notice>();
    for (const receiver of this.#receivers) {
      const { withArguments } = receiver;
      const notice =
        notices.get(withArguments) ?? approvalNotice(type, approval, { page: this.#page, withArguments, at });
      notices.set(withArguments, notice);
      receiver.send(notice);
    }
  }
}
