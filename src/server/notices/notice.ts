import { createHash } from 'node:crypto';
import type { StoredApproval } from '../../embedded/approvals/approval-store.ts';
import type { GatewayEvent } from '../../embedded/gateway-events.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { ApprovalView } from '../approval-json.ts';
import { approvalHead, approvalView } from '../approval-view.ts';

/** The approval of a notice. It has no part of the arguments, unless the receiver has `arguments: true`. */
export interface NoticedApproval
  extends
    Pick<
      ApprovalView,
      | 'approval_id'
      | 'status'
      | 'function_name'
      | 'tool_name'
      | 'operation'
      | 'risk_band'
      | 'policy_name'
      | 'rule_id'
      | 'key_id'
      | 'key_name'
      | 'agent_id'
      | 'agent_name'
      | 'principal_id'
      | 'created_at'
      | 'expires_at'
      | 'decided_at'
      | 'decided_by'
    >,
    Partial<Pick<ApprovalView, 'summary' | 'reason' | 'note' | 'redacted_arguments' | 'redacted_fields'>> {
  /** The call on the approvals page. */
  readonly approval_url: string;
}

type NoticeData =
  | { readonly type: 'approval-requested'; readonly data: NoticedApproval }
  /** Approved, denied or expired. */
  | { readonly type: 'approval-settled'; readonly data: NoticedApproval }
  | {
      readonly type: 'frozen';
      readonly data: { readonly by?: string; readonly reason?: string; readonly voided: number };
    }
  | { readonly type: 'unfrozen'; readonly data: { readonly by?: string } }
  | {
      readonly type: 'policy-changed';
      /** `policy_names` are those in effect; `applied` and `by` are absent for changed files. */
      readonly data: { readonly policy_names: readonly string[]; readonly applied?: string; readonly by?: string };
    };

/** The body of a webhook. */
export type Notice = NoticeData & {
  /** The header `webhook-id`. It stays the same when the notice is sent again. */
  readonly id: string;
  /** ISO 8601. */
  readonly timestamp: string;
};

export type NoticeType = Notice['type'];

/** Builds a notice. Equal facts have the same id, also after a restart and on another machine. */
function newNotice(content: NoticeData, at: Date, facts: readonly unknown[]): Notice {
  const hash = createHash('sha256').update(JSON.stringify([content.type, ...facts]));
  return { id: `msg_${hash.digest('base64url').slice(0, 24)}`, timestamp: at.toISOString(), ...content };
}

/** Builds the notice of an event that is not about an approval; undefined for the others. */
export function noticeOf(event: GatewayEvent): Notice | undefined {
  switch (event.type) {
    case 'freeze': {
      const { by, reason, at } = event.freeze;
      const data = omitUndefined({ by, reason, voided: event.voided });
      return newNotice({ type: 'frozen', data }, at, [at, by]);
    }
    case 'unfreeze': {
      const { by, at } = event;
      return newNotice({ type: 'unfrozen', data: omitUndefined({ by }) }, at, [at, by]);
    }
    case 'policy-change': {
      const { policyNames, applied, by, at } = event;
      const data = omitUndefined({ policy_names: policyNames, applied, by });
      return newNotice({ type: 'policy-changed', data }, at, [at, policyNames, applied, by]);
    }
    case 'decision':
    case 'output':
    case 'approval':
    case 'grant':
      return undefined;
  }
}

function argumentFacts({ summary, reason, note, redacted_arguments, redacted_fields }: ApprovalView) {
  return { summary, reason, note, redacted_arguments, redacted_fields };
}

/** @param page the origin of the approvals page */
export function approvalNotice(
  type: 'approval-requested' | 'approval-settled',
  approval: StoredApproval,
  options: { readonly page: string; readonly withArguments: boolean; readonly at: Date },
): Notice {
  const { page, withArguments, at } = options;
  const viewer = { name: '', roles: [] };
  const view = approvalHead(approval, viewer);
  const data: NoticedApproval = omitUndefined({
    approval_id: view.approval_id,
    approval_url: `${page}/#${view.approval_id}`,
    status: type === 'approval-requested' ? 'pending' : view.status,
    function_name: view.function_name,
    tool_name: view.tool_name,
    operation: view.operation,
    risk_band: view.risk_band,
    policy_name: view.policy_name,
    rule_id: view.rule_id,
    key_id: view.key_id,
    key_name: view.key_name,
    agent_id: view.agent_id,
    agent_name: view.agent_name,
    principal_id: view.principal_id,
    created_at: view.created_at,
    expires_at: view.expires_at,
    decided_at: view.decided_at,
    decided_by: view.decided_by,
    ...(withArguments ? argumentFacts(approvalView(approval, viewer)) : {}),
  });
  return newNotice({ type, data }, at, [approval.approvalId, data.status]);
}
