import { command, type Command } from './command.ts';
import { duration, oneLine } from './format.ts';
import { JOURNAL_OPTION, journalsIn } from './runs-options.ts';
import { viewRun, type RunView } from './runs-view.ts';
import { describeCalls, countOf, describeRun } from './runs-text.ts';
import { isKnownToHaveEnded, mapJournals, type JournalFile } from '../runner/journal/read-journal.ts';

/** A journal that could not be read, with the reason. */
interface Unreadable extends JournalFile {
  readonly unreadable: string;
}

/** A row of the table. It does not keep the calls' payloads in memory. */
type Listed =
  (Omit<RunView, 'calls'> & { readonly calls: readonly Pick<RunView['calls'][number], 'state'>[] }) | Unreadable;

export const runsList: Command = command({
  name: 'list',
  summary: 'Show the runs that have a journal',
  description:
    'One line each, oldest first. Takes no lock and changes nothing, so it is safe while runs are in progress. The exit code is 3 if a journal cannot be read; the other runs are still listed.',
  options: {
    open: { type: 'boolean', description: 'only those that have not ended' },
    ...JOURNAL_OPTION,
  },
  examples: [
    ['interven-openai-assistants runs list --journal journals/ --open', 'open runs after a crash'],
    ['interven-openai-assistants runs list --journal journals/ --json', 'all runs, as JSON'],
  ],
  async run({ values, json }, io) {
    const files = await journalsIn(values.journal);
    const found = await mapJournals<Listed | undefined>(
      files,
      // An ended run is not read: there may be thousands.
      async (file) => (values.open && (await isKnownToHaveEnded(file)) ? undefined : listed(file)),
      (file, { message }) => ({ ...file, unreadable: message }),
    );
    const runs = found.filter((one) => one !== undefined).filter((one) => !values.open || isOpen(one));
    if (json) io.write(`${JSON.stringify({ runs: runs.map(asJson) })}\n`);
    else if (runs.length === 0) io.write(noRuns(values.journal, values.open, files.length));
    else io.write(table(runs.map(rowOf)));
    return runs.some((one) => 'unreadable' in one) ? 3 : 0;
  },
});

/** Builds the message for an empty list. It names the directory, which may be the wrong one. */
function noRuns(directory = '', isOpenOnly: boolean, journals: number): string {
  const where = oneLine(directory);
  return isOpenOnly && journals > 0
    ? `No run is open; ${where} has ${journals} that ended.\n`
    : `No journals in ${where}.\n`;
}

async function listed(file: JournalFile): Promise<Listed> {
  const view = await viewRun(file);
  return { ...view, calls: view.calls.map(({ state }) => ({ state })) };
}

function isOpen(one: Listed): boolean {
  return 'unreadable' in one || one.state !== 'ended';
}

function asJson(one: Listed): object {
  const { id, path, begunAt, writtenAt } = one;
  const file = { id, file: path, begun_at: begunAt, written_at: writtenAt };
  if ('unreadable' in one) return { ...file, state: 'unreadable', problem: one.unreadable };
  const { run, state, owner, ending, calls } = one;
  return {
    ...file,
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
  const begun = `begun ${duration(Date.now() - one.begunAt.getTime())} ago`;
  if ('unreadable' in one) return [one.id, '', '', begun, `cannot be read: ${one.unreadable}`].map(oneLine);
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
