import { opendir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { omitUndefined } from '../internal/omit-undefined.ts';
import { databaseOf, type PostgresClient } from '../postgres/client.ts';
import { runsWith } from '../postgres/journal-lists.ts';
import { postgresJournal } from '../postgres/journal.ts';
import { fileJournal } from '../runner/journal/file-journal.ts';
import type { ListedJournal } from '../runner/journal/journal-runs.ts';
import type { PruneOptions, PruneResult } from '../runner/journal/prune.ts';
import { viewRun, type RunView } from '../runner/journal/run-summary.ts';
import { CommandError, type Io } from './command.ts';
import { databaseError, SCHEMA_OPTION, withDatabase } from './database.ts';
import { oneLine, shellWord } from './format.ts';
import { MIN_PREFIX_LENGTH, required } from './runs-options.ts';

export const STORE_OPTIONS = {
  journal: { type: 'string', value: 'DIR', description: 'the directory of fileJournal' },
  postgres: {
    type: 'boolean',
    description: 'instead of --journal: the runs of postgresJournal, in the database of DATABASE_URL',
  },
  ...SCHEMA_OPTION,
} as const;

interface StoreValues {
  readonly journal?: string | undefined;
  readonly postgres: boolean;
  readonly schema?: string | undefined;
}

/** The journals that the options name. */
export interface RunStore {
  readonly journal: ListedJournal & { prune(options: PruneOptions): Promise<PruneResult> };
  /** Lists ids that begin with a prefix: all, or enough to say that it is ambiguous. */
  readonly startingWith: (prefix: string) => Promise<readonly string[]>;
  /** Lists the ids of the newest runs, newest first, and counts the older ones. */
  newest(limit: number): Promise<{ readonly ids: readonly string[]; readonly olderCount: number }>;
  /** Its name in messages. */
  readonly name: string;
  /** The options that name it, in another command. */
  readonly options: string;
  /** The expression that creates its journal. */
  readonly code: string;
  /** Says why a runner's journal is another one; undefined if it is this one. */
  mismatch(other: object): Promise<string | undefined>;
}

/**
 * Calls `work` with the journals that the options name.
 *
 * @throws CommandError for missing and contradictory options, and if the directory or the database cannot be read
 */
export async function withRuns<T>(
  { journal, postgres, schema }: StoreValues,
  io: Io,
  work: (store: RunStore) => Promise<T>,
): Promise<T> {
  if (schema !== undefined && !postgres) throw new CommandError(2, '--schema requires --postgres.');
  if (!postgres)
    return work(await fileStore(required('journal', journal, 'the directory of your fileJournal, or use --postgres')));
  if (journal !== undefined) throw new CommandError(2, 'Use --journal or --postgres, not both.');
  return withDatabase(io, async (client) => work(await postgresStore(client, schema)));
}

async function fileStore(directory: string): Promise<RunStore> {
  const name = oneLine(directory);
  try {
    // A directory that does not exist is a mistyped one.
    await (await opendir(directory)).close();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such directory.' : message;
    throw new CommandError(3, `--journal ${name} cannot be read: ${why}`, { cause });
  }
  const journal = fileJournal(directory);
  return {
    journal,
    startingWith: async (prefix) => (await journal.list()).filter((id) => id.startsWith(prefix)),
    async newest(limit) {
      const all = (await journal.list()).toReversed();
      return { ids: all.slice(0, limit), olderCount: Math.max(0, all.length - limit) };
    },
    name,
    options: `--journal ${shellWord(directory)}`,
    code: `fileJournal(${JSON.stringify(name)})`,
    async mismatch(other) {
      const { directory: own } = other as { readonly directory?: unknown };
      if (typeof own !== 'string') return "its runner's journal has no directory; it must be a fileJournal.";
      // Not by its id, which a copy of the directory has, too.
      const [ownPath, path] = await Promise.all(
        [own, directory].map(async (one) => realpath(one).catch(() => resolve(one))),
      );
      return ownPath === path ? undefined : `its runner's journals are in ${oneLine(own)}, not in ${name} (--journal).`;
    },
  };
}

async function postgresStore(client: PostgresClient, schema: string | undefined): Promise<RunStore> {
  try {
    const database = databaseOf('postgresJournal', client, omitUndefined({ schema }));
    const journal = postgresJournal(client, omitUndefined({ schema }));
    // The journal itself would try again for a while.
    await client.query('SELECT 1');
    const id = await journal.id?.();
    return {
      journal,
      startingWith: async (prefix) => runsWith(database, prefix, MAX_NAMED),
      async newest(limit) {
        const ids = await journal.newest({ limit });
        return { ids, olderCount: ids.length < limit ? 0 : Math.max(0, (await journal.count()) - limit) };
      },
      name: 'the database',
      options: schema === undefined ? '--postgres' : `--postgres --schema ${schema}`,
      code: schema === undefined ? 'postgresJournal(pool)' : `postgresJournal(pool, { schema: "${schema}" })`,
      async mismatch(own) {
        const isSame = (await (own as Partial<typeof journal>).id?.()) === id;
        return isSame ? undefined : "its runner's journal is not the postgresJournal of DATABASE_URL (--postgres).";
      },
    };
  } catch (cause) {
    throw databaseError(cause);
  }
}

/** The number of ids that an ambiguous prefix of a database may name. */
const MAX_NAMED = 20;

/**
 * Reads a run by its id or a unique prefix.
 *
 * @throws CommandError if no run matches, or several do; Error if its journal cannot be read
 */
export async function findRun({ journal, startingWith }: RunStore, given: string): Promise<RunView> {
  const ids = await startingWith(given);
  const matches = given.length < MIN_PREFIX_LENGTH ? [] : ids;
  const found = ids.includes(given) ? [given] : matches;
  const [id, other] = found;
  if (other !== undefined) {
    const all = found.map(oneLine).join(', ');
    throw new CommandError(2, `"${oneLine(given)}" matches ${found.length} ids: ${all}. Use a longer prefix.`);
  }
  const stored = id === undefined ? undefined : await journal.read(id);
  if (id !== undefined && stored) return viewRun(id, stored);
  const least = given.length < MIN_PREFIX_LENGTH ? ` (a prefix needs at least ${MIN_PREFIX_LENGTH} characters)` : '';
  throw new CommandError(3, `No journal of a run "${oneLine(given)}"${least}. List the runs with runs list.`);
}
