import type { PostgresClient } from '../postgres/client.ts';
import { CommandError, type Io } from './command.ts';

export const DATABASE_ENVIRONMENT = {
  DATABASE_URL: 'the database, such as postgres://user:password@host:5432/name',
} as const;

export const SCHEMA_OPTION = {
  schema: { type: 'string', value: 'NAME', description: 'the schema of the tables (default interven)' },
} as const;

/** The part of a `pg.Pool` that the command line uses. */
interface Pool extends PostgresClient {
  on(event: 'error', listener: () => void): unknown;
  end(): Promise<void>;
}

/** Not a literal, so that neither TypeScript nor a bundler looks for the optional peer. */
const PG = 'pg';

/**
 * Calls `work` with a pool of the database in DATABASE_URL, and closes it.
 *
 * @throws CommandError without DATABASE_URL, and if `pg` is not installed. Messages never have the URL: it has a password.
 */
export async function withDatabase<T>(
  io: Io,
  work: (client: PostgresClient) => Promise<T>,
  limitMs?: number,
): Promise<T> {
  const pool = await openDatabase(io, 4, limitMs);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * Opens a pool of the database in DATABASE_URL. Throws as {@link withDatabase} does.
 *
 * @param max the number of connections
 * @param limitMs after that, a connection whose statement has no answer is closed: the library has given it up before
 */
export async function openDatabase({ env }: Io, max: number, limitMs = 70_000): Promise<Pool> {
  const { DATABASE_URL: url = '' } = env;
  if (url === '')
    throw new CommandError(2, 'DATABASE_URL is missing: set it to the database, postgres://user:password@host/name.');
  const { Pool } = await loadPg();
  const pool = new Pool({ connectionString: url, max, connectionTimeoutMillis: 10_000, query_timeout: limitMs });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Explains why the database cannot be used. The messages of `pg` have no password. */
export function databaseError(cause: unknown): CommandError {
  // An invalid URL is a TypeError with a code.
  if (cause instanceof TypeError && !('code' in cause)) return new CommandError(2, cause.message, { cause });
  const { message, code } = cause as NodeJS.ErrnoException;
  return new CommandError(3, `The database in DATABASE_URL cannot be used: ${message || code}`, { cause });
}

async function loadPg(): Promise<{ readonly Pool: new (options: object) => Pool }> {
  try {
    const loaded = (await import(PG)) as { readonly default: Awaited<ReturnType<typeof loadPg>> };
    return loaded.default;
  } catch (cause) {
    throw new CommandError(3, 'The package "pg" is not installed: npm install pg', { cause });
  }
}
