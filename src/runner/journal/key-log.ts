import { shown } from '../../internal/checks.ts';
import { GuardedRunError } from '../errors.ts';
import { eventKey, plain, readEvent, type JournalEvent, type KeyedFacts, type KeyEnd } from './events.ts';
import type { Journal, JournalEntry, RunJournal } from './journal.ts';
import { checked } from './run-log.ts';

/** The ids of the journals of keys begin with it. No API has such ids. */
const PREFIX = 'key:';

/** Returns true for the journal of a `runKey`, which only leads to a run's. */
export function isKeyJournal(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** Names the run of a journal, or the `runKey`, in an error. */
export function journalName(id: string, run = 'run'): string {
  return isKeyJournal(id) ? `runKey ${shown(id.slice(PREFIX.length))}` : `${run} "${id}"`;
}

/** Returns the id of the journal of a key's run, from the entries of the key's journal; undefined if it is unknown. */
export function runOfKey(entries: readonly JournalEntry[]): string | undefined {
  let journalId: string | undefined;
  let session: string | undefined;
  for (const entry of entries) {
    const event = readEvent(entry.event);
    if (event.type === 'key-start') session = event.api === 'agents' ? event.threadId : undefined;
    else journalId = event.type === 'key-run' ? (session ?? event.runId) : undefined;
  }
  return journalId;
}

/** The journal of a `runKey`: which run the key stands for, and how it ended. One process at a time has it. */
export class KeyLog {
  readonly key: string;
  /** What the key stands for, once that is recorded. */
  facts: KeyedFacts | undefined;
  /** The id that resumes the run of the current attempt, once it is known: of a session, the turn's. */
  runId: string | undefined;
  /** True if an earlier process may have begun the run of the current attempt. */
  mayExist = false;
  /** The end of the key's run. */
  end: KeyEnd | undefined;
  /** The number of the current attempt, from 1. */
  #number = 1;
  readonly #journal: RunJournal;

  private constructor(key: string, journal: RunJournal) {
    this.key = key;
    this.#journal = journal;
    for (const { event } of journal.entries) this.#apply(readEvent(event));
  }

  static async open(journal: Journal, key: string): Promise<KeyLog> {
    const opened = checked('open', await journal.open(`${PREFIX}${key}`));
    try {
      return new KeyLog(key, opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Aborts when the journal can no longer be written to. */
  get signal(): AbortSignal | undefined {
    return this.#journal.signal;
  }

  /** Identifies the attempt. */
  get attempt(): string {
    return JSON.stringify([this.key, this.#number]);
  }

  /** Creates the error of a run whose journal was removed: what it did is unknown. */
  runIsGone(threadId: string | undefined, runId: string): GuardedRunError {
    const message = `The journal of the run of the runKey "${this.key}" is gone, so what "${runId}" did is unknown. Check what it did, then use another runKey.`;
    return new GuardedRunError('journal', message, { threadId, runId, calls: [], leftOpen: false });
  }

  /** Records that the run is about to begin, unless an earlier process did. */
  async begin(facts: KeyedFacts): Promise<void> {
    if (!this.mayExist) await this.#append({ type: 'key-start', number: this.#number, ...facts });
  }

  /** Records the id that resumes the run. The first one counts. */
  async began(runId: string): Promise<void> {
    if (this.runId === undefined) await this.#append({ type: 'key-run', number: this.#number, runId });
  }

  /** Records the end of the attempt. Without a result or an error, the run may begin again. */
  async finish(end: KeyEnd): Promise<void> {
    await this.#append({ type: 'key-end', number: this.#number, ...end });
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  async #append(event: JournalEvent): Promise<void> {
    await this.#journal.append(eventKey(event), plain(event));
    if (event.type === 'key-run') this.runId = event.runId;
  }

  #apply(event: JournalEvent): void {
    if (event.type === 'key-start') {
      this.facts = event;
      this.mayExist = true;
    } else if (event.type === 'key-run') {
      this.runId = event.runId;
    } else if (event.type === 'key-end') {
      if (event.result !== undefined || event.error) this.end = event;
      this.runId = undefined;
      this.mayExist = false;
      this.#number = event.number + 1;
    }
  }
}
