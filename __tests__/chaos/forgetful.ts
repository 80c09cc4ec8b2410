import { fileJournal } from '../../src/runner/journal/file-journal.ts';
import type { Journal, RunJournal } from '../../src/runner/journal/journal.ts';
import type { Settings } from './jobs.ts';
import { journalInPostgres } from './postgres-client.ts';

/** The journal under test, or one that forgets: what goes wrong then shows what the test would see. */
export function journalOf(settings: Settings): Journal {
  const { journal: kind, journals, database } = settings;
  const journal = database ? journalInPostgres(settings) : fileJournal(journals);
  if (kind === 'file' || kind === 'postgres' || kind === 'postgres-unfenced') return journal;
  const forget = kind === 'without-decisions' ? withoutDecisions : withoutIntents;
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
    close: async () => journal.close(),
    entries: journal.entries.filter(({ key }) => !isIntent(key)),
    append: async (key, event) => {
      const accepted = await journal.append(key, event);
      return isIntent(key) ? event : accepted;
    },
  };
}

function withoutDecisions(journal: RunJournal): RunJournal {
  return {
    entries: journal.entries,
    close: async () => journal.close(),
    append: async (key, event) => (key.startsWith('decision ') ? event : journal.append(key, event)),
  };
}
