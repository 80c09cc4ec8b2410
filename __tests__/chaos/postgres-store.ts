import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { migrate } from '../../src/postgres/migrations.ts';
import type { JournalFile, JournalFileEvent } from './journal-file.ts';
import { emptyDatabase } from '../setup/postgres.ts';
import { startPostgres, type DatabaseServer } from './postgres-server.ts';
import { startProxy } from './proxy.ts';
import type { Random } from './random.ts';
import type { ChaosStore } from './store.ts';

/** `postgres` is Debian's; `pglite` runs in this process, and is never restarted. */
export type DatabaseKind = 'postgres' | 'pglite';

const LEASES_MS: Readonly<Record<DatabaseKind, number>> = { postgres: 4_000, pglite: 1_500 };

interface Row {
  readonly run_id: string;
  readonly key: string;
  readonly event: JournalFileEvent;
}

/** @param isCalm true if no connection is cut, and the database is not restarted */
export async function postgresStore(
  kind: DatabaseKind,
  folder: string,
  random: Random,
  isCalm: boolean,
): Promise<ChaosStore> {
  const leaseMs = LEASES_MS[kind];
  const server = await (kind === 'postgres' ? startPostgres(join(folder, 'postgres')) : startPglite());
  const proxy = await startProxy(server.port, random);
  const url = (port: number): string => `postgres://${server.user}@127.0.0.1:${port}/postgres`;
  const pool = new Pool({ connectionString: url(server.port), max: 1 });
  pool.on('error', () => undefined);
  const query = async (text: string, values: unknown[] = []): Promise<readonly JournalFile[]> => {
    for (;;) {
      try {
        return byRun((await pool.query(text, values)).rows as Row[]);
      } catch {
        // The database restarts.
        await sleep(100);
      }
    }
  };
  const EVENTS = `SELECT run_id, entry::json->>'key' AS key, entry::json->'event' AS event FROM interven.events`;
  const disturb = async (): Promise<void> => {
    if (server.restart && random.chance(0.3)) await server.restart();
    else proxy.cut();
  };
  await migrate(pool);
  return {
    settings: { journals: '', marks: '', database: { url: url(proxy.port), leaseMs } },
    leaseMs,
    all: async () => query(`${EVENTS} ORDER BY run_id, seq`),
    async find(keys) {
      const [found] = await query(
        `${EVENTS} WHERE run_id IN (
          SELECT run_id FROM interven.events, LATERAL (SELECT entry::json #> '{event,run}' AS run) AS start
          WHERE key = 'run-start' AND (run->>'threadId' = ANY($1) OR run->'request'->>'input' = ANY($1))
        ) ORDER BY run_id, seq`,
        [keys],
      );
      return found;
    },
    async left(pid) {
      // The last statement of a dead process has arrived by then, and its lease is not over.
      await sleep(leaseMs / 2);
      const held = await query(
        `${EVENTS} WHERE run_id IN (SELECT id FROM interven.runs WHERE process::json->>'pid' = $1) ORDER BY run_id, seq`,
        [String(pid)],
      );
      return { held, tornTails: 0 };
    },
    ...(isCalm ? {} : { disturb }),
    async close() {
      await pool.end();
      proxy.close();
      await server.stop();
    },
  };
}

function byRun(rows: readonly Row[]): readonly JournalFile[] {
  const runs = new Map<string, Map<string, JournalFileEvent>>();
  for (const { run_id: id, key, event } of rows) {
    const events = runs.get(id) ?? new Map<string, JournalFileEvent>();
    runs.set(id, events.set(key, event));
  }
  return [...runs].map(([path, events]) => ({ path, run: events.get('run-start')?.run, events }));
}

async function startPglite(): Promise<DatabaseServer> {
  const db = await emptyDatabase();
  const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 64 });
  await server.start();
  const port = Number(server.getServerConn().split(':').at(-1));
  return {
    port,
    user: 'postgres',
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}
