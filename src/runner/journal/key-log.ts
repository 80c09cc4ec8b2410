import { eventKey, plain, readEvent, type JournalEvent, type KeyedFacts, type KeyEnd } from './events.ts';
import type { Journal, RunJournal } from './journal.ts';
import { checked } from './run-log.ts';

/** The ids of the journals of keys begin with it. No API has such ids. */
const PREFIX = 'key:';

/** Returns true for the journal of a `runKey`, which only leads to a run's. */
export function isKeyJournal(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** The journal of a `runKey`: which run the key stands for, and how it ended. One process at a time has it. */
export class KeyLog {
  readonly key: string;
  /** What the key stands for, once that is recorded. */
  facts: KeyedFacts | undefined;
  /** The id that resumes the run of the current attempt, once it is known. */
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
