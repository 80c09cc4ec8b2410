import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A journal on disk, read without the code under test. */
export interface JournalFile {
  readonly path: string;
  /** Absent when not even its first line is whole. */
  readonly run: { readonly id: string; readonly threadId: string; readonly request?: unknown } | undefined;
  readonly records: ReadonlyMap<string, unknown>;
  readonly claims: ReadonlySet<string>;
}

interface Entry {
  readonly run?: JournalFile['run'];
  readonly record?: string;
  readonly value?: unknown;
  readonly claim?: string;
}

export const EXTENSION = '.journal.jsonl';

export function readJournalFile(path: string): JournalFile {
  const entries = wholeLines(path).map((line) => (JSON.parse(line) as { entry: Entry }).entry);
  const records = new Map<string, unknown>();
  for (const { record, value } of entries) if (record !== undefined && !records.has(record)) records.set(record, value);
  return { path, run: entries[0]?.run, records, claims: new Set(entries.flatMap(({ claim }) => claim ?? [])) };
}

function wholeLines(path: string): readonly string[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const torn = lines.findIndex((line) => !isWhole(line));
  return torn < 0 ? lines : lines.slice(0, torn);
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

/** The call id at the end of a record's name or a claim's key. */
export function callOf(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  // An id that is unique only within its turn follows the turn, in an array.
  return last.startsWith('[') ? ((JSON.parse(last) as string[]).at(-1) ?? '') : last;
}

/** The calls whose handler was started, or was about to be, and whose end is not recorded. */
export function startedCalls({ claims, records }: JournalFile): readonly string[] {
  return [...claims]
    .filter((claim) => claim.startsWith('start ') && !records.has(claim.replace('start ', 'end ')))
    .map(callOf);
}
