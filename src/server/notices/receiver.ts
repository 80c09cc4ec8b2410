import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { sleep } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { checkBoolean, checkChoice, checkKeys } from '../../internal/checks.ts';
import { isLoopback, parseUrl } from '../../internal/url.ts';
import type { Notice, NoticeType } from './notice.ts';
import type { NoticeOutbox } from './outbox.ts';
import { secretBytes, signedHeaders } from './signature.ts';
import { messageOf } from '../../internal/error-message.ts';

/** A URL that gets notices as signed webhooks (https://www.standardwebhooks.com). */
export interface NoticeReceiver {
  /** An https address, or http on this machine. Redirects are not followed. */
  readonly url: string;
  /** `whsec_` and the base64 of 24 to 64 random bytes. */
  readonly secret: string;
  /** Default: all. */
  readonly types?: readonly NoticeType[] | undefined;
  /**
   * True to send the call's arguments with sensitive values replaced, its summary, the rule's reason and the approver's
   * note, which may quote arguments. Default: false.
   */
  readonly arguments?: boolean | undefined;
}

/** A receiver that does not confirm notices. */
export interface NoticeProblem {
  /** The origin of its URL; the rest may be secret. */
  readonly receiver: string;
  readonly type: NoticeType;
  readonly id: string;
  /** Such as `HTTP 503` or `timed out`. */
  readonly reason: string;
  /** True if the notice is lost; otherwise, the gateway tries again. */
  readonly isDropped: boolean;
}

export type OnNoticeProblem = (problem: NoticeProblem) => unknown;

export function warnOfNotice({ receiver, type, reason, isDropped }: NoticeProblem): void {
  const next = isDropped ? 'The notice is lost.' : 'The gateway tries again.';
  process.emitWarning(`${receiver} did not confirm the notice "${type}": ${reason}. ${next}`, {
    type: 'NoticeWarning',
  });
}

export interface ReceiverContext {
  readonly outbox: NoticeOutbox;
  readonly onProblem: OnNoticeProblem;
  readonly now: () => number;
}

const TYPES: readonly NoticeType[] = ['approval-requested', 'approval-settled', 'frozen', 'unfrozen', 'policy-changed'];
/** Milliseconds. Tests shorten them. */
export const NOTICE_LIMITS = { timeoutMs: 10_000, firstRetryMs: 1_000, maxRetryMs: 10 * 60_000, lookMs: 1_000 };
const MAX_WAITING = 1_000;
const MAX_CONCURRENT = 4;
const MAX_AGE_MS = 24 * 60 * 60_000;

/** Sends notices to one URL, each until it is confirmed, for a day at most. */
export class Receiver {
  readonly id: string;
  readonly withArguments: boolean;
  readonly #url: URL;
  readonly #secret: Buffer;
  readonly #types: readonly NoticeType[];
  readonly #outbox: NoticeOutbox;
  readonly #onProblem: OnNoticeProblem;
  readonly #limit = pLimit(MAX_CONCURRENT);
  /** The notices to deliver, oldest first, with what ends their delivery. */
  readonly #waiting = new Map<string, AbortController>();
  readonly #now: () => number;
  #isFailing = false;
  #isClosed = false;

  /** @throws TypeError for an invalid option; it quotes neither the URL nor the secret */
  constructor(option: string, receiver: NoticeReceiver, { outbox, onProblem, now }: ReceiverContext) {
    checkKeys(option, receiver, ['url', 'secret', 'types', 'arguments'] satisfies (keyof NoticeReceiver)[]);
    this.#url = receiverUrl(`${option}.url`, receiver.url);
    this.#secret = secretBytes(`${option}.secret`, receiver.secret);
    for (const type of receiver.types ?? []) checkChoice(`${option}.types`, type, TYPES);
    this.#types = receiver.types ?? TYPES;
    this.withArguments = checkBoolean(`${option}.arguments`, receiver.arguments) ?? false;
    this.id = createHash('sha256').update(this.#url.href).digest('hex').slice(0, 16);
    this.#outbox = outbox;
    this.#onProblem = onProblem;
    this.#now = now;
  }

  takes({ type }: Notice): boolean {
    return this.#types.includes(type);
  }

  isSending({ id }: Notice): boolean {
    return this.#waiting.has(id);
  }

  /**
   * Sends a notice in the background. Ignores one that is already being sent.
   *
   * @param isKept true for a notice from the outbox
   */
  send(notice: Notice, isKept = false): void {
    if (this.#isClosed || !this.takes(notice) || this.isSending(notice)) return;
    const [oldest] = this.#waiting.values();
    if (this.#waiting.size >= MAX_WAITING) oldest?.abort(new Error(`more than ${MAX_WAITING} notices wait`));
    const ended = new AbortController();
    this.#waiting.set(notice.id, ended);
    void this.#deliver(notice, ended.signal, isKept)
      .catch(() => undefined)
      .finally(() => this.#waiting.delete(notice.id));
  }

  /** Ends all deliveries. Those in the outbox are continued after a restart. */
  close(): void {
    this.#isClosed = true;
    for (const ended of this.#waiting.values()) ended.abort();
  }

  async #deliver(notice: Notice, ended: AbortSignal, isKept: boolean): Promise<void> {
    const delivery = { receiver: this.id, notice };
    // A full disk must not hold a notice back. Another process may have it already.
    if (!isKept && !(await this.#outbox.add(delivery).catch(() => true))) return;
    const { firstRetryMs, maxRetryMs } = NOTICE_LIMITS;
    const until = endOf(notice);
    for (let attempt = 1; ; attempt += 1) {
      const problem = await this.#limit(async () => this.#attempt(notice, ended));
      const isLate = this.#now() >= until;
      if (this.#isClosed) return;
      if (problem === undefined || problem === GONE || isLate || ended.aborted) {
        if (problem !== undefined) this.#report(notice, ended.aborted ? messageOf(ended.reason) : problem, true);
        this.#isFailing = problem !== undefined;
        await this.#outbox.remove(delivery);
        return;
      }
      if (!this.#isFailing) this.#report(notice, problem, false);
      this.#isFailing = true;
      await sleep(backoffMs(attempt, firstRetryMs, maxRetryMs), ended).catch(() => undefined);
    }
  }

  /** Returns why the receiver has not confirmed the notice; undefined if it has. */
  async #attempt(notice: Notice, ended: AbortSignal): Promise<string | undefined> {
    if (ended.aborted) return messageOf(ended.reason);
    const body = JSON.stringify(notice);
    const timeout = AbortSignal.timeout(NOTICE_LIMITS.timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signedHeaders(this.#secret, notice.id, body, this.#now()) },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([ended, timeout]),
      });
      // Nothing in it is of interest, and it may never end.
      void response.body?.cancel().catch(() => undefined);
      return response.ok ? undefined : `HTTP ${response.status}`;
    } catch {
      // The error may quote the URL.
      return timeout.aborted ? 'timed out' : 'no connection';
    }
  }

  #report({ type, id }: Notice, reason: string, isDropped: boolean): void {
    try {
      const called = this.#onProblem({ receiver: this.#url.origin, type, id, reason, isDropped });
      void Promise.resolve(called).catch(() => undefined);
    } catch {
      // A listener must not stop deliveries.
    }
  }
}

/** The receiver wants no more webhooks. */
const GONE = 'HTTP 410';

/** A request for an approval is of no use once it has expired. */
function endOf(notice: Notice): number {
  const day = Date.parse(notice.timestamp) + MAX_AGE_MS;
  return notice.type === 'approval-requested' ? Math.min(day, Date.parse(notice.data.expires_at)) : day;
}

function receiverUrl(option: string, value: unknown): URL {
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url && isSafe && url.username === '' && url.password === '') return url;
  throw new TypeError(`${option} must be an https URL without a user, or an http URL of this machine.`);
}
