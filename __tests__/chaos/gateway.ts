import { setTimeout as sleep } from 'node:timers/promises';
import { listen, type Listening } from '../../src/internal/node-http.ts';
import type { Random } from './random.ts';

const DECISIONS = ['ALLOW', 'ALLOW', 'ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL', 'REQUIRE_APPROVAL'] as const;

/** One decision of the gateway. */
export interface Scan {
  readonly traceId: string;
  readonly key: string;
  readonly decision: (typeof DECISIONS)[number];
  /** The redacted `note` of the call. */
  readonly note: string;
  readonly approvalId: string;
}

export interface ChaosApproval {
  readonly key: string;
  status: 'pending' | 'approved' | 'denied' | 'expired';
  decidedAt: number;
  /** True if the approver edits the call. Each reply then has another `note`: what is on disk has to run. */
  readonly isEdited: boolean;
  readonly body: object;
}

/**
 * A gateway with Interven's protocol that never gives two equal decisions in a row about one call, and records all of
 * them. The approver of each approval decides at a random moment.
 */
export interface ChaosGateway extends Listening {
  readonly scans: readonly Scan[];
  readonly approvals: ReadonlyMap<string, ChaosApproval>;
  /** Settles the approval for good. */
  decide(approvalId: string): void;
}

export async function chaosGateway(random: Random): Promise<ChaosGateway> {
  const scans: Scan[] = [];
  const approvals = new Map<string, ChaosApproval>();
  const lastDecision = new Map<string, string>();
  let replies = 0;

  const decide = (approvalId: string): void => {
    const approval = approvals.get(approvalId);
    if (approval?.status !== 'pending') return;
    approval.decidedAt = Date.now();
    approval.status = random.pick(['approved', 'approved', 'approved', 'denied', 'expired'] as const);
  };

  const scan = (body: { readonly key: string }): Scan => {
    const { key } = body;
    const decision = random.pick(DECISIONS.filter((other) => other !== lastDecision.get(key)));
    lastDecision.set(key, decision);
    const traceId = `trace-${scans.length}`;
    const made = { traceId, key, decision, note: `redacted by ${traceId}`, approvalId: `approval-${scans.length}` };
    scans.push(made);
    if (decision === 'REQUIRE_APPROVAL') {
      const isEdited = random.chance(0.5);
      approvals.set(made.approvalId, { key, status: 'pending', decidedAt: 0, isEdited, body });
    }
    return made;
  };

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const approvalId = /^\/v1\/approvals\/([^/]+)\/status$/.exec(pathname)?.[1];
    if (approvalId !== undefined) {
      if (random.chance(0.4)) decide(approvalId);
      const { status = 'pending', isEdited = false, body = {} } = approvals.get(approvalId) ?? {};
      if (status !== 'approved' || !isEdited) return Response.json({ status });
      replies += 1;
      return Response.json({ status, x_edited_arguments: { ...body, note: `edited in reply ${replies}` } });
    }
    const { body } = (await request.json()) as { body: { key: string } };
    const { decision, traceId, note, approvalId: id } = scan(body);
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
