import { GatewayError } from '../runner/gateway/gateway-error.ts';
import { databaseOf, sqlStateOf, type Database, type PostgresClient, type PostgresOptions } from './client.ts';
import { isRolledBack, persist } from './persist.ts';

/** Milliseconds that a statement of any store of a gateway may take. A scan that cannot ask the database is not cleared. */
const QUERY_MS = 5_000;

/** The database's clock, as epoch milliseconds. The same during a statement, so that an index finds it. */
export const DATABASE_NOW = 'floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint';

/**
 * The database of a gateway: it answers in time, or the query rejects with an outage of the gateway. Repeats only what was rolled
 * back: whether a lost statement was done is unknown.
 */
export function gatewayDatabase({ schema, query }: Database): Database {
  return {
    schema,
    async query<Row>(text: string, values?: readonly unknown[]) {
      const until = performance.now() + QUERY_MS;
      return persist(
        () => until,
        async () => query<Row>(text, values),
        isRolledBack,
      ).catch((error: unknown) => {
        throw outage(error);
      });
    },
  };
}

/** Checks the client of a gateway's store, and its options. Each of its statements then has the gateway's time limit. */
export function gatewayDatabaseOf(
  owner: string,
  client: PostgresClient,
  options: PostgresOptions,
  known?: readonly string[],
): Database {
  return databaseOf(owner, client, options, known, QUERY_MS);
}

/** Names the error's code only: the message of a database may quote values. */
function outage(error: unknown): GatewayError {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const what = sqlStateOf(error) ?? (typeof code === 'string' ? code : String(name));
  return new GatewayError(
    'server_error',
    `The gateway's database did not answer (${what}), so it clears no call. Check that Postgres is reachable.`,
    { cause: error },
  );
}

/** The time of the database, estimated from its answers. */
export class DatabaseClock {
  /** The database's time minus the monotonic time of this process, and how exact it is. */
  #best: { readonly offset: number; readonly roundTripMs: number; readonly at: number } | undefined;

  /** Runs a query that takes `clock` from the database's clock. A fast answer tells the time exactly. */
  async measure<Row extends { readonly clock: number }>(query: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
    const start = performance.now();
    const rows = await query();
    const at = performance.now();
    const roundTripMs = at - start;
    const isBetter = !this.#best || roundTripMs <= this.#best.roundTripMs || at > this.#best.at + MAX_AGE_MS;
    const clock = rows[0]?.clock;
    if (isBetter && clock !== undefined) this.#best = { offset: clock - (start + at) / 2, roundTripMs, at };
    return rows;
  }

  /** Epoch milliseconds. */
  now(): number {
    return Math.round(performance.now() + (this.#best?.offset ?? performance.timeOrigin));
  }
}

/** Milliseconds after which a measurement is replaced by a less exact one: clocks drift. */
const MAX_AGE_MS = 60_000;
