import { z } from 'zod';
import type { StoredApproval } from '../embedded/approvals/approval-store.ts';
import { GatewayError } from '../runner/gateway/gateway-error.ts';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { isApprovalId } from '../runner/gateway/interven-wire.ts';
import { approvalHead, approvalView, type ApprovalHead } from './approval-view.ts';
import type { Agent } from './doors.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { limitOf } from './limit-of.ts';
import { jsonOf } from './request-body.ts';
import type { Call, Route } from './route.ts';
import { checked } from './scan-request.ts';

const LONGEST_NOTE = 1_000;
const LISTED = 200;
const MOST_LISTED = 1_000;

const decidingSchema = z.strictObject({
  note: z.string('It must be a text.').max(LONGEST_NOTE, `It must have ${LONGEST_NOTE} characters at most.`).nullish(),
});

/** What agents and approvers do with approvals. */
export function approvalRoutes(gateway: EmbeddedGateway, now: () => number): readonly Route[] {
  const decide =
    (verb: 'approve' | 'deny') =>
    async ({ request, param }: Call, { name }: { readonly name: string }): Promise<ApprovalHead> => {
      const id = approvalIdOf(param('id'));
      const note = await noteOf(request);
      try {
        await gateway[verb](id, { decidedBy: name, ...(note === '' ? {} : { note }) });
      } catch (error) {
        throw await refusalOf(error, gateway, id);
      }
      const approval = await find(gateway, id);
      if (!approval) throw unknownApproval();
      return approvalHead(approval);
    };

  return [
    {
      method: 'GET',
      path: '/v1/approvals/:id/status',
      door: 'agent',
      serve: async ({ param }, agent) => status(gateway, param('id'), agent),
    },
    {
      method: 'GET',
      path: '/v1/approvals/:id',
      door: 'approver',
      async serve({ param }) {
        const approval = await find(gateway, approvalIdOf(param('id')));
        if (!approval) throw unknownApproval();
        return approvalView(approval);
      },
    },
    {
      method: 'GET',
      path: '/v1/approvals',
      door: 'approver',
      async serve({ url }) {
        const wanted = url.searchParams.get('status') ?? undefined;
        if (wanted !== undefined && !STATUSES.includes(wanted)) {
          throw invalid('status', `It must be one of ${STATUSES.join(', ')}.`);
        }
        const limit = limitOf(url.searchParams, LISTED, MOST_LISTED);
        const all = (await gateway.approvals()).filter(({ status }) => wanted === undefined || status === wanted);
        const listed = all.toSorted(byUrgency).slice(0, limit);
        return { approvals: listed.map(approvalHead), now: new Date(now()).toISOString() };
      },
    },
    { method: 'POST', path: '/v1/approvals/:id/approve', door: 'approver', serve: decide('approve') },
    { method: 'POST', path: '/v1/approvals/:id/deny', door: 'approver', serve: decide('deny') },
  ];
}

const STATUSES: readonly string[] = ['pending', 'approved', 'denied', 'expired'] satisfies StoredApproval['status'][];

/**
 * What waits, soonest to expire first, so that no number of later calls hides it; after it the rest, what ended last first, so that
 * none of them does.
 */
function byUrgency(one: StoredApproval, other: StoredApproval): number {
  const [waits, otherWaits] = [one, other].map(({ status }) => status === 'pending');
  if (waits !== otherWaits) return waits ? -1 : 1;
  return waits ? one.expiresAt - other.expiresAt : endOf(other) - endOf(one);
}

function endOf({ status, decidedAt, expiresAt }: StoredApproval): number {
  return status === 'expired' ? expiresAt : (decidedAt?.getTime() ?? expiresAt);
}

/** For the key alone that asked. The note stays with people and the record. */
async function status(gateway: EmbeddedGateway, id: string, agent: Agent): Promise<object> {
  try {
    const { status, decidedBy, decidedAt } = await gateway.approvalStatus(approvalIdOf(id), { key: agent.id });
    return { status, decided_by: decidedBy, decided_at: decidedAt?.toISOString() };
  } catch (error) {
    throw isUnknown(error) ? unknownApproval() : error;
  }
}

async function noteOf(request: Request): Promise<string> {
  // A decision needs no words, and so no body.
  if (!request.body) return '';
  return checked(decidingSchema, await jsonOf(request)).note?.trim() ?? '';
}

/** Why nothing was decided; of two approvers at once the second is told of the first. */
async function refusalOf(error: unknown, gateway: EmbeddedGateway, id: string): Promise<unknown> {
  if (!(error instanceof GatewayError)) return error;
  const approval = isUnknown(error) ? undefined : await find(gateway, id);
  if (!approval) return unknownApproval();
  const { status, decidedBy, decidedAt } = approval;
  const facts = { approval_id: id, status, decided_by: decidedBy, decided_at: decidedAt?.toISOString() };
  return status === 'expired'
    ? new Refusal(409, 'expired', 'This approval has expired.', { facts })
    : new Refusal(409, 'decided', 'Somebody has decided already.', { facts });
}

async function find(gateway: EmbeddedGateway, id: string): Promise<StoredApproval | undefined> {
  return (await gateway.approvals()).find(({ approvalId }) => approvalId === id);
}

function approvalIdOf(text: string): string {
  if (!isApprovalId(text)) throw unknownApproval();
  return text;
}

function isUnknown(error: unknown): boolean {
  return error instanceof GatewayError && error.status === 404;
}

function unknownApproval(): Refusal {
  return notFound('There is no such approval.');
}
