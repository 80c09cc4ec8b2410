import pLimit from 'p-limit';
import type { JournalFile } from './read-journal.ts';

/** How many journals are read at a time. */
const AT_ONCE = 4;

/**
 * Looks at journals, in their order. What was deleted meanwhile is left out.
 *
 * @param unreadable what one stands for that cannot be read
 */
export async function eachJournal<Seen>(
  files: readonly JournalFile[],
  look: (file: JournalFile) => Promise<Seen>,
  unreadable: (file: JournalFile, problem: Error) => Seen,
): Promise<readonly Seen[]> {
  const some = pLimit(AT_ONCE);
  const seen = async (file: JournalFile): Promise<readonly Seen[]> => {
    try {
      return [await look(file)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [unreadable(file, error instanceof Error ? error : new Error(String(error)))];
    }
  };
  return (await Promise.all(files.map(async (file) => some(async () => seen(file))))).flat();
}
