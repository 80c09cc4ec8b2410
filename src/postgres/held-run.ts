import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { appendOnce } from '../runner/journal/append-once.ts';
import { endsRun } from '../runner/journal/history.ts';
import type { JournalEntry, Json, RunJournal } from '../runner/journal/journal.ts';
import { journalName } from '../runner/journal/key-log.ts';
import type { Database } from './client.ts';
import {
  append,
  fence,
  readEntries,
  readHolder,
  release,
  removeEmpty,
  type AcceptedRow,
  type EntryRow,
  type HeldRow,
  type Holder,
} from './journal-statements.ts';
import { persist } from './persist.ts';

/** What a run's journal needs of its store. */
export interface HeldRunOptions {
  readonly database: Database;
  readonly runId: string;
  readonly holder: Holder;
  readonly epoch: number;
  readonly leaseMs: number;
  /** Called when the journal is closed or lost: its lease is then not renewed any more. */
  readonly onGone: (run: HeldRun) => void;
}

/** An event that waits to be written. */
interface Waiting {
  readonly key: string;
  readonly entry: string;
  readonly hasEnded: boolean | undefined;
  readonly written: (at: Date) => void;
  readonly failed: (error: unknown) => void;
}

/** The journal of a run that this process holds by a lease. One statement at a time; what arrives meanwhile shares the next. */
export class HeldRun implements RunJournal {
  readonly entries: JournalEntry[];
  readonly append: RunJournal['append'];
  readonly runId: string;
  readonly holder: string;
  readonly #options: HeldRunOptions;
  readonly #gone = new AbortController();
  readonly #waiting: Waiting[] = [];
  #epoch: number;
  /** The number of events that are known to be written. */
  #count: number;
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** The lease lasts at least until then, on the clock of `performance.now()`. */
  #heldUntil: number;

  /** @param since `performance.now()` before the statement that took the run */
  constructor(options: HeldRunOptions, rows: readonly EntryRow[], since: number) {
    const { runId, holder, epoch, leaseMs } = options;
    this.#options = options;
    this.runId = runId;
    this.holder = holder.name;
    this.#epoch = epoch;
    this.#heldUntil = since + leaseMs;
    this.entries = entriesOf(runId, rows);
    this.#count = rows.length;
    this.append = appendOnce(this.entries, async (key, event) => this.#write(key, event));
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The lease was renewed by a statement that began then. */
  renewed(since: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, since + this.#options.leaseMs);
  }

  /** Gives the run up if its lease may be over. */
  expire(): void {
    if (performance.now() < this.#heldUntil || this.#gone.signal.aborted) return;
    const { leaseMs } = this.#options;
    const message = `Postgres did not confirm the lease of ${journalName(this.runId)} for ${leaseMs} ms: another process may have it.`;
    this.#lose(Object.assign(new Error(message), { retryable: true }));
  }

  /** Gives up a run that another process holds. */
  async takenOver(): Promise<Error> {
    const { database, leaseMs } = this.#options;
    const row = await readHolder(database, this.runId).catch(() => null);
    const by = describeProcess(row?.process ?? null);
    const message =
      row === undefined
        ? `The journal of ${journalName(this.runId)} was removed from Postgres.`
        : `${journalName(this.runId, 'Run')} was taken over by ${by}: this process did not renew its lease of ${leaseMs} ms in time.`;
    return this.#lose(Object.assign(new Error(message), row === undefined ? { isLost: true } : { code: 'ELOCKED' }));
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#options.onGone(this);
    // A run that another process has taken over, or one whose lease ends soon by itself.
    if (this.#gone.signal.aborted) return;
    const { database } = this.#options;
    const isEmpty = this.entries.length === 0 && !this.#failure;
    await (isEmpty ? removeEmpty : release)(database, this.runId, this.holder);
  }

  async #write(key: string, event: Json): Promise<Date> {
    const { type } = Object(event) as { readonly type?: unknown };
    const waiting = { key: storedKey(key), entry: JSON.stringify({ key, event }), hasEnded: endsRun(type) };
    if (this.#failure) throw this.#failure.error;
    return new Promise((written, failed) => {
      this.#waiting.push({ ...waiting, written, failed });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    // Appends of the same moment share a statement.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        if (this.#failure) throw this.#failure.error;
        const times = await this.#writeBatch(batch);
        this.#count += batch.length;
        batch.forEach(({ written }, index) => {
          written(new Date(times[index] ?? NaN));
        });
      } catch (error) {
        this.#failure ??= { error };
        for (const { failed } of batch) failed(error);
      }
    }
    this.#writing = undefined;
  }

  /**
   * Writes events with one statement. If its response is lost, fences off the statement and reads whether it arrived.
   *
   * @returns the times of the events
   */
  async #writeBatch(batch: readonly Waiting[]): Promise<readonly number[]> {
    const { database, leaseMs } = this.#options;
    const events = batch.map(({ key, entry }, index) => ({ key, entry, seq: this.#count + 1 + index }));
    const hasEnded = batch.reduce<boolean | undefined>((last, next) => next.hasEnded ?? last, undefined);
    const send = async (): Promise<readonly AcceptedRow[]> =>
      append(database, this.runId, { epoch: this.#epoch, name: this.holder }, leaseMs, events, hasEnded);
    return persist(
      () => (this.#failure ? 0 : this.#heldUntil),
      async (attempt) => {
        const since = performance.now();
        let rows = attempt === 1 ? await send() : await this.#recover();
        // An epoch that is over writes nothing: this finds out whose run it is.
        if (rows.length === 0 && attempt === 1) rows = await this.#recover();
        if (rows.length === 0) rows = await send();
        if (rows.length !== events.length)
          throw this.#lose(new Error(`The journal of ${journalName(this.runId)} was changed by another program.`));
        this.renewed(since);
        return rows.toSorted((one, other) => one.seq - other.seq).map(({ at }) => at);
      },
    );
  }

  /** Returns what the last statement wrote, once it can write no more. */
  async #recover(): Promise<readonly AcceptedRow[]> {
    const { database, leaseMs } = this.#options;
    const epoch = await fence(database, this.runId, this.holder, leaseMs);
    if (epoch === undefined) throw await this.takenOver();
    this.#epoch = epoch;
    return readEntries(database, this.runId, this.#count + 1);
  }

  #lose(error: Error): Error {
    this.#failure ??= { error };
    this.#options.onGone(this);
    this.#gone.abort(error);
    return error;
  }
}

/** The key in the table. A key that Postgres cannot store or index is hashed. */
function storedKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH && isStorable(key)) return key;
  return `sha256:${createHash('sha256').update(JSON.stringify(key)).digest('hex')}`;
}

/** An index entry has at most 2,700 bytes. */
const MAX_KEY_LENGTH = 400;

/** Returns false for a string with U+0000 or a lone surrogate. */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

/** @throws Error for a journal of which an event is missing */
export function entriesOf(runId: string, rows: readonly EntryRow[]): JournalEntry[] {
  return rows.map(({ seq, at, entry }, index) => {
    if (seq !== index + 1)
      throw new Error(
        `The journal of ${journalName(runId)} in Postgres is damaged: expected event ${index + 1}, found event ${seq}. Check what the run has done, cancel it at the API, then delete its rows.`,
      );
    const { key, event } = JSON.parse(entry) as Pick<JournalEntry, 'key' | 'event'>;
    return { key, event, at: new Date(at) };
  });
}

/** Creates the error of a run that another process holds. */
export function lockedBy(runId: string, { process, leftMs }: HeldRow): Error {
  const seconds = Math.max(1, Math.ceil(leftMs / 1_000));
  const message = `${journalName(runId, 'Run')} is being served by ${describeProcess(process)}. If that process has died, its lease ends in ${seconds} s.`;
  return Object.assign(new Error(message), { code: 'ELOCKED' });
}

export function thisProcess(): string {
  return JSON.stringify({ pid: process.pid, host: hostname() });
}

/** Reads the process in a run's row; undefined if none holds it. */
export function readProcess(stored: string | null): { readonly pid: number; readonly host: string } | undefined {
  return stored === null ? undefined : (JSON.parse(stored) as { pid: number; host: string });
}

function describeProcess(stored: string | null): string {
  const found = readProcess(stored);
  return found ? `process ${found.pid} on ${found.host}` : 'another process';
}
