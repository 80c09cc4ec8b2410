import { journalFiles, type JournalFile } from '../runner/journal/read-journal.ts';
import { CommandError } from './command.ts';
import { oneLine } from './format.ts';

/** A beginning that is shorter could be another run's by chance. */
const MIN_PREFIX_LENGTH = 8;

export const ID_HELP: string = `ID is as runs list shows it, or its beginning of ${MIN_PREFIX_LENGTH} characters or more, as long as it is the only one.`;

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

/** What `runs resume` and `runs cancel` answer beside the codes of every command. */
export const RUN_EXIT_CODES = { waits: 4, inUse: 5 } as const;

export function required(option: string, value: string | undefined, means: string): string {
  if (value === undefined) throw new CommandError(2, `--${option} is missing: ${means}.`);
  return value;
}

/** @throws CommandError without the option, and when the directory cannot be read */
export async function journalsIn(directory: string | undefined): Promise<readonly JournalFile[]> {
  const given = required('journal', directory, 'the directory that your fileJournal has');
  try {
    return await journalFiles(given);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such directory.' : message;
    throw new CommandError(3, `--journal ${oneLine(given)} cannot be read: ${why}`, { cause });
  }
}

/**
 * The journal of a run, by its id or the beginning of it.
 *
 * @throws CommandError when there is none, and when there are several
 */
export async function journalOf(directory: string | undefined, given: string): Promise<JournalFile> {
  const all = await journalsIn(directory);
  const exact = all.find(({ id }) => id === given);
  if (exact) return exact;
  const matches = given.length < MIN_PREFIX_LENGTH ? [] : all.filter(({ id }) => id.startsWith(given));
  const [only, other] = matches;
  if (other) {
    const ids = matches.map(({ id }) => oneLine(id)).join(', ');
    throw new CommandError(
      2,
      `"${oneLine(given)}" is the beginning of ${matches.length} ids: ${ids}. Write more of it.`,
    );
  }
  if (!only) {
    const least =
      given.length < MIN_PREFIX_LENGTH ? ` (the beginning of an id has ${MIN_PREFIX_LENGTH} characters at least)` : '';
    throw new CommandError(
      3,
      `There is no journal of a run "${oneLine(given)}"${least}; runs list shows those that there are.`,
    );
  }
  return only;
}
