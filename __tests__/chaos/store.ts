import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './jobs.ts';
import { journalFiles, ownerOf, readJournalFile, type JournalFile } from './journal-file.ts';
import type { Random } from './random.ts';
import { tearTails } from './torn.ts';

/** The store of the journals, read without the code under test. */
export interface ChaosStore {
  readonly settings: Pick<Settings, 'journals' | 'marks' | 'database'>;
  /** Milliseconds for which no other process can take over the runs of a process that died. */
  readonly leaseMs: number;
  all(): Promise<readonly JournalFile[]>;
  /** Finds the journal of a run by its thread, or by the input of its chain of responses, if its start is complete. */
  find(keys: readonly string[]): Promise<JournalFile | undefined>;
  /**
   * Reads the journals that a process held when it died, before another process takes them over, and damages them as a
   * power loss may.
   */
  left(pid: number): Promise<{ readonly held: readonly JournalFile[]; readonly tornTails: number }>;
  /** Cuts connections to the store, or restarts it. Absent if it has none. */
  disturb?(): Promise<void>;
  close(): Promise<void>;
}

export function fileStore(folder: string, random: Random): ChaosStore {
  const [journals, marks] = [join(folder, 'journals'), join(folder, 'marks')];
  for (const one of [journals, marks]) mkdirSync(one);
  return {
    settings: { journals, marks },
    leaseMs: 0,
    all: async () => journalFiles(journals).map(readJournalFile),
    find: journalIndex(journals),
    async left(pid) {
      const owned = journalFiles(journals).filter((path) => ownerOf(path) === pid);
      const tornTails = tearTails(owned, marks, pid, random);
      return { held: owned.map(readJournalFile), tornTails };
    },
    close: async () => undefined,
  };
}

function journalIndex(folder: string): ChaosStore['find'] {
  const known = new Map<string, string>();
  const seen = new Set<string>();
  const look = (): void => {
    for (const path of journalFiles(folder)) {
      if (seen.has(path)) continue;
      const { run } = readJournalFile(path);
      if (!run) continue;
      seen.add(path);
      const { input } = Object(run.request) as { input?: unknown };
      known.set(run.threadId, path);
      if (typeof input === 'string') known.set(input, path);
    }
  };
  return async (keys) => {
    look();
    const path = keys.map((key) => known.get(key)).find((found) => found !== undefined);
    const journal = path === undefined ? undefined : readJournalFile(path);
    // Its first line may have been torn in the meantime.
    return journal?.run && journal;
  };
}
