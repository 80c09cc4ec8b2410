import { z } from 'zod';
import type { StoredApproval } from '../embedded/approvals/approval-store.ts';
import { GatewayError } from '../runner/gateway/gateway-error.ts';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { isApprovalId } from '../runner/gateway/interven-wire.ts';
import type { ApprovalHead } from './approval-json.ts';
import { agentStatus, approvalHead, approvalView, statusView } from './approval-view.ts';
import type { Approver } from './authenticate.ts';
import type { Agent } from './credentials.ts';
import { invalidRequest, notFound, HttpError } from './http-error.ts';
import { queryLimit, readJson, shortString, validate } from './read-request.ts';
import { get, post, type RequestContext, type Route } from './router.ts';
import { EditError } from '../embedded/approvals/edit.ts';
import { isJsonObject, type JsonObject } from '../internal/json.ts';

const MAX_NOTE_LENGTH = 1_000;
const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1_000;

const note = shortString(MAX_NOTE_LENGTH).nullish();
const grant = z.strictObject({
  for: z.enum(['conversation', 'similar'], 'It must be "conversation" or "similar".'),
  pinned: z.array(z.string(), 'It must be an array of names of arguments.').optional(),
  until: z.iso
    .datetime({ offset: true, error: 'It must be a time in ISO 8601, such as 2026-03-01T12:00:00Z.' })
    .transform((written) => new Date(written))
    .optional(),
});
/** The bodies of decisions. */
const SCHEMAS = {
  approve: z.strictObject({
    note,
    arguments: z.custom<JsonObject>(isJsonObject, 'It must be a JSON object.').optional(),
    grant: grant.optional(),
  }),
  deny: z.strictObject({ note }),
};

/** Serves the status of an approval to agents, and the list, single approvals and decisions to approvers. */
export function approvalRoutes(gateway: EmbeddedGateway, now: () => number): readonly Route[] {
  const decide =
    (verb: 'approve' | 'deny') =>
    async ({ request, param }: RequestContext, approver: Approver): Promise<ApprovalHead> => {
      const id = approvalIdOf(param('id'));
      const { name, roles } = approver;
      const { note: written, ...options } = request.body ? validate(SCHEMAS[verb], await readJson(request)) : {};
      const by = { decidedBy: name, roles, note: written?.trim() || undefined };
      try {
        return approvalHead(await gateway[verb](id, { ...by, ...options }), approver);
      } catch (error) {
        throw await toHttpError(error, gateway, id);
      }
    };

  return [
    get('/v1/approvals/:id/status', 'agent', async ({ param }, agent) => status(gateway, param('id'), agent)),
    get('/v1/approvals/:id', 'approver', async ({ param }, approver) => {
      const approval = await gateway.approval(approvalIdOf(param('id')));
      if (!approval) throw unknownApproval();
      return approvalView(approval, approver);
    }),
    get('/v1/approvals', 'approver', async ({ url }, approver) => {
      const written = url.searchParams.get('status') ?? undefined;
      const filter = STATUSES.find((status) => status === written);
      if (filter !== written) throw invalidRequest('status', `It must be one of ${STATUSES.join(', ')}.`);
      const limit = queryLimit(url.searchParams, DEFAULT_LIMIT, MAX_LIMIT);
      const listed = await gateway.approvals({ status: filter, limit });
      return { approvals: listed.map((each) => approvalHead(each, approver)), now: new Date(now()).toISOString() };
    }),
    post('/v1/approvals/:id/approve', 'approver', decide('approve')),
    post('/v1/approvals/:id/deny', 'approver', decide('deny')),
  ];
}

const STATUSES: readonly StoredApproval['status'][] = ['pending', 'approved', 'denied', 'expired'];

/** Returns an approval's status, without the note, to the key that requested it. */
async function status(gateway: EmbeddedGateway, id: string, agent: Agent): Promise<object> {
  try {
    return agentStatus(await gateway.approvalStatus(approvalIdOf(id), { key: agent.id }));
  } catch (error) {
    throw isUnknown(error) ? unknownApproval() : error;
  }
}

/** Explains why the decision was not accepted. The second of two approvers learns the first one's decision. */
async function toHttpError(error: unknown, gateway: EmbeddedGateway, id: string): Promise<unknown> {
  if (!(error instanceof GatewayError)) return error;
  if (error instanceof EditError) {
    const { policyName, ruleId, reasonCodes } = error;
    const fields = { approval_id: id, policy_name: policyName, rule_id: ruleId, reason_codes: reasonCodes };
    return new HttpError(422, 'edit_refused', error.message, { fields });
  }
  if (error.status === 400) return new HttpError(400, 'grant_refused', error.message, { path: 'grant' });
  if (error.status === 403) return new HttpError(403, 'approver_refused', error.message);
  const approval = isUnknown(error) ? undefined : await gateway.approval(id);
  if (!approval) return unknownApproval();
  const fields = { approval_id: id, ...statusView(approval) };
  return approval.status === 'expired'
    ? new HttpError(409, 'expired', 'This approval has expired.', { fields })
    : new HttpError(409, 'decided', 'This approval is already decided.', { fields });
}

function approvalIdOf(id: string): string {
  if (!isApprovalId(id)) throw unknownApproval();
  return id;
}

function isUnknown(error: unknown): boolean {
  return error instanceof GatewayError && error.status === 404;
}

function unknownApproval(): HttpError {
  return notFound('Approval not found.');
}
