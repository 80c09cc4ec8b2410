import type { Json } from './durable.ts';
import { JOURNAL_NAMES } from './journaled-calls.ts';
import type { JournalReading } from './read-journal.ts';

/** How a run ended: with a status of the API, or because the runner ended it. */
export interface Ending {
  readonly status?: string;
  readonly code?: string;
}

/** What can follow an end: what a person said too late, and who took the run's place. */
const AFTER_END: readonly string[] = [JOURNAL_NAMES.successor, JOURNAL_NAMES.approval('')];

/** Undefined for a run that is still open. A session goes on after the end of a turn: only what nothing of the run follows is an end. */
export function endingOf({ records, happened }: JournalReading): Ending | undefined {
  const last = happened.findLast((name) => !AFTER_END.some((start) => name.startsWith(start))) ?? '';
  if (!last.startsWith(JOURNAL_NAMES.ended(''))) return undefined;
  const { status, code } = Object(records.get(last)) as Readonly<Record<string, Json | undefined>>;
  return {
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof code === 'string' ? { code } : {}),
  };
}
