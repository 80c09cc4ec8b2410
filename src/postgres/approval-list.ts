import type { ApprovalQuery } from '../embedded/approvals/approval-store.ts';
import { COLUMNS, requesterHash } from './approval-rows.ts';

const LIVE = `status = 'pending' AND expires_at > $1`;
const LAPSED = `status = 'pending' AND expires_at <= $1`;

/** A call may still run by it at the time $1. */
export const OPEN = `status IN ('pending', 'approved') AND used_by IS DISTINCT FROM 'scan' AND expires_at > $1`;

/** The condition of each status at the time $1. */
const WITH_STATUS = {
  pending: LIVE,
  approved: `status = 'approved' AND (used_by IS NOT NULL OR expires_at > $1)`,
  denied: `status = 'denied'`,
  expired: `(status = 'expired' OR status IN ('pending', 'approved') AND used_by IS NULL AND expires_at <= $1)`,
} satisfies Record<NonNullable<ApprovalQuery['status']>, string>;

/** Builds the statement of a list, and its parameters. */
export function listStatement(query: ApprovalQuery): { readonly text: string; readonly values: readonly unknown[] } {
  const { at, kind, status, requester, isOpen, limit, isBrief } = query;
  const values: unknown[] = [at];
  const conditions = [
    '$1::bigint IS NOT NULL',
    ...(kind ? [kind === 'grant' ? 'is_grant' : 'NOT is_grant'] : []),
    ...(status ? [WITH_STATUS[status]] : []),
    ...(requester ? [`requester = $${values.push(requesterHash(requester))}`] : []),
    ...(isOpen ? [OPEN] : []),
  ];
  const call = isBrief ? 'NULL::text AS arguments, NULL::text AS headers' : 'arguments, headers';
  const select = (columns: string, ...own: readonly string[]): string =>
    `SELECT ${COLUMNS}, ${call}, ${columns} FROM {schema}.approvals WHERE ${[...own, ...conditions].join(' AND ')}`;
  if (limit === undefined) return { text: `${select('position')} ORDER BY position`, values };
  const first = `LIMIT $${values.push(limit)}`;
  // Each part reads its index in order.
  const parts = [
    `${select('0 AS part, expires_at AS place', LIVE)} ORDER BY expires_at ${first}`,
    `${select('1, -expires_at', LAPSED)} ORDER BY expires_at DESC ${first}`,
    `${select('1, -ended_at', `status <> 'pending'`)} ORDER BY ended_at DESC ${first}`,
  ];
  const all = parts.map((part) => `(${part})`).join(' UNION ALL ');
  return { text: `SELECT * FROM (${all}) AS listed ORDER BY part, place ${first}`, values };
}
