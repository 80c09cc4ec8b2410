import { randomUUID } from 'node:crypto';
import type { Approval, Decision, Gateway, ScanRequest } from '../core/gateway.ts';
import { EmbeddedApprovals, type Decider } from './embedded-approvals.ts';
import { hasSecret, redactPersonalData } from './embedded-rules.ts';

/**
 * A gateway in this process: no account, no network. Its rules are built in, the strictest that applies decides:
 *
 * 1. DENY what carries a secret (keys and tokens of the well-known issuers, private keys);
 * 2. REQUIRE_APPROVAL for what deletes (HTTP method DELETE);
 * 3. SANITIZE e-mail addresses and payment card numbers, except where an address is the point (`to`, `email`, …);
 * 4. ALLOW the rest.
 *
 * Approvals are kept in memory for ten minutes: whoever decides calls {@link approve} or {@link deny} with the id that
 * `onApprovalRequested` told. An approval clears one call, a refusal every equal one.
 */
export class EmbeddedGateway implements Gateway {
  readonly #approvals = new EmbeddedApprovals();

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
      const said = this.#approvals.ask(request);
      const reasons = ['DESTRUCTIVE_OPERATION'];
      if (said === 'denied') return complete({ decision: 'DENY' as const }, [...reasons, 'APPROVAL_DENIED'], []);
      if (said !== 'approved') return complete({ decision: 'REQUIRE_APPROVAL' as const, ...said }, reasons, []);
    }
    const sanitizedBody = redactPersonalData(request.body);
    if (sanitizedBody !== request.body) {
      return complete({ decision: 'SANITIZE' as const, sanitizedBody }, ['PII'], ['PII']);
    }
    return complete({ decision: 'ALLOW' as const }, [], []);
  }

  async approvalStatus(approvalId: string): Promise<Approval> {
    return this.#approvals.status(approvalId);
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  approve(approvalId: string, by: Decider = {}): void {
    this.#approvals.decide(approvalId, 'approved', by);
  }

  /** @throws GatewayError for an id that was never given out, or that is decided or expired */
  deny(approvalId: string, by: Decider = {}): void {
    this.#approvals.decide(approvalId, 'denied', by);
  }
}
