import { PGlite } from '@electric-sql/pglite';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { migrate } from 'interven-openai-assistants/postgres';

const MODULES = resolve(import.meta.dirname, '../../node_modules');
const { version } = JSON.parse(readFileSync(`${MODULES}/@electric-sql/pglite/package.json`, 'utf8')) as {
  version: string;
};
const SNAPSHOT = `${MODULES}/.cache/bundled/pglite-${version}.tar`;

/** Starts an empty Postgres in this process. The first one leaves its files to the others: setting them up takes seconds. */
export async function emptyDatabase(): Promise<PGlite> {
  if (existsSync(SNAPSHOT)) return PGlite.create({ loadDataDir: new Blob([readFileSync(SNAPSHOT)]) });
  const database = await PGlite.create();
  const files = await database.dumpDataDir('none');
  mkdirSync(dirname(SNAPSHOT), { recursive: true });
  writeFileSync(`${SNAPSHOT}.${process.pid}`, Buffer.from(await files.arrayBuffer()));
  renameSync(`${SNAPSHOT}.${process.pid}`, SNAPSHOT);
  return database;
}

export async function migratedDatabase(): Promise<PGlite> {
  const database = await emptyDatabase();
  await migrate(database);
  return database;
}
