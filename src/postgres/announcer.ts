import type { StoredApproval } from '../embedded/approvals/approval-store.ts';
import { withChange } from '../embedded/approvals/lazy-arguments.ts';
import { Limit } from '../internal/abort.ts';
import { COLUMNS, fromRow, type ApprovalRow } from './approval-rows.ts';
import type { Database } from './client.ts';
import { DATABASE_NOW } from './gateway-database.ts';
import { Poll } from './poll.ts';

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

/** Announces each settled approval at least once. The database has those that were not. */
export class Announcer {
  readonly #database: Database;
  readonly #listener: OnApprovalSettled;
  readonly #now: (() => number) | undefined;
  readonly #poll = new Poll(async () => this.#announce());

  constructor(database: Database, listener: OnApprovalSettled, now: (() => number) | undefined) {
    this.#database = database;
    this.#listener = listener;
    this.#now = now;
  }

  start(): void {
    this.#poll.start();
  }

  check(): void {
    this.#poll.check();
  }

  async close(): Promise<void> {
    await this.#poll.close();
  }

  async #announce(): Promise<void> {
    const rows = await this.#database.query<TakenRow>(TAKE, [this.#now?.() ?? null]);
    await Promise.all(rows.map(async (row) => this.#call(row)));
    if (rows.length === MAX_AT_ONCE) this.#poll.check();
  }

  async #call(row: TakenRow): Promise<void> {
    try {
      const approval = fromRow(row);
      const settled = approval.status === 'pending' ? withChange(approval, { status: 'expired' }) : approval;
      // Another process may take it by then, and a call that hangs must not keep others waiting.
      await new Limit(undefined, RETRY_MS).within(async () => this.#listener(settled));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `onApprovalSettled failed for approval ${row.id}, and is called again within ${RETRY_MS / 1000} s: ${reason}`;
      process.emitWarning(message, { type: 'ApprovalWarning' });
      return;
    }
    await this.#database.query(DONE, [row.id, row.announce_at]);
  }
}
