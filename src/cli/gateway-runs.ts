import { opendir } from 'node:fs/promises';
import { fileJournal } from '../runner/journal/file-journal.ts';
import { journalRuns } from '../runner/journal/journal-runs.ts';
import type { Runs } from '../runner/journal/runs.ts';
import { CommandError, type Io } from './command.ts';
import { oneLine } from './format.ts';

/**
 * The runs of a directory of `fileJournal`. The first run may create it later.
 *
 * @throws CommandError for anything but a directory
 */
export async function runsIn(directory: string, io: Io): Promise<Runs> {
  try {
    // Fails for anything but a directory.
    await (await opendir(directory)).close();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      throw new CommandError(3, `--journal ${oneLine(directory)} cannot be read: ${message}`, { cause });
    io.log(`--journal ${oneLine(directory)} does not exist yet. The page lists its runs once it does.\n`);
  }
  return journalRuns(fileJournal(directory));
}
