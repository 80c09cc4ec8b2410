import { realpath } from 'node:fs/promises';
import type { JournaledRun } from '../runner/journal/durable.ts';
import { ownerOf } from '../internal/file-lock.ts';
import { CommandError, type Io } from './command.ts';
import { journalOf, required, RUN_CODES } from './runs-options.ts';
import { loadRunner, type LoadedRunner } from './runs-runner.ts';
import { viewRun, type RunView } from './runs-view.ts';
import { ownerWords, runWords } from './runs-words.ts';
import { oneLine } from './visible.ts';

/** A run that nobody has, with the runner that is to have it. */
export interface Taken {
  readonly view: RunView;
  readonly run: JournaledRun;
  readonly runner: LoadedRunner;
  /** For a method that resumes. */
  readonly options: { readonly context?: unknown };
  readonly directory: string;
}

interface Asked {
  readonly journal: string | undefined;
  readonly runner: string | undefined;
  /** The status of a run that needs nothing more. */
  readonly goal: 'completed' | 'cancelled';
  readonly json: boolean;
  /** Whether there is work to do for a run that has ended like this. */
  readonly evenIf?: (status: string) => boolean;
}

/**
 * Finds a run that is still open, loads the runner, and does the work with both. Resolves with the exit code: also when another process has
 * the run, or when it has ended already.
 *
 * @throws CommandError when the run or its runner are not to be had, and whatever the work throws
 */
export async function withOpenRun(
  given: string,
  { journal, runner: module, goal, json, evenIf }: Asked,
  io: Io,
  work: (taken: Taken) => Promise<number>,
): Promise<number> {
  const directory = required('journal', journal, 'the directory that your fileJournal has');
  const view = await viewRun(await journalOf(directory, given));
  const { id, path, run, state, owner, ending } = view;
  if (owner) return tellInUse(id, owner, io);
  if (!run) {
    throw new CommandError(
      3,
      `Nothing is recorded of ${oneLine(id)}: its process ended before a call was judged, so no handler has started. Go on with it from your code.`,
    );
  }
  // What the runner ended may still be open at the API, which tells.
  if (state === 'ended' && ending?.status !== undefined && !evenIf?.(ending.status)) {
    if (json) io.write(`${JSON.stringify({ id, status: ending.status, ended_before: true })}\n`);
    else io.tell(`${oneLine(id)} has ended already: ${runWords(view)}. runs show says what is left to do.\n`);
    return ending.status === goal ? 0 : 1;
  }
  const { runner, ...options } = await loadRunner(module, directory);
  try {
    return await work({ view, run, runner, options, directory });
  } catch (error) {
    const { code } = Object(error) as { readonly code?: unknown };
    // Another process may have taken it since.
    const ownerNow = code === 'journal' ? await ownerOf(await realpath(path)) : undefined;
    if (!ownerNow || ownerNow.pid === process.pid) throw error;
    return tellInUse(id, ownerNow, io);
  }
}

function tellInUse(id: string, owner: Parameters<typeof ownerWords>[0], io: Io): number {
  io.tell(`${oneLine(id)} is in use by ${ownerWords(owner)}, and one at a time may have it.\n`);
  return RUN_CODES.inUse;
}
