import { randomUUID } from 'node:crypto';
import { MAX_AGE_MS, type Delivery, type NoticeOutbox } from '../server/notices/outbox.ts';
import type { PostgresClient, PostgresOptions } from './client.ts';
import { DATABASE_NOW, gatewayDatabase, gatewayDatabaseOf } from './gateway-database.ts';

/** A delivery belongs to the process that took it, which takes it again in time, or else to the next one. */
export const NOTICE_TABLE = `
CREATE TABLE notices (
  receiver text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  -- 0: at once.
  due_at bigint NOT NULL,
  taken_by text COLLATE "C" NOT NULL,
  taken_until bigint NOT NULL,
  created_at bigint NOT NULL,
  -- JSON
  notice text NOT NULL,
  PRIMARY KEY (receiver, id)
);
CREATE INDEX notices_due ON notices (due_at, position);
`;

const TAKEN_MS = 60_000;
const MAX_TAKEN = 200;

const TAKE = `
WITH taken AS (
  UPDATE {schema}.notices SET taken_by = $1, taken_until = ${DATABASE_NOW} + ${TAKEN_MS} WHERE (receiver, id) IN (
    SELECT receiver, id FROM {schema}.notices
    WHERE due_at <= $2::bigint AND receiver IN (SELECT json_array_elements_text($3::json))
      AND taken_until < ${DATABASE_NOW} + CASE taken_by WHEN $1 THEN ${TAKEN_MS / 2} ELSE 0 END
    ORDER BY due_at, position LIMIT ${MAX_TAKEN} FOR UPDATE SKIP LOCKED)
  RETURNING receiver, notice, position
)
SELECT receiver, notice FROM taken ORDER BY position`;

const ADD = `
WITH old AS (
  DELETE FROM {schema}.notices WHERE created_at < ${DATABASE_NOW} - ${MAX_AGE_MS} AND taken_until < ${DATABASE_NOW}
)
INSERT INTO {schema}.notices AS kept (receiver, id, due_at, notice, taken_by, taken_until, created_at)
VALUES ($1, $2, $3::bigint, $4, $5, ${DATABASE_NOW} + ${TAKEN_MS}, ${DATABASE_NOW})
ON CONFLICT (receiver, id) DO UPDATE SET due_at = excluded.due_at, notice = excluded.notice,
  taken_by = excluded.taken_by, taken_until = excluded.taken_until
WHERE excluded.due_at < kept.due_at
RETURNING id`;

/**
 * Keeps notices in Postgres until they are delivered. Of several gateway servers, one delivers each notice; if it ends, another
 * one does, a minute later. Run `migrate` first.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid argument
 *
 * @example
 * createGatewayServer({ gateway, keys, approvers, publicUrl, state, notices, noticeOutbox: postgresNoticeOutbox(pool) });
 */
export function postgresNoticeOutbox(client: PostgresClient, options: PostgresOptions = {}): NoticeOutbox {
  const { query } = gatewayDatabase(gatewayDatabaseOf('postgresNoticeOutbox', client, options));
  const process = randomUUID();
  return {
    async due(receivers, now) {
      const values = [process, now, JSON.stringify(receivers)];
      const rows = await query<{ receiver: string; notice: string }>(TAKE, values);
      return rows.map(({ receiver, notice }) => ({ receiver, notice: JSON.parse(notice) as Delivery['notice'] }));
    },
    async add({ receiver, notice, dueAt = 0 }) {
      const values = [receiver, notice.id, dueAt, JSON.stringify(notice), process];
      return (await query(ADD, values)).length > 0;
    },
    async remove({ receiver, notice }) {
      await query('DELETE FROM {schema}.notices WHERE receiver = $1 AND id = $2', [receiver, notice.id]);
    },
  };
}
