import type { FileOwner } from '../internal/file-lock.ts';
import { readJournal, type JournalFile } from '../runner/journal/read-journal.ts';
import { summarizeRun, type RunSummary } from '../runner/journal/run-summary.ts';

/** A run according to its journal, and the file. */
export interface RunView extends JournalFile, RunSummary {
  readonly owner: FileOwner | undefined;
  readonly tornBytes: number;
}

/** @throws Error when the journal cannot be read, or is damaged */
export async function viewRun(file: JournalFile): Promise<RunView> {
  const { history, owner, tornBytes } = await readJournal(file);
  return { ...file, ...summarizeRun(history, owner !== undefined), owner, tornBytes };
}
