import { RETENTION_MS } from '../embedded/approvals/approval-index.ts';
import { freezeOf } from '../embedded/approvals/approval-lines.ts';
import type { ApprovalQuery, ApprovalStore, Freeze, StoredApproval } from '../embedded/approvals/approval-store.ts';
import { callJson, withChange } from '../embedded/approvals/lazy-arguments.ts';
import { checkFunction } from '../internal/checks.ts';
import pLimit from 'p-limit';
import { announcerOf, type OnApprovalSettled } from './announcer.ts';
import { listStatement, OPEN } from './approval-list.ts';
import { CHANGING, changingValues, COLUMNS, fromRow, requesterHash, type ApprovalRow } from './approval-rows.ts';
import type { PostgresClient, PostgresOptions } from './client.ts';
import { DATABASE_NOW, DatabaseClock, gatewayDatabase, gatewayDatabaseOf } from './gateway-database.ts';
import { checkVersion } from './migrations.ts';

export interface PostgresApprovalStoreOptions extends PostgresOptions {
  /**
   * Called with each approval that an approver has decided, that a freeze has voided, or that has expired, so that you can enqueue
   * the continuation of its run. At least once: by one process with this option, within a second or so; again after 30 seconds if
   * it rejects or if its process ends. Not at all if no such process runs until ten minutes after the expiry. Default: none.
   */
  readonly onApprovalSettled?: OnApprovalSettled;
  /** Returns epoch milliseconds, for tests. Default: the clock of the database, which all machines share. */
  readonly now?: () => number;
}

/** Approvals in Postgres, for gateways on any number of machines. */
export interface PostgresApprovalStore extends ApprovalStore {
  readonly now: () => number;
  /** Stops `onApprovalSettled`, and waits for calls of it. The client stays open. */
  close(): Promise<void>;
}

/** Most approvals that one statement deletes or voids, so that none of them takes long. */
const MAX_CHANGED = 1_000;
/** The time in the database; not later than that of the approval $2, so that a wrong clock deletes nothing. */
const UNTIL = `least($2::bigint, ${DATABASE_NOW})`;

const ADD = `
WITH forgotten AS (
  DELETE FROM {schema}.approvals WHERE id IN (
    SELECT id FROM {schema}.approvals WHERE expires_at <= ${UNTIL} - ${RETENTION_MS}
    ORDER BY expires_at LIMIT ${MAX_CHANGED} FOR UPDATE SKIP LOCKED)
), dropped AS (
  UPDATE {schema}.approvals SET arguments = NULL, headers = NULL, is_call_gone = true, call_ends_at = NULL WHERE id IN (
    SELECT id FROM {schema}.approvals WHERE call_ends_at <= ${UNTIL} AND expires_at > ${UNTIL} - ${RETENTION_MS}
    LIMIT ${MAX_CHANGED} FOR UPDATE SKIP LOCKED)
)
INSERT INTO {schema}.approvals (id, call_hash, requester, is_grant, expires_at, announce_at, arguments, headers, ${CHANGING.join(', ')})
VALUES ($1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
RETURNING $2::bigint IS NOT NULL`;

/** Decides and claims: in one statement, once, and never after the expiry, of which the database's clock decides. */
const CHANGE = `
UPDATE {schema}.approvals
SET revision = nextval('{schema}.changes'), announce_at = CASE WHEN $3 THEN 0 ELSE announce_at END,
  ${CHANGING.map((column, index) => `${column} = $${index + 6}`).join(', ')}
WHERE id = $1 AND revision = $2::bigint AND ($4 OR expires_at > coalesce($5::bigint, ${DATABASE_NOW}))
RETURNING id`;

/** In parts, each of which is done in time. */
const EXPIRE_OPEN = `
WITH voided AS (
  UPDATE {schema}.approvals SET status = 'expired', void_note = $2, revision = nextval('{schema}.changes'),
    announce_at = CASE WHEN is_grant THEN NULL ELSE 0 END
  WHERE id IN (SELECT id FROM {schema}.approvals WHERE ${OPEN} LIMIT ${MAX_CHANGED} FOR UPDATE)
  RETURNING id
)
SELECT count(*)::integer AS count FROM voided`;

const ROW = `${COLUMNS}, arguments, headers`;

/**
 * Stores approvals, grants and the freeze in Postgres, for gateways on any number of machines. An approval clears one call in all
 * of them: a decision or a use is one statement, which applies only to the approval as it was read. Run `migrate` first.
 *
 * Expiry is compared with the clock of the database. Each scan asks the database, so a gateway that has lost it clears no call:
 * after 5 seconds without an answer, methods reject with a `GatewayError` (`server_error`). The tables contain the arguments of
 * the calls, because approvers must see them. Ten minutes after they expire, approvals are deleted when another one is added.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid argument; Error if the tables are missing, older or newer; GatewayError if the database does not answer
 *
 * @example
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
 * await migrate(pool);
 * const gateway = new EmbeddedGateway({ policies, store: await postgresApprovalStore(pool) });
 */
export async function postgresApprovalStore(
  client: PostgresClient,
  options: PostgresApprovalStoreOptions = {},
): Promise<PostgresApprovalStore> {
  const owner = 'postgresApprovalStore';
  const database = gatewayDatabaseOf(owner, client, options, ['onApprovalSettled', 'now']);
  const onSettled = checkFunction('onApprovalSettled', options.onApprovalSettled);
  const ownNow = checkFunction('now', options.now);
  await checkVersion(database);
  const { schema, query } = gatewayDatabase(database);
  const clock = new DatabaseClock();
  const now = ownNow ?? (() => clock.now());
  const announcer = onSettled && announcerOf({ schema, query }, onSettled, ownNow);
  /** Of the approvals that were read: the revision. */
  const revisions = new WeakMap<StoredApproval, string>();
  const sequentially = pLimit(1);

  const read = (row: ApprovalRow): StoredApproval => {
    const approval = fromRow(row);
    revisions.set(approval, row.revision);
    return approval;
  };
  const select = async (text: string, values: readonly unknown[]): Promise<readonly StoredApproval[]> =>
    (await query<ApprovalRow>(text, values)).map(read);
  const frozen = async (): Promise<Freeze | undefined> => {
    const [row] = await clock.measure(async () =>
      query<{ entry: string | null; clock: number }>(
        `SELECT (SELECT entry FROM {schema}.frozen) AS entry, (${DATABASE_NOW})::float8 AS clock`,
      ),
    );
    return row?.entry == null ? undefined : freezeOf(JSON.parse(row.entry));
  };

  // Measures the clock.
  await frozen();
  announcer?.start();
  return {
    now,
    frozen,
    async add(approval) {
      const { approvalId, callHash, expiresAt, createdAt } = approval;
      const isGrant = approval.grant !== undefined;
      const call = callJson(approval);
      await query(ADD, [
        ...[approvalId, createdAt, callHash, requesterHash(approval), isGrant, expiresAt, isGrant ? null : expiresAt],
        ...[call.arguments ?? null, call.headers ?? null],
        ...Object.values(changingValues(approval)),
      ]);
    },
    async get(approvalId) {
      return (await select(`SELECT ${ROW} FROM {schema}.approvals WHERE id = $1`, [approvalId]))[0];
    },
    async byCall(callHash) {
      return select(`SELECT ${ROW} FROM {schema}.approvals WHERE call_hash = $1 ORDER BY position`, [callHash]);
    },
    async change(before, change) {
      const revision = revisions.get(before);
      if (revision === undefined) return false;
      const changed = withChange(before, change);
      const isSettled = before.status !== changed.status && before.grant === undefined;
      const mayBeLate = change.status === 'expired';
      const changes = await query(CHANGE, [
        ...[before.approvalId, revision, isSettled, mayBeLate, ownNow?.() ?? null],
        ...Object.values(changingValues(changed)),
      ]);
      if (isSettled && changes.length > 0) announcer?.check();
      return changes.length > 0;
    },
    async list(filter: ApprovalQuery = { at: now() }) {
      const { text, values } = listStatement(filter);
      return select(text, values);
    },
    async expireOpen(note) {
      let [total, count] = [0, MAX_CHANGED];
      while (count === MAX_CHANGED) {
        count = (await query<{ count: number }>(EXPIRE_OPEN, [now(), note]))[0]?.count ?? 0;
        total += count;
      }
      announcer?.check();
      return total;
    },
    async setFrozen(freeze) {
      // Without its database, the gateway clears no call anyway: only what all gateways can read is a freeze.
      await sequentially(async () =>
        freeze ? query(FREEZE, [JSON.stringify(freeze)]) : query('DELETE FROM {schema}.frozen'),
      );
    },
    async close() {
      await announcer?.close();
    },
  };
}

const FREEZE = `
INSERT INTO {schema}.frozen (entry) VALUES ($1)
ON CONFLICT (is_only) DO UPDATE SET entry = excluded.entry, revision = nextval('{schema}.changes')`;
