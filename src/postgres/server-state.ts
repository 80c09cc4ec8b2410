import type { ServerState, Session } from '../server/server-state.ts';
import type { PostgresClient, PostgresOptions } from './client.ts';
import { DATABASE_NOW, DatabaseClock, gatewayDatabase, gatewayDatabaseOf } from './gateway-database.ts';
import { Listener } from './listener.ts';
import { checkVersion } from './migrations.ts';
import { Poll } from './poll.ts';

/** The state of gateway servers in Postgres. */
export interface PostgresServerState extends ServerState {
  readonly now: () => number;
  /** Stops watching for changes. The client stays open. */
  close(): Promise<void>;
}

const MAX_PER_APPROVER = 50;

const OPEN = `
WITH expired AS (
  DELETE FROM {schema}.sessions WHERE expires_at <= ${DATABASE_NOW}
), too_many AS (
  DELETE FROM {schema}.sessions WHERE hash IN (
    SELECT hash FROM {schema}.sessions WHERE approver = $2 AND expires_at > ${DATABASE_NOW}
    ORDER BY expires_at DESC OFFSET ${MAX_PER_APPROVER - 1})
)
INSERT INTO {schema}.sessions (hash, approver, token_id, expires_at) VALUES ($1, $2, $3, ${DATABASE_NOW} + $4::bigint)
RETURNING expires_at::float8 AS "expiresAt"`;

const FIND = `
SELECT approver AS name, token_id AS "tokenId", expires_at::float8 AS "expiresAt" FROM {schema}.sessions
WHERE hash = $1 AND expires_at > ${DATABASE_NOW}`;

/** The part of this minute that is over, from 0 to 1. */
const ELAPSED = '(extract(epoch FROM statement_timestamp()) / 60 % 1)';
const MINUTE = 'floor(extract(epoch FROM statement_timestamp()) / 60)::bigint';

/**
 * Counts by minute. The last 60 seconds have the events of this minute, and a share of those of the minute before: the part of it
 * that is less than 60 seconds ago.
 */
const COUNT = `
WITH counted AS (
  INSERT INTO {schema}.rates AS rate (name, minute, events, earlier) VALUES ($1, ${MINUTE}, 1, 0)
  ON CONFLICT (name) DO UPDATE SET
    minute = ${MINUTE},
    events = 1 + CASE rate.minute WHEN ${MINUTE} THEN rate.events ELSE 0 END,
    earlier = CASE rate.minute WHEN ${MINUTE} THEN rate.earlier WHEN ${MINUTE} - 1 THEN rate.events ELSE 0 END
  WHERE $2::float8 > CASE rate.minute
    WHEN ${MINUTE} THEN rate.events + rate.earlier * (1 - ${ELAPSED})
    WHEN ${MINUTE} - 1 THEN rate.events * (1 - ${ELAPSED})
    ELSE 0 END
  RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT FROM counted) THEN 0 ELSE ceil((1 - ${ELAPSED}) * 60000) END::float8 AS "waitMs"`;

/**
 * Shares the sessions of the approvals page, the limits of scans and the page's events among the replicas of a gateway server.
 * They need the same keys and approvers, and a `postgresApprovalStore` each. Run `migrate` first.
 *
 * Limits count the scans at all replicas: in the last minute, of which the part in the previous clock minute is estimated. Events
 * of other replicas arrive at once if the client is a `pg.Pool` of at least two connections, one of which then listens, or PGlite;
 * otherwise, and if a notification is lost, within two seconds.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid argument; Error if the tables are missing, older or newer; GatewayError if the database does not answer
 *
 * @example
 * const server = createGatewayServer({ gateway, keys, approvers, state: await postgresServerState(pool) });
 */
export async function postgresServerState(
  client: PostgresClient,
  options: PostgresOptions = {},
): Promise<PostgresServerState> {
  const database = gatewayDatabaseOf('postgresServerState', client, options);
  await checkVersion(database);
  const { schema, query } = gatewayDatabase(database);
  const clock = new DatabaseClock();
  const listeners = new Set<() => void>();
  const seen: string[] = [];
  const emit = (): void => {
    for (const listener of listeners) listener();
  };

  const look = async (): Promise<void> => {
    const [row] = await clock.measure(async () =>
      query<{ last: string; clock: number }>(
        `SELECT last_value::text AS last, (${DATABASE_NOW})::float8 AS clock FROM {schema}.changes`,
      ),
    );
    const last = row?.last ?? '';
    // A number is drawn before its change is visible, so each one is reported at two looks.
    const isNew = seen.length > 0 && (seen[0] !== last || seen.at(-1) !== last);
    seen.push(last);
    if (seen.length > 2) seen.shift();
    if (isNew) emit();
  };
  await look();
  const listener = new Listener(client, schema, emit);
  const poll = new Poll(async () => {
    // Looks anyway: the client may never answer.
    listener.connect().catch(() => undefined);
    await look();
  });
  poll.start();

  return {
    now: () => clock.now(),
    async openSession(hash, { name, tokenId }, lifetimeMs) {
      const values = [hash, name, tokenId, lifetimeMs];
      const [row] = await query<{ expiresAt: number }>(OPEN, values);
      return row?.expiresAt ?? 0;
    },
    async findSession(hash) {
      return (await query<Session>(FIND, [hash]))[0];
    },
    async endSession(hash) {
      await query('DELETE FROM {schema}.sessions WHERE hash = $1', [hash]);
    },
    async count(name, perMinute) {
      const [row] = await query<{ waitMs: number }>(COUNT, [name, perMinute]);
      return row?.waitMs ?? 60_000;
    },
    observe(added) {
      // Wrapped, so that the same function can be added twice.
      const wrapped = (): void => {
        added();
      };
      listeners.add(wrapped);
      return () => {
        listeners.delete(wrapped);
      };
    },
    async close() {
      await poll.close();
      await listener.close();
    },
  };
}
