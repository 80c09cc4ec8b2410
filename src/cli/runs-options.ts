import { runFiles, type JournalFile } from '../runner/journal/read-journal.ts';
import { CommandError } from './command.ts';
import { oneLine } from './format.ts';

/** A shorter prefix could match another run by chance. */
const MIN_PREFIX_LENGTH = 8;

export const ID_HELP: string = `ID is a run id from runs list, or a unique prefix of at least ${MIN_PREFIX_LENGTH} characters.`;

export const JOURNAL_OPTION = {
  journal: { type: 'string', value: 'DIR', description: 'the directory of fileJournal' },
} as const;

export const RUNNER_OPTION = {
  runner: {
    type: 'string',
    value: 'MODULE',
    description:
      'an ES module of yours, by its path from here, that exports runner (or default): your GuardedRunner, or a function that returns it; and context, if handlers need one',
  },
} as const;

/** Exit codes of `runs resume` and `runs cancel`, beside those of every command. */
export const RUN_EXIT_CODES = { waits: 4, inUse: 5 } as const;

export function required(option: string, value: string | undefined, means: string): string {
  if (value === undefined) throw new CommandError(2, `--${option} is missing: ${means}.`);
  return value;
}

/** @throws CommandError without the option, and when the directory cannot be read */
export async function journalsIn(directory: string | undefined): Promise<readonly JournalFile[]> {
  const given = required('journal', directory, 'the directory that your fileJournal has');
  try {
    return await runFiles(given);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such directory.' : message;
    throw new CommandError(3, `--journal ${oneLine(given)} cannot be read: ${why}`, { cause });
  }
}

/**
 * Finds the journal of a run by its id or a unique prefix.
 *
 * @throws CommandError if no journal matches, or several do
 */
export async function journalOf(directory: string | undefined, given: string): Promise<JournalFile> {
  const all = await journalsIn(directory);
  const exact = all.find(({ id }) => id === given);
  if (exact) return exact;
  const matches = given.length < MIN_PREFIX_LENGTH ? [] : all.filter(({ id }) => id.startsWith(given));
  const [only, other] = matches;
  if (other) {
    const ids = matches.map(({ id }) => oneLine(id)).join(', ');
    throw new CommandError(2, `"${oneLine(given)}" matches ${matches.length} ids: ${ids}. Use a longer prefix.`);
  }
  if (!only) {
    const least = given.length < MIN_PREFIX_LENGTH ? ` (a prefix needs at least ${MIN_PREFIX_LENGTH} characters)` : '';
    throw new CommandError(3, `No journal of a run "${oneLine(given)}"${least}. List the runs with runs list.`);
  }
  return only;
}
