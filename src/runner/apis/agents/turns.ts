import { Limit, sleep, type Limited } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { entriesOf, MAX_ATTEMPTS, retryRead } from '../api.ts';
import type { SentInput } from '../../journal/events.ts';
import type { AgentTurn, SessionsApi } from './client.ts';
import { PAUSED } from './session.ts';

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'waiting']);
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** @throws RunFailure for an unknown status */
function hasEnded({ status }: AgentTurn): boolean {
  if (ENDED.has(status)) return true;
  if (ACTIVE.has(status)) return false;
  throw new RunFailure('unknown_status', `Unknown turn status "${status}".`);
}

/** Returns true for a turn of the root agent. */
export function isRoot({ subagent_id: subagentId = null }: AgentTurn): boolean {
  return subagentId === null;
}

/** The newest turns of a session, as listed. */
interface ListedTurns {
  /** The newest one of the root agent. */
  readonly turn: AgentTurn | undefined;
  readonly ids: ReadonlySet<string>;
}

/**
 * The turns of a session. If the API does not list turns, they come from events only. They distinguish an idle session
 * from one that has not processed our input yet.
 */
export class Turns {
  /** The newest turn of the root agent, which the driver follows. */
  root: AgentTurn | undefined;
  readonly #api: SessionsApi['turns'];
  readonly #sessionId: string;
  /** True if no input is sent: the runner serves the session from its current state. */
  readonly #isJoined: boolean;
  readonly #signal: AbortSignal;
  readonly #seen = new Map<string, AgentTurn>();
  readonly #reads = new Map<string, Promise<AgentTurn | undefined>>();
  /** The turns before our input, if they could be read. An outdated list has them without the newest one. */
  #baseline: ListedTurns | undefined;
  /** The turn that was active before our input. */
  #joinedTurnId: string | undefined;
  #wasActive: boolean;
  #inputAt = 0;
  #idleSince: number | undefined;

  constructor(api: SessionsApi['turns'], sessionId: string, isJoined: boolean, signal: AbortSignal) {
    this.#api = api;
    this.#sessionId = sessionId;
    this.#isJoined = isJoined;
    this.#wasActive = isJoined;
    this.#signal = signal;
  }

  /** What was known before our input of the newest turn. */
  get before(): Pick<SentInput, 'after' | 'isActive'> {
    const { turn, ids } = this.#baseline ?? {};
    // Only subagents' turns on the page: the root agent's are further back.
    const after = turn ? turn.id : ids?.size === 0 ? null : undefined;
    return { after, isActive: this.#joinedTurnId === undefined ? undefined : true };
  }

  /** Reads the newest turn before our input, so that a new turn can be recognised. */
  async captureBaseline(): Promise<void> {
    let listed = await this.#newest();
    // After our input is sent, an earlier turn cannot be distinguished from the new one.
    for (let attempt = 1; !listed && this.#api && attempt < MAX_ATTEMPTS; attempt += 1) {
      await sleep(backoffMs(attempt, 100, 1_000), this.#signal);
      listed = await this.#newest();
    }
    this.#baseline = listed;
    if (listed?.turn && (this.#isJoined || !hasEnded(listed.turn))) this.root = listed.turn;
    this.#joinedTurnId = this.root?.id;
    this.#inputAt = Date.now();
  }

  /** Follows the turn that was found by its input. */
  follow(id: string): void {
    this.root = this.#seen.get(id) ?? { id, status: 'queued' };
  }

  /** Records a turn from an event. */
  note(turn: AgentTurn): void {
    this.#seen.set(turn.id, turn);
    if (isRoot(turn) && (!this.#baseline?.ids.has(turn.id) || turn.id === this.root?.id)) this.root = turn;
  }

  /** The turns that this run caused: the followed one, and those of its subagents whose events were seen. */
  get served(): readonly AgentTurn[] {
    const before = this.#baseline?.turn;
    const isOlder = before !== undefined && before.id === this.root?.id && ENDED.has(before.status);
    const subagents = [...this.#seen.values()].filter((turn) => !isRoot(turn));
    return this.root && !isOlder ? [this.root, ...subagents] : subagents;
  }

  /** Reads the followed turn. Resolves with undefined before it starts, or if the API does not list turns. */
  async refresh(signal: AbortSignal = this.#signal): Promise<AgentTurn | undefined> {
    // A turn that was active when our input arrived may be the previous one.
    if (this.#baseline && (!this.root || this.root.id === this.#baseline.turn?.id)) {
      const listed = await this.#newest(signal);
      if (listed?.turn) this.note(listed.turn);
    }
    const now = this.root && (await this.#retrieve(this.root.id, signal));
    if (now) this.note(now);
    return this.root;
  }

  /** Resolves with the turn's subagent; undefined for the root agent, or if the API does not list turns. */
  async subagentOf(turnId: string): Promise<string | undefined> {
    const known = turnId === this.root?.id ? this.root : this.#seen.get(turnId);
    if (known) return known.subagent_id ?? undefined;
    const read = this.#reads.get(turnId) ?? this.#retrieve(turnId);
    this.#reads.set(turnId, read);
    const turn = await read;
    if (turn) this.note(turn);
    else this.#reads.delete(turnId);
    return turn?.subagent_id ?? undefined;
  }

  /** Call when the API accepted our input. The session applies it later, to the active turn or a new one. */
  inputAccepted(): void {
    this.#inputAt = Date.now();
  }

  /** Call when the session was read as active. */
  sessionActive(): void {
    this.#wasActive = true;
    this.#idleSince = undefined;
  }

  /**
   * Call when the session was read as idle or paused.
   *
   * @returns true if the served turn has ended, or does not continue
   * @throws RunFailure for an unknown turn status
   */
  isDone(turn: AgentTurn | undefined, status: string): boolean {
    this.#idleSince ??= Date.now();
    const isSettled = isLongAgo(Math.max(this.#inputAt, this.#idleSince));
    if (!turn) {
      const willBegin = this.#baseline !== undefined && !this.#isJoined && status !== PAUSED;
      return !willBegin && (this.#wasActive || isSettled);
    }
    // The API may fail to report the turn's end. A paused turn has none.
    if (!hasEnded(turn) && status !== PAUSED) return isSettled;
    return this.#isJoined || turn.id !== this.#joinedTurnId || isLongAgo(this.#inputAt);
  }

  async #newest(signal: AbortSignal = this.#signal): Promise<ListedTurns | undefined> {
    const query = { order: 'desc', limit: 100 } as const;
    return this.#tryRead(signal, async ({ signal: own }) => {
      const page = await this.#api?.list(this.#sessionId, query, { signal: own });
      const listed = page && entriesOf(page);
      return listed && { turn: listed.find(isRoot), ids: new Set(listed.map(({ id }) => id)) };
    });
  }

  async #retrieve(turnId: string, signal: AbortSignal = this.#signal): Promise<AgentTurn | undefined> {
    const params = { session_id: this.#sessionId };
    return this.#tryRead(signal, async ({ signal: own }) => this.#api?.retrieve(turnId, params, { signal: own }));
  }

  async #tryRead<T>(signal: AbortSignal, read: (own: Limited) => PromiseLike<T>): Promise<T | undefined> {
    try {
      return await new Limit(signal, limits.turnReadMs).within(async ({ signal: limited }) => retryRead(limited, read));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

function isLongAgo(time: number): boolean {
  return Date.now() - time > limits.sessionIdleMs;
}
