import { Limit, TimeLimitError } from '../internal/abort.ts';
import { checkKeys, hasMethods, shown } from '../internal/checks.ts';

/**
 * What this library needs of a Postgres client, version 13 or newer. A `pg.Pool`, a PGlite instance and the pools of
 * serverless drivers fit. Each query is one statement that needs no session, so a transaction pooler may be in between.
 */
export interface PostgresClient {
  /** Runs one statement. The parameters `$1`, `$2`, … are strings, numbers, booleans or null. */
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface PostgresOptions {
  /** The schema of the tables: lower-case letters, digits and underscores. Default: `interven`. */
  readonly schema?: string;
}

const DEFAULT_SCHEMA = 'interven';
/** Milliseconds for a statement whose caller has no shorter limit: nothing waits for ever for a database that hangs. */
const STATEMENT_MS = 60_000;

/** A client, and the schema that its statements use. */
export interface Database {
  /** The schema's name, as it is. */
  readonly schema: string;
  /**
   * Runs one statement, in which `{schema}` stands for the quoted schema. `Row` is what the statement selects: cast each
   * column in SQL to `text`, `integer`, `float8` or `boolean`, since clients differ in how they read the other types.
   */
  readonly query: <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
}

/**
 * Checks a client and its options.
 *
 * @param owner the function that they were passed to, for the message
 * @param limitMs the time that a statement may take
 * @throws TypeError for a client without `query`, for an unknown option, and for an invalid schema
 */
export function databaseOf(
  owner: string,
  client: PostgresClient,
  options: PostgresOptions,
  known: readonly string[] = [],
  limitMs: number = STATEMENT_MS,
): Database {
  if (!hasMethods(client, ['query']))
    throw new TypeError(`${owner}: client is ${shown(client)}; it must have query(text, values), as a pg.Pool has.`);
  checkKeys(owner, options, ['schema', ...known]);
  const { schema = DEFAULT_SCHEMA } = options;
  if (typeof (schema as unknown) !== 'string' || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new TypeError(
      `${owner}: schema is ${shown(schema)}; it must be 1 to 63 lower-case letters, digits and underscores.`,
    );
  return {
    schema,
    async query<Row>(text: string, values: readonly unknown[] = []) {
      const statement = text.replaceAll('{schema}', `"${schema}"`);
      const { rows } = await inTime(limitMs, async () => client.query(statement, [...values]));
      return rows as readonly Row[];
    },
  };
}

/** Runs a statement, which may still arrive after the time limit. */
async function inTime<T>(ms: number, statement: () => Promise<T>): Promise<T> {
  return new Limit(undefined, ms).within(statement).catch((cause: unknown) => {
    if (!(cause instanceof TimeLimitError)) throw cause;
    throw new TimeLimitError(`Postgres did not answer within ${Math.round(ms)} ms.`, { cause });
  });
}

/** The tables are not as this version needs them: repeating the statement does not help. */
export class SchemaError extends Error {}

/** The SQLSTATE of an error that the server reported; undefined for any other error. None begins as `EPIPE` of Node does. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}
