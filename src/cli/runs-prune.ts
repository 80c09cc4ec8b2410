import type { PruneResult } from '../runner/journal/prune.ts';
import { command, type Command } from './command.ts';
import { millisecondsOf, oneLine } from './format.ts';
import { DATABASE_ENVIRONMENT } from './database.ts';
import { STORE_OPTIONS, withRuns } from './runs-store.ts';

const DEFAULT_AGE = '30d';

export const runsPrune: Command = command({
  name: 'prune',
  summary: 'Remove the journals of runs that ended long ago',
  description:
    'Also removes journals without an event, and lock files that killed processes left. Keeps the journals of open runs, those in use by a process, and those that cannot be read, so it is safe while runs are in progress. A run whose journal was removed cannot be shown, resumed or replaced any more. The exit code is 3 if a journal cannot be read or removed; the others are still removed.',
  options: {
    'older-than': {
      type: 'string',
      value: 'AGE',
      description: `keep the journals of ended runs with a later write: 90s, 45m, 12h, 30d (default ${DEFAULT_AGE})`,
    },
    'dry-run': { type: 'boolean', description: 'remove nothing, and print what would be removed' },
    ...STORE_OPTIONS,
  },
  environment: DATABASE_ENVIRONMENT,
  examples: [
    ['interven-openai-assistants runs prune --journal journals/', 'once a day, from cron'],
    ['interven-openai-assistants runs prune --journal journals/ --older-than 90d --dry-run', 'what would be removed'],
  ],
  async run({ values, json }, io) {
    const dryRun = values['dry-run'];
    const olderThanMs = millisecondsOf('--older-than', values['older-than'] ?? DEFAULT_AGE);
    const result = await withRuns(values, io, async ({ journal }) => journal.prune({ olderThanMs, dryRun }));
    io.write(json ? `${JSON.stringify(asJson(result, dryRun))}\n` : asText(result, dryRun));
    for (const { id, problem } of result.problems)
      io.log(`Kept the journal of ${oneLine(`${id}: ${problem.message}`)}\n`);
    return result.problems.length > 0 ? 3 : 0;
  },
});

function asJson({ ended, empty, leftovers, problems }: PruneResult, dryRun: boolean): object {
  const kept = problems.map(({ id, problem }) => ({ id, problem: problem.message }));
  return { dry_run: dryRun, ended, empty, leftovers, problems: kept };
}

function asText({ ended, empty, leftovers }: PruneResult, dryRun: boolean): string {
  const rows = [
    ...ended.map((id) => `ended     ${id}`),
    ...empty.map((id) => `empty     ${id}`),
    ...leftovers.map((name) => `leftover  ${name}`),
  ];
  const counts = [
    counted(ended.length, 'journal of an ended run', 'journals of ended runs'),
    counted(empty.length, 'empty journal', 'empty journals'),
    // A database has none.
    ...(leftovers.length > 0
      ? [counted(leftovers.length, 'file of a killed process', 'files of killed processes')]
      : []),
  ];
  const summary = `${dryRun ? 'Would remove' : 'Removed'} ${counts.join(', ')}.`;
  return [...rows.map(oneLine), summary].map((line) => `${line}\n`).join('');
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
