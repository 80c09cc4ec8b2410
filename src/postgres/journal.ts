import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { checkMs, checkBoolean, checkKeys, checkMsOrZero, shown } from '../internal/checks.ts';
import { readEvent, type JournaledRun } from '../runner/journal/events.ts';
import type { Journal, RunJournal } from '../runner/journal/journal.ts';
import { isKeyJournal, journalName } from '../runner/journal/key-log.ts';
import type { OpenRun, StoredRun } from '../runner/journal/open-run.ts';
import type { PruneOptions, PruneResult } from '../runner/journal/prune.ts';
import { databaseOf, type Database, type PostgresClient, type PostgresOptions } from './client.ts';
import { entriesOf, HeldRun, isStorable, lockedBy, readProcess, thisProcess } from './held-run.ts';
import { readEntries, readHolder, release, take, takeOrCreate } from './journal-statements.ts';
import { claimRun, countRuns, listRuns, newestRuns, openRunRows, pruneRuns, storeId } from './journal-lists.ts';
import { Leases } from './leases.ts';
import { checkVersion } from './migrations.ts';
import { persist, retryable } from './persist.ts';

export interface PostgresJournalOptions extends PostgresOptions {
  /**
   * Milliseconds after which another process may take over a run whose process has died or cannot reach the database.
   * A process renews the leases of its runs three times as often. From 1,000. Default: 30 000.
   */
  readonly leaseMs?: number;
}

export interface ClaimOptions {
  /**
   * Milliseconds for which a run that a process left open, because it waits for approvers or because the process was
   * stopped, is not returned. `Infinity` returns only runs whose process has died. Default: 60 000.
   */
  readonly releasedForMs?: number;
}

/** Journals in Postgres, which all processes on all machines share. */
export interface PostgresJournal extends Journal {
  /** Lists the ids of the runs with a journal, oldest first. */
  list(): Promise<readonly string[]>;
  /** Lists the ids of the newest runs, newest first: at most `limit`, and only those that began before the run `before`. */
  newest(query: { readonly limit: number; readonly before?: string | undefined }): Promise<readonly string[]>;
  /** Counts the runs with a journal. */
  count(): Promise<number>;
  /** Lists the runs that have not ended, oldest first, with the process that serves each of them. */
  openRuns(): Promise<readonly OpenRun[]>;
  /** Reads the journal of a run, also while a process serves it. Takes no lease. Undefined if there is none. */
  read(runId: string): Promise<StoredRun | undefined>;
  /**
   * Hands an open run that no process serves to this process, and to no other one. Resume it within `leaseMs`; until
   * then no other process can. Undefined if there is none.
   *
   * @example
   * for (let run; (run = await journal.claimNext()); ) await runner.resume(run.threadId, run.id);
   */
  claimNext(options?: ClaimOptions): Promise<JournaledRun | undefined>;
  /**
   * Removes the journals of runs that ended long ago, in batches, and those without an event. Keeps the journals of open
   * runs and those in use by a process.
   */
  prune(options?: PruneOptions): Promise<PruneResult>;
}

const LEASE_MS = 30_000;
const MIN_LEASE_MS = 1_000;
const RELEASED_FOR_MS = 60_000;
const PRUNE_AFTER_MS: number = 30 * 24 * 60 * 60 * 1_000;
/** Longer than any database runs, and short enough for its intervals. */
const MAX_MS = 1e14;

/**
 * Creates journals in Postgres, for runs on several machines. Create the tables with `migrate` first. A run belongs to one
 * process at a time, by a lease: after `leaseMs` without a sign of life another process may take it over, and the earlier
 * one can write nothing more. Only the database's clock counts. The tables contain arguments and outputs.
 *
 * @param client a `pg.Pool`, a PGlite instance, or another client with `query(text, values)`
 * @throws TypeError for an invalid client or option. Its methods throw the client's errors, and an Error with the remedy
 * if the tables are missing, older or newer than this version needs.
 *
 * @example
 * const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
 * pool.on('error', (error) => log(error)); // without a listener, a lost idle connection ends the process
 * const runner = new GuardedRunner({ client, gateway, journal: postgresJournal(pool), tools });
 */
export function postgresJournal(client: PostgresClient, options: PostgresJournalOptions = {}): PostgresJournal {
  const owner = 'postgresJournal';
  const patient = databaseOf(owner, client, options, ['leaseMs']);
  const leaseMs = checkMs('leaseMs', options.leaseMs, MIN_LEASE_MS) ?? LEASE_MS;
  const database = databaseOf(owner, client, options, ['leaseMs'], leaseMs / 3);
  const leases = new Leases(database, leaseMs);
  /** The names by which this process holds the runs that it has claimed and not opened. */
  const claimed = new Map<string, string>();
  let checked: Promise<void> | undefined;
  /** Repeats a statement that may arrive twice, if its connection is lost. */
  const steady = async <T>(statement: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    return persist(() => since + leaseMs / 2, statement);
  };
  const ready = async (): Promise<void> => {
    checked ??= steady(async () => checkVersion(database)).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    return checked;
  };
  const ask = async <T>(statement: (database: Database) => Promise<T>): Promise<T> => {
    await ready();
    return steady(async () => statement(database));
  };

  /** Takes a run and reads its events; undefined if there is no such run. */
  const hold = async (runId: string, takeRun: typeof take): Promise<HeldRun | undefined> => {
    checkRunId(runId);
    await ready();
    const holder = { name: claimed.get(runId) ?? randomUUID(), process: thisProcess() };
    claimed.delete(runId);
    const since = performance.now();
    // Under the same name, so that it may be repeated.
    const epoch = await steady(async () => takeRun(database, runId, holder, leaseMs));
    if (epoch === undefined) {
      const row = await steady(async () => readHolder(database, runId));
      if (row) throw lockedBy(runId, row);
      return undefined;
    }
    try {
      // Not in the statement that takes the run: that does not see what a statement before it wrote while it waited.
      const rows = await steady(async () => readEntries(database, runId));
      const onGone = (run: HeldRun): void => {
        leases.delete(run);
      };
      const run = new HeldRun({ database, runId, holder, epoch, leaseMs, onGone }, rows, since);
      leases.add(run);
      return run;
    } catch (error) {
      await release(database, runId, holder.name).catch(() => undefined);
      throw error;
    }
  };

  return {
    id: async () => ask(storeId),
    async open(runId): Promise<RunJournal> {
      const run = await hold(runId, takeOrCreate);
      if (run) return run;
      throw retryable(
        new Error(`${journalName(runId, 'Run')} was removed from Postgres while it was opened. Try again.`),
      );
    },
    async reopen(runId) {
      const run = await hold(runId, take);
      if (!run || run.entries.length > 0) return run;
      // An earlier process ended before its first event was written. Closing removes the run.
      await run.close();
      return undefined;
    },
    list: async () => ask(listRuns),
    async newest({ limit, before }) {
      if (!(Number.isSafeInteger(limit) && limit > 0))
        throw new TypeError(`newest: limit is ${shown(limit)}; it must be a positive integer.`);
      if (before !== undefined && !isStorable(before)) return [];
      return ask(async () => newestRuns(database, limit, before));
    },
    count: async () => ask(countRuns),
    async openRuns() {
      return (await ask(openRunRows)).map(({ id, start, process: stored }): OpenRun => {
        try {
          return { id, run: runOf(start), owner: ownerOf(stored), problem: undefined };
        } catch (error) {
          return { id, run: undefined, owner: undefined, problem: error as Error };
        }
      });
    },
    async read(runId) {
      await ready();
      const holder = isStorable(runId) ? await steady(async () => readHolder(database, runId)) : undefined;
      if (!holder) return undefined;
      const entries = entriesOf(runId, await steady(async () => readEntries(database, runId)));
      return { entries, owner: holder.leftMs > 0 ? ownerOf(holder.process) : undefined };
    },
    async claimNext(claim = {}) {
      checkKeys('claimNext', claim, ['releasedForMs']);
      const { releasedForMs: given } = claim;
      const releasedForMs = given === Infinity ? MAX_MS : (checkMsOrZero('releasedForMs', given) ?? RELEASED_FOR_MS);
      await ready();
      const holder = { name: randomUUID(), process: thisProcess() };
      // Not repeated: it might claim another run.
      const row = await claimRun(database, holder, leaseMs, releasedForMs);
      if (!row) return undefined;
      claimed.set(row.id, holder.name);
      return runOf(row.start);
    },
    async prune(given = {}) {
      const { olderThanMs = PRUNE_AFTER_MS, dryRun = false } = given;
      checkKeys('prune', given, ['olderThanMs', 'dryRun']);
      checkBoolean('dryRun', dryRun);
      if (!(Number.isFinite(olderThanMs) && olderThanMs >= 0))
        throw new TypeError(`olderThanMs is ${shown(olderThanMs)}; it must be milliseconds, from 0.`);
      await ready();
      return { ...(await pruneRuns(patient, Math.min(olderThanMs, MAX_MS), dryRun)), leftovers: [], problems: [] };
    },
  };
}

function ownerOf(stored: string | null): OpenRun['owner'] {
  const owner = readProcess(stored);
  return owner && { ...owner, isHere: owner.host === hostname() };
}

/** @throws TypeError for an id that Postgres cannot store or index */
function checkRunId(runId: string): void {
  if (runId !== '' && runId.length <= MAX_ID_LENGTH && isStorable(runId)) return;
  throw new TypeError(
    `${isKeyJournal(runId) ? journalName(runId.slice(0, 54)) : `Run id ${shown(runId.slice(0, 50))}`} cannot be used: it is empty, too long or not valid Unicode.`,
  );
}

const MAX_ID_LENGTH = 400;

/** @throws TypeError for an entry that is not the start of a run */
function runOf(entry: string): JournaledRun {
  const event = readEvent((JSON.parse(entry) as { readonly event?: unknown }).event);
  if (event.type === 'run-start') return event.run;
  throw new TypeError(`The journal has the event "${event.type}" under the key of its start.`);
}
