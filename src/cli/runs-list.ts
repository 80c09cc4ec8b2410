import { command, CommandError, type Command } from './command.ts';
import { duration, oneLine } from './format.ts';
import { DATABASE_ENVIRONMENT } from './database.ts';
import { STORE_OPTIONS, withRuns, type RunStore } from './runs-store.ts';
import { describeCalls, countOf, describeRun } from './runs-text.ts';
import { readRuns } from '../runner/journal/journal-runs.ts';
import type { RunView } from '../runner/journal/run-summary.ts';

/** A journal that could not be read, with the reason. */
interface Unreadable {
  readonly id: string;
  readonly unreadable: string;
}

/** A row of the table. It does not keep the calls' payloads in memory. */
type Listed =
  (Omit<RunView, 'calls'> & { readonly calls: readonly Pick<RunView['calls'][number], 'state'>[] }) | Unreadable;

const DEFAULT_LIMIT = 50;

export const runsList: Command = command({
  name: 'list',
  summary: 'Show the runs that have a journal',
  description:
    'One line each, newest first. Takes no lock and changes nothing, so it is safe while runs are in progress. The exit code is 3 if a journal cannot be read; the other runs are still listed.',
  options: {
    open: { type: 'boolean', description: 'only those that have not ended: all of them, without --limit' },
    limit: { type: 'string', value: 'N', description: `the newest N runs (default ${DEFAULT_LIMIT})` },
    ...STORE_OPTIONS,
  },
  environment: DATABASE_ENVIRONMENT,
  examples: [
    ['interven-openai-assistants runs list --journal journals/ --open', 'open runs after a crash'],
    ['interven-openai-assistants runs list --journal journals/ --json', 'the newest runs, as JSON'],
  ],
  async run({ values, json }, io) {
    return withRuns(values, io, async (store) => {
      const { ids, olderCount } = await wanted(store, values);
      const found = await readRuns<Listed>(store.journal, ids, listed, (id, unreadable) => ({ id, unreadable }));
      const runs = found.filter((one) => !values.open || isOpen(one));
      if (json) io.write(`${JSON.stringify({ runs: runs.map(asJson), older: olderCount })}\n`);
      else io.write(runs.length === 0 ? await noRuns(store, values.open) : table(runs.map(rowOf)));
      if (!json && olderCount > 0)
        io.write(`… and ${olderCount} older: --limit ${ids.length + olderCount} lists all.\n`);
      return runs.some((one) => 'unreadable' in one) ? 3 : 0;
    });
  },
});

/** Lists the ids that the options ask for, newest first, and counts the older ones. */
async function wanted(
  store: RunStore,
  { open, limit: given }: { readonly open: boolean; readonly limit?: string | undefined },
): Promise<{ readonly ids: readonly string[]; readonly olderCount: number }> {
  if (given !== undefined && !/^[1-9]\d{0,8}$/.test(given))
    throw new CommandError(2, `--limit is "${oneLine(given)}"; it must be a number from 1.`);
  const limit = Number(given ?? (open ? Infinity : DEFAULT_LIMIT));
  if (!open) return store.newest(limit);
  const ids = (await store.journal.openRuns()).map(({ id }) => id).toReversed();
  const shown = ids.slice(0, limit);
  return { ids: shown, olderCount: ids.length - shown.length };
}

/** Builds the message for an empty list. It names the place, which may be the wrong one. */
async function noRuns({ journal, name }: RunStore, isOpenOnly: boolean): Promise<string> {
  const { length: journals } = isOpenOnly ? await journal.list() : [];
  return journals > 0 ? `No run is open; ${name} has ${journals} that ended.\n` : `No journals in ${name}.\n`;
}

function listed(view: RunView): Listed {
  return { ...view, calls: view.calls.map(({ state }) => ({ state })) };
}

function isOpen(one: Listed): boolean {
  return 'unreadable' in one || one.state !== 'ended';
}

function asJson(one: Listed): object {
  if ('unreadable' in one) return { id: one.id, state: 'unreadable', problem: one.unreadable };
  const { id, file, begunAt, writtenAt, run, state, owner, ending, calls } = one;
  return {
    id,
    file: file?.path,
    begun_at: begunAt,
    written_at: writtenAt,
    api: run?.api,
    thread_id: run?.threadId,
    state,
    owner: owner && { pid: owner.pid, host: owner.host },
    ended: ending,
    calls: calls.length,
    waiting: countOf(one, 'waiting'),
    in_doubt: countOf(one, 'in_doubt'),
  };
}

function rowOf(one: Listed): readonly string[] {
  if ('unreadable' in one) return [one.id, '', '', '', `cannot be read: ${one.unreadable}`].map(oneLine);
  const begun = one.begunAt ? `begun ${duration(Date.now() - one.begunAt.getTime())} ago` : '';
  return [one.id, one.run?.api ?? '', one.run?.threadId ?? '', begun, describeRun(one), describeCalls(one)].map(
    oneLine,
  );
}

/** Aligns all columns except the last one. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(0, ...rows.filter((row) => column < row.length - 1).map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell)).join('  '),
  );
  return `${lines.join('\n')}\n`;
}
