import { randomUUID } from 'node:crypto';
import { shown } from '../../internal/checks.ts';
import { GuardedRunError } from '../errors.ts';
import type { KeyedFacts, KeyEnd, SentInput } from './events.ts';
import { RunHistory, type KeyHistory } from './history.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { RunLog } from './run-log.ts';

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
  const { facts, runId } = new RunHistory(entries).key;
  return runId !== undefined && facts?.api === 'agents' ? facts.threadId : runId;
}

/** The journal of a `runKey`: which run the key stands for, and how it ended. One process at a time has it. */
export class KeyLog {
  readonly key: string;
  /** True if an earlier process may have begun the run of the current attempt. */
  readonly mayExist: boolean;
  readonly #log: RunLog;

  private constructor(key: string, log: RunLog) {
    this.key = key;
    this.#log = log;
    this.mayExist = this.state.isBegun === true;
  }

  static async open(journal: Journal, key: string): Promise<KeyLog> {
    return new KeyLog(key, await RunLog.openEmpty(journal, `${PREFIX}${key}`));
  }

  /** What its journal says so far. */
  get state(): KeyHistory {
    return this.#log.history.key;
  }

  /** Aborts when the journal can no longer be written to. */
  get signal(): AbortSignal | undefined {
    return this.#log.signal;
  }

  /** Identifies the attempt. */
  get attempt(): string {
    return JSON.stringify([this.key, this.state.number]);
  }

  /** Creates the error of a run whose journal was removed: what it did is unknown. */
  runIsGone(threadId: string | undefined, runId: string): GuardedRunError {
    const message = `The journal of the run of the runKey "${this.key}" is gone, so what "${runId}" did is unknown. Check what it did, then use another runKey.`;
    return new GuardedRunError('journal', message, { threadId, runId, calls: [], leftOpen: false });
  }

  /** Records that the run is about to begin, unless an earlier process did. */
  async begin(facts: KeyedFacts): Promise<void> {
    if (!this.mayExist) await this.#log.append({ type: 'key-start', number: this.state.number, ...facts });
  }

  /**
   * Records that the input is about to be sent to its session, unless an earlier process did.
   *
   * @returns the idempotency key to send it with: random, because a key whose journal was pruned may begin again
   */
  async sends(input: Omit<SentInput, 'idempotencyKey'>): Promise<string> {
    const { idempotencyKey = randomUUID() } = this.state.input ?? {};
    if (!this.state.input)
      await this.#log.append({ type: 'key-input', number: this.state.number, ...input, idempotencyKey });
    return idempotencyKey;
  }

  /** Records the id that resumes the run. The first one counts. */
  async began(runId: string): Promise<void> {
    const { number, runId: first } = this.state;
    if (first === undefined) await this.#log.append({ type: 'key-run', number, runId });
  }

  /** Records the end of the attempt. Without a result or an error, the run may begin again. */
  async finish(end: KeyEnd): Promise<void> {
    await this.#log.append({ type: 'key-end', number: this.state.number, ...end });
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}
