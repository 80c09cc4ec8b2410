import { omitUndefined } from '../internal/omit-undefined.ts';
import { migrate, MIGRATION_MS } from '../postgres/migrations.ts';
import { command, type Command } from './command.ts';
import { databaseError, DATABASE_ENVIRONMENT, SCHEMA_OPTION, withDatabase } from './database.ts';

export const migrateCommand: Command = command({
  name: 'migrate',
  summary: 'Create or update the tables in Postgres',
  description:
    'Creates the schema and the tables of postgresJournal and of the other stores in Postgres, or brings them up to date. Safe to run at each start, also by several processes at once. Needs the package pg, and a role that may create a schema in the database or owns a schema of this name; not a superuser.',
  options: SCHEMA_OPTION,
  environment: DATABASE_ENVIRONMENT,
  examples: [['interven-openai-assistants migrate', 'before each deploy']],
  async run({ values: { schema }, json }, io) {
    const { version } = await withDatabase(
      io,
      async (client) =>
        migrate(client, omitUndefined({ schema })).catch((cause: unknown) => {
          throw databaseError(cause);
        }),
      MIGRATION_MS + 10_000,
    );
    io.write(json ? `${JSON.stringify({ version })}\n` : `The tables are up to date: version ${version}.\n`);
    return 0;
  },
});
