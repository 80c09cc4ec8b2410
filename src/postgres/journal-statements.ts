import type { Database } from './client.ts';

/**
 * The statements of `postgresJournal`. Times are those of the database's clock, in milliseconds. Each statement that
 * writes to a run updates its row first: the lock of the row puts the statements of all processes in one order, and an
 * update that had to wait checks its conditions again.
 */

/** The milliseconds of the parameter, as an interval. */
export const msOf = (parameter: string): string => `${parameter}::float8 * interval '1 millisecond'`;
const LEASE_END = `clock_timestamp() + ${msOf('$3')}`;
/** What taking a run changes. The new epoch fences off the statements of earlier holders that are still in flight. */
const TAKEN = `holder = $2, held_until = ${LEASE_END}, process = $4, epoch = run.epoch + 1`;
/** A released run, one whose lease is over, and one that this holder took with a statement whose response was lost. */
const IS_FREE = `run.holder IS NULL OR run.holder = $2 OR run.held_until < clock_timestamp()`;

/** Of a holder: its random name, and its process as JSON. */
export interface Holder {
  readonly name: string;
  readonly process: string;
}

/** A run's row, as an error about it needs it. */
export interface HeldRow {
  readonly process: string | null;
  readonly leftMs: number;
}

export interface EntryRow {
  readonly seq: number;
  readonly at: number;
  readonly entry: string;
}

/** Rows for the events that the statement accepted: all, or none. */
export type AcceptedRow = Pick<EntryRow, 'seq' | 'at'>;

/** An event that is about to be appended. */
export interface NewEvent {
  /** The key, or its hash. */
  readonly key: string;
  readonly seq: number;
  readonly entry: string;
}

/** Takes a free run, or creates it. Returns the new epoch; undefined if another holder has it. */
export async function takeOrCreate(
  { query }: Database,
  runId: string,
  { name, process }: Holder,
  leaseMs: number,
): Promise<number | undefined> {
  const [row] = await query<{ epoch: number }>(
    `INSERT INTO {schema}.runs AS run (id, holder, held_until, process, epoch)
    VALUES ($1, $2, ${LEASE_END}, $4, 1)
    ON CONFLICT (id) DO UPDATE
    SET ${TAKEN}
    WHERE ${IS_FREE}
    RETURNING epoch`,
    [runId, name, leaseMs, process],
  );
  return row?.epoch;
}

/** Takes a free run that exists. Also fences off this holder's own statements that are still in flight. */
export async function take(
  { query }: Database,
  runId: string,
  { name, process }: Holder,
  leaseMs: number,
): Promise<number | undefined> {
  const [row] = await query<{ epoch: number }>(
    `UPDATE {schema}.runs AS run
    SET ${TAKEN}
    WHERE id = $1 AND (${IS_FREE})
    RETURNING epoch`,
    [runId, name, leaseMs, process],
  );
  return row?.epoch;
}

/** Gives this holder's run a new epoch, so that none of its statements that are still in flight can write. */
export async function fence(
  { query }: Database,
  runId: string,
  holder: string,
  leaseMs: number,
): Promise<number | undefined> {
  const [row] = await query<{ epoch: number }>(
    `UPDATE {schema}.runs SET epoch = epoch + 1, held_until = ${LEASE_END}
    WHERE id = $1 AND holder = $2
    RETURNING epoch`,
    [runId, holder, leaseMs],
  );
  return row?.epoch;
}

/** Appends events and renews the lease, if holder and epoch are still these: the epochs of a run that was removed begin again. */
export async function append(
  { query }: Database,
  runId: string,
  { epoch, name }: Pick<Holder, 'name'> & { readonly epoch: number },
  leaseMs: number,
  events: readonly NewEvent[],
  hasEnded: boolean | undefined,
): Promise<readonly AcceptedRow[]> {
  return query<AcceptedRow>(
    `WITH held AS (
      UPDATE {schema}.runs
      SET held_until = ${LEASE_END}, written_at = clock_timestamp(),
        ended_at = CASE WHEN $5::boolean IS NULL THEN ended_at WHEN $5::boolean THEN clock_timestamp() END
      WHERE id = $1 AND epoch = $2::integer AND holder = $6
      RETURNING id, written_at
    ), accepted AS (
      INSERT INTO {schema}.events (run_id, key, seq, at, entry)
      SELECT held.id, new.key, new.seq, held.written_at, new.entry
      FROM held, json_to_recordset($4::text::json) AS new (key text, seq integer, entry text)
      ON CONFLICT (run_id, key) DO NOTHING
      RETURNING seq, at
    )
    SELECT seq, (extract(epoch FROM at) * 1000)::float8 AS at FROM accepted`,
    [runId, epoch, leaseMs, JSON.stringify(events), hasEnded ?? null, name],
  );
}

/** Reads the events of a run from a number on. */
export async function readEntries({ query }: Database, runId: string, from = 1): Promise<readonly EntryRow[]> {
  return query<EntryRow>(
    `SELECT seq, (extract(epoch FROM at) * 1000)::float8 AS at, entry
    FROM {schema}.events WHERE run_id = $1 AND seq >= $2::integer ORDER BY seq`,
    [runId, from],
  );
}

/** Renews the leases of holders. Returns the names of those that still hold their runs. */
export async function renew(
  { query }: Database,
  held: readonly { readonly id: string; readonly holder: string }[],
  leaseMs: number,
): Promise<ReadonlySet<string>> {
  const rows = await query<{ holder: string }>(
    `UPDATE {schema}.runs AS run SET held_until = clock_timestamp() + ${msOf('$2')}
    FROM json_to_recordset($1::text::json) AS mine (id text, holder text)
    WHERE run.id = mine.id AND run.holder = mine.holder
    RETURNING run.holder`,
    [JSON.stringify(held), leaseMs],
  );
  return new Set(rows.map(({ holder }) => holder));
}

export async function release({ query }: Database, runId: string, holder: string): Promise<void> {
  await query(
    `UPDATE {schema}.runs SET holder = NULL, process = NULL, held_until = clock_timestamp()
    WHERE id = $1 AND holder = $2`,
    [runId, holder],
  );
}

/** Removes a run without an event. */
export async function removeEmpty({ query }: Database, runId: string, holder: string): Promise<void> {
  await query(
    `DELETE FROM {schema}.runs
    WHERE id = $1 AND holder = $2 AND NOT EXISTS (SELECT FROM {schema}.events WHERE run_id = $1)`,
    [runId, holder],
  );
}

/** Reads the holder of a run; undefined if there is no such run. */
export async function readHolder({ query }: Database, runId: string): Promise<HeldRow | undefined> {
  const [row] = await query<HeldRow>(
    `SELECT process, (extract(epoch FROM held_until - clock_timestamp()) * 1000)::float8 AS "leftMs"
    FROM {schema}.runs WHERE id = $1`,
    [runId],
  );
  return row;
}
