import { isKeyJournal, runOfKey } from '../runner/journal/key-log.ts';
import { SchemaError, type Database } from './client.ts';
import { entriesOf, isStorable } from './held-run.ts';
import { type Holder, msOf, readEntries } from './journal-statements.ts';

/** A run with the entry of its start, as JSON. */
export interface RunRow {
  readonly id: string;
  readonly start: string;
}

/** Reads the id that the database got when its tables were created. */
export async function storeId({ query }: Database): Promise<string> {
  const [row] = await query<{ id: string }>('SELECT id FROM {schema}.store');
  if (row) return row.id;
  throw new SchemaError('The table "store" in Postgres is empty: its row was deleted. Insert an id into it.');
}

export async function listRuns({ query }: Database): Promise<readonly string[]> {
  return (await query<{ id: string }>('SELECT id FROM {schema}.runs ORDER BY created_at, id'))
    .map(({ id }) => id)
    .filter((id) => !isKeyJournal(id));
}

/** As in the index of the newest runs. */
const IS_RUN = `id NOT LIKE 'key:%'`;

/** Lists the newest runs, or those that began before another one, newest first. */
export async function newestRuns({ query }: Database, limit: number, before?: string): Promise<readonly string[]> {
  const place = '(created_at, id) < (SELECT created_at, id FROM {schema}.runs WHERE id = $2)';
  return idsOf(
    await query(
      `SELECT id FROM {schema}.runs WHERE ${IS_RUN}${before === undefined ? '' : ` AND ${place}`}
      ORDER BY created_at DESC, id DESC LIMIT $1::integer`,
      [limit, ...(before === undefined ? [] : [before])],
    ),
  );
}

/** Lists runs whose ids begin with a prefix: first the one of this id. */
export async function runsWith({ query }: Database, prefix: string, limit: number): Promise<readonly string[]> {
  if (!isStorable(prefix)) return [];
  return idsOf(
    await query(
      `SELECT id FROM {schema}.runs WHERE ${IS_RUN} AND id >= $1 AND id < $1 || chr(1114111) ORDER BY id LIMIT $2::integer`,
      [prefix, limit],
    ),
  );
}

export async function countRuns({ query }: Database): Promise<number> {
  const [row] = await query<{ count: number }>(`SELECT count(*)::integer AS count FROM {schema}.runs WHERE ${IS_RUN}`);
  return row?.count ?? 0;
}

/** Reads the open runs. `process` is that of the holder, as JSON; null if no process serves the run. */
export async function openRunRows({ query }: Database): Promise<readonly (RunRow & { process: string | null })[]> {
  return query(
    `SELECT run.id, start.entry AS start, CASE WHEN run.held_until > clock_timestamp() THEN run.process END AS process
    FROM {schema}.runs AS run JOIN {schema}.events AS start ON start.run_id = run.id AND start.key = 'run-start'
    WHERE run.ended_at IS NULL
    ORDER BY run.created_at, run.id`,
  );
}

/** Takes the open run that no process has served for the longest time. */
export async function claimRun(
  { query }: Database,
  { name, process }: Holder,
  leaseMs: number,
  releasedForMs: number,
): Promise<RunRow | undefined> {
  const [row] = await query<RunRow>(
    `WITH next AS (
      SELECT run.id, start.entry
      FROM {schema}.runs AS run JOIN {schema}.events AS start ON start.run_id = run.id AND start.key = 'run-start'
      WHERE run.ended_at IS NULL
        AND run.held_until < clock_timestamp() - CASE WHEN run.holder IS NULL THEN ${msOf('$4')} ELSE '0' END
      ORDER BY run.held_until
      LIMIT 1
      FOR UPDATE OF run SKIP LOCKED
    )
    UPDATE {schema}.runs AS run
    SET holder = $1, process = $2, held_until = clock_timestamp() + ${msOf('$3')}, epoch = run.epoch + 1
    FROM next WHERE run.id = next.id
    RETURNING run.id, next.entry AS start`,
    [name, process, leaseMs, releasedForMs],
  );
  return row;
}

const BATCH = 500;
/** A row without an event for that long was left by a process that was killed. */
const EMPTY_MS = 3_600_000;

/** Removes runs that ended before a time, and rows without an event, in batches of one statement each. */
export async function pruneRuns(
  database: Database,
  olderThanMs: number,
  dryRun: boolean,
): Promise<{ readonly ended: readonly string[]; readonly empty: readonly string[] }> {
  // Not clock_timestamp(), which changes within a statement: Postgres does not look it up in an index.
  const over = (column: string): string => `${column} < statement_timestamp() - ${msOf('$1')}`;
  const isFree = '(run.holder IS NULL OR run.held_until < clock_timestamp())';
  const wanted = {
    keys: [
      `run.id IN (SELECT json_array_elements_text($2::text::json)) AND run.ended_at IS NULL
      AND ${over('run.written_at')} AND ${isFree}`,
      olderThanMs,
      JSON.stringify(await overKeys(database, olderThanMs)),
    ],
    ended: [`${over('run.ended_at')} AND ${isFree}`, olderThanMs],
    empty: [
      `run.ended_at IS NULL AND ${over('run.held_until')}
      AND NOT EXISTS (SELECT FROM {schema}.events AS event WHERE event.run_id = run.id)`,
      EMPTY_MS,
    ],
  } as const;
  const prune = async ([condition, ...values]: readonly [string, number, string?]): Promise<readonly string[]> => {
    const found = `SELECT run.id FROM {schema}.runs AS run WHERE ${condition}`;
    if (dryRun) return idsOf(await database.query(found, values));
    const removed: string[] = [];
    for (;;) {
      const ids = idsOf(
        await database.query(
          `WITH old AS (${found} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED),
          gone AS (DELETE FROM {schema}.events USING old WHERE run_id = old.id)
          DELETE FROM {schema}.runs AS run USING old WHERE run.id = old.id RETURNING run.id`,
          values,
        ),
      );
      removed.push(...ids);
      if (ids.length < BATCH) return removed;
    }
  };
  // Keys first: without its run, a key could not return the result.
  const keys = await prune(wanted.keys);
  return { ended: [...keys, ...(await prune(wanted.ended))], empty: await prune(wanted.empty) };
}

/** Lists the open journals of keys whose runs ended before a time without them, or were removed. */
async function overKeys(database: Database, olderThanMs: number): Promise<readonly string[]> {
  const isOld = (column: string): string => `${column} < statement_timestamp() - ${msOf('$1')}`;
  const open = await database.query<{ id: string }>(
    `SELECT id FROM {schema}.runs WHERE ended_at IS NULL AND id LIKE 'key:%' AND ${isOld('written_at')}`,
    [olderThanMs],
  );
  const over: string[] = [];
  for (const { id } of open) {
    const runId = runOfKey(entriesOf(id, await readEntries(database, id)));
    if (runId === undefined) continue;
    const kept = await database.query(
      `SELECT id FROM {schema}.runs WHERE id = $2 AND (${isOld('ended_at')}) IS NOT TRUE`,
      [olderThanMs, runId],
    );
    if (kept.length === 0) over.push(id);
  }
  return over;
}

function idsOf(rows: readonly unknown[]): readonly string[] {
  return (rows as readonly { readonly id: string }[]).map(({ id }) => id);
}
