import type { JournalEntry, Json, RunJournal } from './journal.ts';

/**
 * Returns the `append` of a journal, which accepts the first event under each key.
 *
 * @param entries the accepted events; each new one is added once it is written
 * @param write writes an event, and resolves with its time once it is durable
 */
export function appendOnce(
  entries: JournalEntry[],
  write: (key: string, event: Json) => Promise<Date>,
): RunJournal['append'] {
  const accepted = new Map(entries.map(({ key, event }) => [key, event]));
  /** The writes of this process by key: in flight, or done. */
  const written = new Map<string, Promise<void>>();
  const add = async (key: string, event: Json): Promise<void> => {
    entries.push({ key, at: await write(key, event), event });
  };
  return async (key, event) => {
    const earlier = accepted.get(key);
    if (earlier === undefined) {
      // An invalid event throws before it is accepted.
      written.set(key, add(key, event));
      accepted.set(key, event);
    }
    await written.get(key);
    return earlier ?? event;
  };
}
