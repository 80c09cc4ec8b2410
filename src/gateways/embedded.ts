import { randomUUID } from 'node:crypto';
import type { Approval, Decision, Gateway, ScanRequest } from '../core/gateway.ts';
import { GatewayError } from '../errors.ts';
import { hasSecret, redactPersonalData } from './embedded-rules.ts';

/** An approval lives as long as the hosted gateway's. */
const APPROVAL_MS = 600_000;

interface Remembered {
  readonly expiresAt: number;
  approval: Approval;
}

/**
 * A gateway in this process: no account, no network. Its rules are built in, the strictest that applies decides:
 *
 * 1. DENY what carries a secret (keys and tokens of the well-known issuers, private keys);
 * 2. REQUIRE_APPROVAL for what deletes (HTTP method DELETE);
 * 3. SANITIZE e-mail addresses and payment card numbers, except where an address is the point (`to`, `email`, …);
 * 4. ALLOW the rest.
 *
 * Approvals are kept in memory: whoever decides calls {@link approve} or {@link deny} with the id that
 * `onApprovalRequested` told.
 */
export class EmbeddedGateway implements Gateway {
  readonly #approvals = new Map<string, Remembered>();

  async scan(request: ScanRequest): Promise<Decision> {
    const facts = { traceId: randomUUID(), toolName: 'custom_proxy', operation: request.functionName };
    const complete = <Kind extends Partial<Decision>>(
      decision: Kind,
      reasonCodes: string[],
      classifications: string[],
    ) => {
      const made = { ...facts, reasonCodes, classifications, ...decision };
      return { ...made, raw: made };
    };

    if (hasSecret(request.body)) {
      return complete({ decision: 'DENY' as const }, ['SECRET_DETECTED'], ['SECRETS']);
    }
    if (request.method.toUpperCase() === 'DELETE') {
      const approvalId = randomUUID();
      this.#forget();
      this.#approvals.set(approvalId, { expiresAt: Date.now() + APPROVAL_MS, approval: { status: 'pending' } });
      return complete({ decision: 'REQUIRE_APPROVAL' as const, approvalId }, ['DESTRUCTIVE_OPERATION'], []);
    }
    const sanitizedBody = redactPersonalData(request.body);
    if (sanitizedBody !== request.body) {
      return complete({ decision: 'SANITIZE' as const, sanitizedBody }, ['PII'], ['PII']);
    }
    return complete({ decision: 'ALLOW' as const }, [], []);
  }

  async approvalStatus(approvalId: string): Promise<Approval> {
    const { approval } = this.#find(approvalId);
    return approval;
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  approve(approvalId: string, by: Omit<Approval, 'status' | 'decidedAt'> = {}): void {
    this.#decide(approvalId, 'approved', by);
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  deny(approvalId: string, by: Omit<Approval, 'status' | 'decidedAt'> = {}): void {
    this.#decide(approvalId, 'denied', by);
  }

  #decide(approvalId: string, status: 'approved' | 'denied', by: Omit<Approval, 'status' | 'decidedAt'>): void {
    const remembered = this.#find(approvalId);
    if (remembered.approval.status !== 'pending') {
      throw new GatewayError('configuration', `Approval ${approvalId} is ${remembered.approval.status} already.`);
    }
    remembered.approval = { ...by, status, decidedAt: new Date() };
  }

  /** What expired so long ago that nobody asks after it. The oldest come first. */
  #forget(): void {
    for (const [approvalId, { expiresAt }] of this.#approvals) {
      if (Date.now() < expiresAt + APPROVAL_MS) return;
      this.#approvals.delete(approvalId);
    }
  }

  #find(approvalId: string): Remembered {
    const remembered = this.#approvals.get(approvalId);
    if (!remembered) throw new GatewayError('configuration', `There is no approval ${approvalId}.`, { status: 404 });
    if (remembered.approval.status === 'pending' && Date.now() >= remembered.expiresAt) {
      remembered.approval = { status: 'expired' };
    }
    return remembered;
  }
}
