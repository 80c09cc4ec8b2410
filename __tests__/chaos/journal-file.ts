import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A journal as it is on disk, read without the code under test. */
export interface JournalFile {
  readonly path: string;
  /** Undefined if its first event is not complete. */
  readonly run: { readonly id: string; readonly threadId: string; readonly request?: unknown } | undefined;
  /** The first event under each key. */
  readonly events: ReadonlyMap<string, JournalFileEvent>;
}

export interface JournalFileEvent {
  readonly call?: string;
  readonly run?: JournalFile['run'];
  readonly decision?: { readonly traceId: string };
  readonly approval?: { readonly editedArguments?: { readonly note: string } };
}

export const EXTENSION = '.journal.jsonl';

export function readJournalFile(path: string): JournalFile {
  type Line = { readonly entry: { readonly key?: string; readonly event: JournalFileEvent } };
  const events = new Map<string, JournalFileEvent>();
  for (const line of wholeLines(path)) {
    const { key, event } = (JSON.parse(line) as Line).entry;
    if (key !== undefined && !events.has(key)) events.set(key, event);
  }
  return { path, run: events.get('run-start')?.run, events };
}

function wholeLines(path: string): readonly string[] {
  const lines = textOf(path).split('\n').slice(0, -1);
  const torn = lines.findIndex((line) => !isWhole(line));
  return torn < 0 ? lines : lines.slice(0, torn);
}

/** A journal whose only event was torn is removed by the process that opens it next, at any moment. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function isWhole(line: string): boolean {
  try {
    return Object.hasOwn(JSON.parse(line) as object, 'entry');
  } catch {
    return false;
  }
}

export function journalFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(EXTENSION))
    .map((name) => join(folder, name));
}

/** The process that holds a journal's lock, or held it when it died. */
export function ownerOf(path: string): number | undefined {
  const lock = `${path}.lock`;
  if (!existsSync(lock)) return undefined;
  try {
    return (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid;
  } catch {
    // Another process is releasing or replacing the lock.
    return undefined;
  }
}

/** The call id at the end of a key. */
export function callOf(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  // An id that is unique only within its turn follows the turn, in an array.
  return last.startsWith('[') ? ((JSON.parse(last) as string[]).at(-1) ?? '') : last;
}

/** The calls whose handler was started, or was about to be, and whose end is not recorded. */
export function startedCalls({ events }: JournalFile): readonly string[] {
  return [...events]
    .filter(([key]) => key.startsWith('handler-start ') && !events.has(key.replace('handler-start ', 'call-end ')))
    .map(([key]) => callOf(key));
}
