import type { AuditStore } from '../embedded/audit/stored-audit-log.ts';
import { databaseOf, type PostgresClient, type PostgresOptions } from './client.ts';
import { gatewayDatabase } from './gateway-database.ts';

const APPEND = `
INSERT INTO {schema}.audit_log (type, entry)
SELECT line->>0, line->>1 FROM json_array_elements($1::json) WITH ORDINALITY AS lines (line, number) ORDER BY number`;

const NEWEST = `
SELECT entry FROM (
  SELECT id, entry FROM {schema}.audit_log WHERE type = 'decision' ORDER BY id DESC LIMIT $1::integer
) AS newest ORDER BY id`;

/**
 * Stores an audit log in Postgres, for `storedAuditLog`. Run `migrate` first. Nothing deletes its lines: delete old ones when you
 * like. Lines are not hash-chained as those of `auditLog` are: give the gateway's role no right to update or delete them.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid argument
 */
export function postgresAuditStore(client: PostgresClient, options: PostgresOptions = {}): AuditStore {
  const { query } = gatewayDatabase(databaseOf('postgresAuditStore', client, options));
  return {
    async append(lines) {
      await query(APPEND, [JSON.stringify(lines.map(({ type, json }) => [type, json]))]);
    },
    async newestDecisions(count) {
      return (await query<{ entry: string }>(NEWEST, [count])).map(({ entry }) => entry);
    },
  };
}
