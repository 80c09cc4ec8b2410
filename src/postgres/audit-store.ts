import { ChainCheck, type ChainReport } from '../embedded/audit/verify-chain.ts';
import type { AuditStore } from '../embedded/audit/stored-audit-log.ts';
import { chainedEntry, hashOfEntry } from './audit-tables.ts';
import { databaseOf, type PostgresClient, type PostgresOptions } from './client.ts';
import { gatewayDatabase, gatewayDatabaseOf } from './gateway-database.ts';
import { checkVersion } from './migrations.ts';

/** Locks the head first, so that ids are in the order of the chain. */
const APPEND = `
WITH RECURSIVE head AS (
  SELECT seq, hash FROM {schema}.audit_head FOR UPDATE
), chain AS (
  SELECT 0 AS number, seq, hash, '' AS entry FROM head
  UNION ALL
  SELECT number + 1, seq + 1, ${hashOfEntry('next.entry')}, next.entry
  FROM chain, LATERAL (SELECT ${chainedEntry('chain', '($1::jsonb -> number ->> 1)')} AS entry) AS next
  WHERE number < jsonb_array_length($1::jsonb)
), written AS (
  INSERT INTO {schema}.audit_log (type, entry)
  SELECT $1::jsonb -> (number - 1) ->> 0, entry FROM chain WHERE number > 0 ORDER BY number
)
UPDATE {schema}.audit_head AS head SET seq = last.seq, hash = last.hash
FROM (SELECT seq, hash FROM chain ORDER BY number DESC LIMIT 1) AS last
RETURNING head.seq::text`;

const NEWEST = `
WITH newest AS (
  SELECT id, entry FROM {schema}.audit_log WHERE type = 'decision' ORDER BY id DESC LIMIT $1::integer
)
SELECT entry FROM (
  SELECT id, entry FROM newest
  UNION ALL
  SELECT id, entry FROM {schema}.audit_log WHERE type = 'approval' AND id > (SELECT min(id) FROM newest)
) AS lines ORDER BY id`;

/**
 * Stores an audit log in Postgres, for `storedAuditLog`. Run `migrate` first. Nothing deletes its lines: delete old ones when you
 * like. Lines are chained by hashes as those of `auditLog` are, over all gateways: `log verify --postgres` on the command line
 * finds changed, missing and reordered ones.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid argument
 */
export function postgresAuditStore(client: PostgresClient, options: PostgresOptions = {}): AuditStore {
  const { query } = gatewayDatabase(gatewayDatabaseOf('postgresAuditStore', client, options));
  return {
    async append(lines) {
      const rows = await query(APPEND, [JSON.stringify(lines.map(({ type, json }) => [type, json]))]);
      if (rows.length === 0)
        throw new Error(
          'The table "audit_head" in Postgres is empty: its row was deleted. Insert the number (seq) and hash of the last line.',
        );
    },
    async newestDecisions(count) {
      return (await query<{ entry: string }>(NEWEST, [count])).map(({ entry }) => entry);
    },
  };
}

/** Less than that of any row, also of one that was moved. */
const FIRST_ID = '-9223372036854775808';

/** The head, and the newest row of the same moment. */
const HEAD = `
SELECT seq::integer AS seq, hash, (SELECT max(id)::text FROM {schema}.audit_log) AS newest FROM {schema}.audit_head`;

const LINES = `
SELECT line.id::text AS id, entry FROM {schema}.audit_log AS line
WHERE line.id > $1::bigint AND line.id <= $2::bigint ORDER BY line.id LIMIT ${/* about 1 MB */ 1_000}`;

/**
 * Checks the lines of an audit log in Postgres, also while gateways write it. A problem's line is the row's id.
 *
 * @param anchor the hash of a line that was kept elsewhere
 * @throws Error if the tables are missing, older or newer; the client's error
 */
export async function verifyAuditLog(
  client: PostgresClient,
  options: PostgresOptions,
  anchor?: string,
): Promise<ChainReport> {
  const database = databaseOf('verifyAuditLog', client, options);
  await checkVersion(database);
  const file = `${database.schema}.audit_log`;
  const chain = new ChainCheck(anchor);
  const [head] = await database.query<{ seq: number; hash: string | null; newest: string | null }>(HEAD);
  for (let after = FIRST_ID; ;) {
    const rows = await database.query<{ id: string; entry: string }>(LINES, [after, head?.newest ?? '0']);
    for (const { id, entry } of rows) chain.check({ file, line: Number(id) }, Buffer.from(entry));
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
  }
  chain.checkNext({ file: `${database.schema}.audit_head`, line: 1 }, head && { seq: head.seq + 1, prev: head.hash });
  return chain.report();
}
