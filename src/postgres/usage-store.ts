import type { UsageStore } from '../runner/budgets.ts';
import { canonicalHash } from '../internal/json.ts';
import { databaseOf, type PostgresClient, type PostgresOptions } from './client.ts';

const ADD = `
INSERT INTO {schema}.usage AS total (day, principal_hash, principal, tokens, cost) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (day, principal_hash) DO UPDATE SET tokens = total.tokens + $4, cost = total.cost + $5
RETURNING tokens, cost`;

/**
 * Stores what each principal spends in a day in Postgres, for `dailyBudget` on any number of machines. It has one row for each
 * principal and day; delete old days when you like. Run `migrate` first.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid argument
 *
 * @example
 * new GuardedRunner({ client, gateway, dailyBudget: { maxTokens: 200_000 }, usageStore: postgresUsageStore(pool) });
 */
export function postgresUsageStore(client: PostgresClient, options: PostgresOptions = {}): UsageStore {
  const { query } = databaseOf('postgresUsageStore', client, options);
  return {
    async add(principalId, day, { tokens, cost }) {
      const values = [day, canonicalHash(principalId), JSON.stringify(principalId), tokens, cost];
      const [total] = await query<{ tokens: number; cost: number }>(ADD, values);
      if (!total) throw new Error('Postgres did not return the total of the day.');
      return total;
    },
  };
}
