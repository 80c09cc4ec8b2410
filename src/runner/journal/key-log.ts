import { randomUUID } from 'node:crypto';
import { shown } from '../../internal/checks.ts';
import { GuardedRunError } from '../errors.ts';
import {
  eventKey,
  plain,
  readEvent,
  type JournalEvent,
  type KeyedFacts,
  type KeyEnd,
  type SentInput,
} from './events.ts';
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

/** What the journal of a key says so far. */
interface KeyState {
  /** What the key stands for, once that is recorded. */
  readonly facts?: KeyedFacts | undefined;
  /** The number of the current attempt, from 1. */
  readonly number: number;
  /** True once the run of the current attempt may have begun. */
  readonly isBegun?: boolean;
  /** The input of the current attempt, once it may have been sent to its session. */
  readonly input?: SentInput;
  /** The id that resumes the run of the current attempt, once it is known: of a session, the turn's. */
  readonly runId?: string;
  /** The end of the key's run. */
  readonly end?: KeyEnd;
}

function stateOf(entries: readonly JournalEntry[]): KeyState {
  return entries.reduce<KeyState>((state, { event }) => after(state, readEvent(event)), { number: 1 });
}

function after(state: KeyState, event: JournalEvent): KeyState {
  if (event.type === 'key-start') return { ...state, facts: event, isBegun: true };
  if (event.type === 'key-input') return { ...state, input: event };
  if (event.type === 'key-run') return { ...state, runId: event.runId };
  if (event.type !== 'key-end') return state;
  // Without a result or an error, the run may begin again.
  const hasEnded = event.result !== undefined || event.error !== undefined;
  return { facts: state.facts, number: event.number + 1, ...(hasEnded ? { end: event } : {}) };
}

/** Returns the id of the journal of a key's run, from the entries of the key's journal; undefined if it is unknown. */
export function runOfKey(entries: readonly JournalEntry[]): string | undefined {
  const { facts, runId } = stateOf(entries);
  return runId !== undefined && facts?.api === 'agents' ? facts.threadId : runId;
}

/** The journal of a `runKey`: which run the key stands for, and how it ended. One process at a time has it. */
export class KeyLog {
  readonly key: string;
  /** True if an earlier process may have begun the run of the current attempt. */
  readonly mayExist: boolean;
  /** What its journal says so far. Each record makes a new one. */
  state: KeyState;
  readonly #journal: RunJournal;

  private constructor(key: string, journal: RunJournal) {
    this.key = key;
    this.#journal = journal;
    this.state = stateOf(journal.entries);
    this.mayExist = this.state.isBegun === true;
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
    return JSON.stringify([this.key, this.state.number]);
  }

  /** Creates the error of a run whose journal was removed: what it did is unknown. */
  runIsGone(threadId: string | undefined, runId: string): GuardedRunError {
    const message = `The journal of the run of the runKey "${this.key}" is gone, so what "${runId}" did is unknown. Check what it did, then use another runKey.`;
    return new GuardedRunError('journal', message, { threadId, runId, calls: [], leftOpen: false });
  }

  /** Records that the run is about to begin, unless an earlier process did. */
  async begin(facts: KeyedFacts): Promise<void> {
    if (!this.mayExist) await this.#append({ type: 'key-start', number: this.state.number, ...facts });
  }

  /**
   * Records that the input is about to be sent to its session, unless an earlier process did.
   *
   * @returns the idempotency key to send it with: random, because a key whose journal was pruned may begin again
   */
  async sends(input: Omit<SentInput, 'idempotencyKey'>): Promise<string> {
    const { idempotencyKey = randomUUID() } = this.state.input ?? {};
    if (!this.state.input)
      await this.#append({ type: 'key-input', number: this.state.number, ...input, idempotencyKey });
    return idempotencyKey;
  }

  /** Records the id that resumes the run. The first one counts. */
  async began(runId: string): Promise<void> {
    const { number, runId: first } = this.state;
    if (first === undefined) await this.#append({ type: 'key-run', number, runId });
  }

  /** Records the end of the attempt. Without a result or an error, the run may begin again. */
  async finish(end: KeyEnd): Promise<void> {
    await this.#append({ type: 'key-end', number: this.state.number, ...end });
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  async #append(event: JournalEvent): Promise<void> {
    await this.#journal.append(eventKey(event), plain(event));
    this.state = after(this.state, event);
  }
}
