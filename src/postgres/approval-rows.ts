import { callEndOf } from '../embedded/approvals/approval-index.ts';
import { approvalOf } from '../embedded/approvals/approval-lines.ts';
import type { ApprovalQuery, StoredApproval } from '../embedded/approvals/approval-store.ts';
import { withLazyCall, withoutCall } from '../embedded/approvals/lazy-arguments.ts';
import { limitedBy } from '../embedded/approvals/requested-call.ts';
import { canonicalHash } from '../internal/json.ts';

/** A row of the table of approvals, as the statements select it. */
export interface ApprovalRow {
  readonly id: string;
  readonly revision: string;
  readonly entry: string;
  readonly is_call_gone: boolean;
  readonly arguments: string | null;
  readonly headers: string | null;
  readonly void_note: string | null;
}

export const COLUMNS = 'id, revision::text, entry, is_call_gone, void_note';

/** @throws Error for a row that this version cannot read */
export function fromRow(row: ApprovalRow): StoredApproval {
  const call = { arguments: row.arguments ?? undefined, headers: row.headers ?? undefined };
  const change = row.void_note === null ? {} : { status: 'expired' as const, note: row.void_note };
  const approval = withLazyCall({ ...parsed(row), ...change }, call);
  return row.is_call_gone ? withoutCall(approval) : approval;
}

function parsed({ id, entry }: ApprovalRow): StoredApproval {
  try {
    return approvalOf(JSON.parse(entry));
  } catch (cause) {
    throw new Error(`Approval ${id} in Postgres cannot be read. Use the newest version on all machines.`, { cause });
  }
}

/** The columns that change with an approval, in this order. */
export const CHANGING = ['status', 'used_by', 'ended_at', 'call_ends_at', 'entry'] as const;

export function changingValues(approval: StoredApproval): Record<(typeof CHANGING)[number], unknown> {
  const { status, usedBy, decidedAt, expiresAt } = approval;
  const callEndsAt = callEndOf(approval);
  return {
    status,
    used_by: usedBy ?? null,
    ended_at: decidedAt?.getTime() ?? expiresAt,
    call_ends_at: approval.isCallGone || callEndsAt === Infinity ? null : callEndsAt,
    entry: entryOf(approval),
  };
}

function entryOf(approval: StoredApproval): string {
  // Their getters would parse them.
  const {
    arguments: _arguments,
    headers: _headers,
    isCallGone: _gone,
    ...rest
  } = Object.getOwnPropertyDescriptors(approval);
  return JSON.stringify(Object.defineProperties({}, rest));
}

export function requesterHash(requester: NonNullable<ApprovalQuery['requester']>): string {
  return canonicalHash(limitedBy(requester));
}
