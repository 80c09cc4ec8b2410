import { setTimeout as sleep } from 'node:timers/promises';
import { listen, type Listening } from '../../src/internal/node-http.ts';
import type { Random } from './random.ts';

const WORDS = ['ALLOW', 'ALLOW', 'ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL', 'REQUIRE_APPROVAL'] as const;

/** One answer of the gateway. */
export interface Scan {
  readonly traceId: string;
  readonly key: string;
  readonly decision: (typeof WORDS)[number];
  /** What it put in the place of the call's `note`. */
  readonly note: string;
  readonly approvalId: string;
}

export interface PersonsWord {
  readonly key: string;
  status: 'pending' | 'approved' | 'denied' | 'expired';
  decidedAt: number;
}

/**
 * A gateway of Interven's protocol that never answers the same about one call twice in a row, and writes down what it said. Each approval
 * has an approver, who comes in their own time.
 */
export interface ChaosGateway extends Listening {
  readonly scans: readonly Scan[];
  readonly approvals: ReadonlyMap<string, PersonsWord>;
  /** Settles the approval, once and for all. */
  decide(approvalId: string): void;
}

export async function chaosGateway(random: Random): Promise<ChaosGateway> {
  const scans: Scan[] = [];
  const approvals = new Map<string, PersonsWord>();
  const lastWord = new Map<string, string>();

  const decide = (approvalId: string): void => {
    const approval = approvals.get(approvalId);
    if (approval?.status !== 'pending') return;
    approval.decidedAt = Date.now();
    approval.status = random.pick(['approved', 'approved', 'approved', 'denied', 'expired'] as const);
  };

  const scan = (key: string): Scan => {
    const decision = random.pick(WORDS.filter((word) => word !== lastWord.get(key)));
    lastWord.set(key, decision);
    const traceId = `trace-${scans.length}`;
    const made = { traceId, key, decision, note: `redacted by ${traceId}`, approvalId: `approval-${scans.length}` };
    scans.push(made);
    if (decision === 'REQUIRE_APPROVAL') approvals.set(made.approvalId, { key, status: 'pending', decidedAt: 0 });
    return made;
  };

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const approvalId = /^\/v1\/approvals\/([^/]+)\/status$/.exec(pathname)?.[1];
    if (approvalId !== undefined) {
      if (random.chance(0.4)) decide(approvalId);
      const { status = 'pending' } = approvals.get(approvalId) ?? {};
      return Response.json({ status });
    }
    const { body } = (await request.json()) as { body: { key: string } };
    const { decision, traceId, note, approvalId: id } = scan(body.key);
    await sleep(random.below(15));
    return Response.json({
      decision,
      trace_id: traceId,
      reason_codes: [],
      ...(decision === 'SANITIZE' ? { sanitized_body: { ...body, note } } : {}),
      ...(decision === 'REQUIRE_APPROVAL' ? { approval_id: id } : {}),
    });
  };

  return { ...(await listen(answer)), scans, approvals, decide };
}
