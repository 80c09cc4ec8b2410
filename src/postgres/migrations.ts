import { APPROVAL_TABLES } from './approval-tables.ts';
import { AUDIT_CHAIN } from './audit-tables.ts';
import {
  databaseOf,
  SchemaError,
  sqlStateOf,
  type Database,
  type PostgresClient,
  type PostgresOptions,
} from './client.ts';
import { JOURNAL_TABLES, RUN_LIST } from './journal-tables.ts';
import { NOTICE_TABLE } from './notice-outbox.ts';

/**
 * The migrations in order: the first one makes version 1. Each is plain SQL, in which names without a schema are those of
 * the schema. Never change one that was published: append another one.
 */
const MIGRATIONS: readonly string[] = [JOURNAL_TABLES, APPROVAL_TABLES, AUDIT_CHAIN, RUN_LIST, NOTICE_TABLE];

/** Of the tables that this version of the package needs. */
export const VERSION: number = MIGRATIONS.length;

/**
 * Creates the tables of this library, or brings them up to date. Safe when several processes call it at once, and in a
 * database that is up to date, where it changes nothing. One transaction: it is done as a whole, or not at all.
 *
 * The role needs the right to create a schema in the database, or a schema of this name that it owns; never a superuser.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @returns the version of the schema
 * @throws TypeError for an invalid argument; Error for a schema of a newer version of this package; the client's error
 *
 * @example
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
 * await migrate(pool);
 */
export async function migrate(
  client: PostgresClient,
  options: PostgresOptions = {},
): Promise<{ readonly version: number }> {
  const database = databaseOf('migrate', client, options, [], MIGRATION_MS);
  await database.query(migrationOf(database));
  await checkVersion(database);
  return { version: VERSION };
}

/** One statement, and so one transaction on every client. */
function migrationOf({ schema }: Database): string {
  const steps = MIGRATIONS.map(
    (sql, index) => `
  IF applied < ${index + 1} THEN
    ${sql}
    INSERT INTO migrations (version) VALUES (${index + 1});
  END IF;`,
  );
  return `DO $migration$
DECLARE
  applied integer;
BEGIN
  -- Another process that migrates waits here, and then finds everything done.
  PERFORM pg_advisory_xact_lock(hashtext('interven-openai-assistants'), hashtext('${schema}'));
  IF to_regnamespace('"${schema}"') IS NULL THEN
    CREATE SCHEMA {schema};
  END IF;
  PERFORM set_config('search_path', '"${schema}"', true);
  IF to_regclass('{schema}.migrations') IS NULL THEN
    CREATE TABLE migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
  END IF;
  SELECT coalesce(max(version), 0) INTO applied FROM migrations;
  ${steps.join('')}
END
$migration$`;
}

/** An index of a large table takes its time. */
export const MIGRATION_MS = 600_000;

const MISSING: ReadonlySet<string | undefined> = new Set(['3F000', '42P01']);

/**
 * Checks that the tables are those of this version.
 *
 * @throws Error with the remedy if they are missing, older or newer; the client's error
 */
export async function checkVersion({ schema, query }: Database): Promise<void> {
  const found = await query<{ version: number }>(
    'SELECT coalesce(max(version), 0)::integer AS version FROM {schema}.migrations',
  ).catch((error: unknown) => {
    if (MISSING.has(sqlStateOf(error))) return [];
    throw error;
  });
  const version = found[0]?.version ?? 0;
  if (version === VERSION) return;
  const what = version === 0 ? 'has no tables of this package' : `is at version ${version}, not ${VERSION}`;
  const remedy =
    version < VERSION
      ? 'Call await migrate(pool), or run "npx interven-openai-assistants migrate", before you start.'
      : 'A newer version of interven-openai-assistants has migrated it: install that version here, too.';
  throw new SchemaError(`The schema "${schema}" in Postgres ${what}. ${remedy}`);
}
