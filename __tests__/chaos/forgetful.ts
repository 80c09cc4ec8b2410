import { fileJournal, type FileJournal } from '../../src/runner/journal/file-journal.ts';
import type { RunJournal } from '../../src/runner/journal/journal.ts';
import type { JournalKind } from './jobs.ts';

/** The journal under test, or one that forgets: what goes wrong then shows what the test would see. */
export function journalOf(kind: JournalKind, directory: string): FileJournal {
  const journal = fileJournal(directory);
  if (kind === 'file') return journal;
  const forget = kind === 'without-intents' ? withoutIntents : withoutDecisions;
  return {
    ...journal,
    open: async (id) => forget(await journal.open(id)),
    reopen: async (id) => {
      const opened = await journal.reopen(id);
      return opened && forget(opened);
    },
  };
}

/** Handlers' starts reach the disk, and are forgotten when it is read. */
function withoutIntents(journal: RunJournal): RunJournal {
  const isIntent = (key: string): boolean => key.startsWith('handler-start ');
  return {
    ...journal,
    entries: journal.entries.filter(({ key }) => !isIntent(key)),
    append: async (key, event) => {
      const accepted = await journal.append(key, event);
      return isIntent(key) ? event : accepted;
    },
  };
}

function withoutDecisions(journal: RunJournal): RunJournal {
  return {
    ...journal,
    append: async (key, event) => (key.startsWith('decision ') ? event : journal.append(key, event)),
  };
}
