import { fileJournal, type FileJournal } from '../../src/runner/journal/file-journal.ts';
import type { RunJournal } from '../../src/runner/journal/journal.ts';
import type { JournalKind } from './jobs.ts';

/** The journal under test, or one that forgets entries, which shows that the test detects such a fault. */
export function journalOf(kind: JournalKind, directory: string): FileJournal {
  const journal = fileJournal(directory);
  if (kind === 'file') return journal;
  const forget = kind === 'without-intents' ? withoutIntents : withoutDecisions;
  return {
    ...journal,
    open: async (run) => forget(await journal.open(run)),
    reopen: async (id) => {
      const opened = await journal.reopen(id);
      return opened && forget(opened);
    },
  };
}

function withoutIntents(journal: RunJournal): RunJournal {
  const isIntent = (key: string): boolean => key.startsWith('start ');
  return {
    ...journal,
    claim: async (key) => isIntent(key) || journal.claim(key),
    get claims() {
      return new Set([...journal.claims].filter((key) => !isIntent(key)));
    },
  };
}

function withoutDecisions(journal: RunJournal): RunJournal {
  return {
    ...journal,
    record: async (name, value) => {
      if (!name.startsWith('decision ')) await journal.record(name, value);
    },
  };
}
