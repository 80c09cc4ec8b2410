import { Pool } from 'pg';
import { postgresJournal } from '../../src/postgres/journal.ts';
import type { Journal, RunJournal } from '../../src/runner/journal/journal.ts';
import type { Settings } from './jobs.ts';

/** The journal of a worker in Postgres. Its process kills itself at a statement, before or after it. */
export function journalInPostgres({ database, killAt, journal }: Settings): Journal {
  const { url = '', leaseMs = 0 } = database ?? {};
  const pool = new Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 1_000 });
  pool.on('error', () => undefined);
  let statements = 0;
  const real = postgresJournal(
    {
      async query(text, values) {
        statements += 1;
        const isLast = statements === killAt?.operation;
        const sent = isLast && killAt.part === 'before' ? undefined : pool.query(text, values);
        if (isLast && killAt.part === 'after') await sent?.catch(() => undefined);
        // Otherwise the statement may arrive, or not.
        if (isLast) process.kill(process.pid, 'SIGKILL');
        return sent ?? new Promise(() => undefined);
      },
    },
    { leaseMs },
  );
  if (journal !== 'postgres-unfenced') return real;
  return {
    ...real,
    open: async (id) => unfenced(await real.open(id)),
    reopen: async (id) => {
      const opened = await real.reopen(id);
      return opened && unfenced(opened);
    },
  };
}

/** Continues as if it still had the run when another process has taken it over: what a lease without a fence permits. */
function unfenced(journal: RunJournal): RunJournal {
  const isOver = (error: unknown): boolean => (error as { code?: unknown }).code === 'ELOCKED';
  return {
    entries: journal.entries,
    append: async (key, event) =>
      journal.append(key, event).catch((error: unknown) => {
        if (isOver(error)) return event;
        throw error;
      }),
    close: async () => journal.close(),
  };
}
