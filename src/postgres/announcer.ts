import type { StoredApproval } from '../embedded/approvals/approval-store.ts';
import { withChange } from '../embedded/approvals/lazy-arguments.ts';
import { Limit } from '../internal/abort.ts';
import { COLUMNS, fromRow, type ApprovalRow } from './approval-rows.ts';
import type { Database } from './client.ts';
import { DATABASE_NOW } from './gateway-database.ts';
import { Poll } from './poll.ts';
import { messageOf } from '../internal/error-message.ts';

/** Called with a settled approval; its status is `approved`, `denied` or `expired`. */
export type OnApprovalSettled = (approval: StoredApproval) => unknown;

/** Until a call that did not end is repeated. */
const RETRY_MS = 30_000;
const MAX_AT_ONCE = 100;

/** One process takes an approval, for 30 seconds. */
const TAKE = `
UPDATE {schema}.approvals SET announce_at = coalesce($1::bigint, ${DATABASE_NOW}) + ${RETRY_MS} WHERE id IN (
  SELECT id FROM {schema}.approvals WHERE announce_at <= coalesce($1::bigint, ${DATABASE_NOW})
  ORDER BY announce_at LIMIT ${MAX_AT_ONCE} FOR UPDATE SKIP LOCKED)
RETURNING ${COLUMNS}, arguments, headers, announce_at::text`;

/** Unless it was settled again meanwhile, by a freeze that voids it. */
const DONE = 'UPDATE {schema}.approvals SET announce_at = NULL WHERE id = $1 AND announce_at = $2::bigint';

type TakenRow = ApprovalRow & { readonly announce_at: string };

/** Creates the poll that announces each settled approval at least once. The database has those that were not. */
export function announcerOf({ query }: Database, listener: OnApprovalSettled, now: (() => number) | undefined): Poll {
  const announce = async (row: TakenRow): Promise<void> => {
    try {
      const approval = fromRow(row);
      const settled = approval.status === 'pending' ? withChange(approval, { status: 'expired' }) : approval;
      // Another process may take it by then, and a call that hangs must not keep others waiting.
      await new Limit(undefined, RETRY_MS).within(async () => listener(settled));
    } catch (error) {
      const message = `onApprovalSettled failed for approval ${row.id}, and is called again within ${RETRY_MS / 1000} s: ${messageOf(error)}`;
      process.emitWarning(message, { type: 'ApprovalWarning' });
      return;
    }
    await query(DONE, [row.id, row.announce_at]);
  };
  const poll = new Poll(async () => {
    const rows = await query<TakenRow>(TAKE, [now?.() ?? null]);
    await Promise.all(rows.map(announce));
    if (rows.length === MAX_AT_ONCE) poll.check();
  });
  return poll;
}
