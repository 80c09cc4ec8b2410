import type { RunJournal } from '../journal/journal.ts';
import { journalFailed, closeWithinLimit, type RunLog } from '../journal/run-log.ts';
import { GuardedRunError } from '../errors.ts';
import { Limit } from '../../internal/abort.ts';
import { limits } from '../limits.ts';

/**
 * Accesses a journal outside a run's loop, within a time limit of its own.
 *
 * @throws GuardedRunError when another process holds the journal, when it is damaged, or after the time limit
 */
export async function withJournal<Opened>(
  ids: { readonly threadId: string | undefined; readonly runId?: string },
  open: () => Promise<Opened>,
): Promise<Opened> {
  const opening = open();
  try {
    return await new Limit(undefined, limits.journalOpenMs).within(opening);
  } catch (cause) {
    // A journal that opens later has no user: close it.
    opening.then(closeLate, () => undefined);
    const { message } = journalFailed(cause);
    throw new GuardedRunError('journal', message, { ...ids, calls: [], leftOpen: false, cause });
  }
}

function closeLate(opened: unknown): void {
  const { close } = Object(opened) as Partial<RunLog>;
  if (close) void closeWithinLimit(opened as RunLog);
}

/** Names the method that resumes this run, for a caller that used the method of another API. */
export function howToResume({ run: { api, id, threadId } }: RunLog): string {
  switch (api) {
    case 'assistants':
      return `"${id}" is a run of the Assistants API: call resume("${threadId}", "${id}").`;
    case 'responses':
      return `"${id}" is a run of the Responses API: call resumeResponses("${id}").`;
    case 'agents':
      return `"${id}" is a session of the Agents API: call resumeSession("${id}").`;
  }
}

/** Closes the journal when the work settles. */
export async function closing<Result>(
  opened: Pick<RunJournal, 'close'> | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } finally {
    if (opened) await closeWithinLimit(opened);
  }
}
