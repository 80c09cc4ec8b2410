import { PGlite } from '@electric-sql/pglite';
import { migrate } from 'interven-openai-assistants/postgres';

/** Starts Postgres in this process, with the tables. It takes a second: one for each test file. */
export async function migratedDatabase(): Promise<PGlite> {
  const database = await PGlite.create();
  await migrate(database);
  return database;
}
