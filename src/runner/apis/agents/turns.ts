import { Limit, sleep } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { listNewest, MAX_ATTEMPTS, retryRead, type ListQuery } from '../api.ts';
import type { InputTrace } from '../../journal/events.ts';
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
  /** The turn that the driver follows: that of our input once it is found, until then the newest one of the root agent. */
  root: AgentTurn | undefined;
  /** What is known of the newest turn before our input. */
  before: Omit<InputTrace, 'hash'> = {};
  readonly #api: SessionsApi['turns'];
  readonly #sessionId: string;
  /** True if no input is sent: the runner serves the session from its current state. */
  readonly #isJoined: boolean;
  readonly #signal: AbortSignal;
  readonly #seen = new Map<string, AgentTurn>();
  readonly #reads = new Map<string, Promise<AgentTurn | undefined>>();
  /** The turns before our input, if they could be read. An outdated list has them without the newest one. */
  #baseline: ListedTurns | undefined;
  /** True once one turn is followed, whichever begin later. */
  isFollowed = false;
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

  /** False as long as `root` may be another client's turn. Without the turns before our input, that is unknown. */
  get isFound(): boolean {
    return this.isFollowed || this.#isJoined || this.before.after === undefined;
  }

  /** True if the session is idle, or paused, for so long that no list should be outdated. */
  get isSettled(): boolean {
    return this.#idleSince !== undefined && isLongAgo(Math.max(this.#inputAt, this.#idleSince));
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
    const { turn, ids } = listed ?? {};
    const isActive = turn && !hasEnded(turn) ? true : undefined;
    // Without one among 2,000 turns, those of the root agent are further back.
    this.before = { after: turn ? turn.id : ids?.size === 0 ? null : undefined, isActive };
    if (this.#isJoined || isActive) this.root = turn;
    this.#inputAt = Date.now();
  }

  /** Follows this turn only. */
  follow(turn: AgentTurn): void {
    this.#setRoot(this.#seen.get(turn.id) ?? turn);
    this.isFollowed = true;
  }

  /** True if the list before our input has the turn. An outdated list may lack it. */
  wasListed(id: string): boolean {
    return this.#baseline?.ids.has(id) === true;
  }

  /** Records a turn from an event. */
  note(turn: AgentTurn): void {
    this.#seen.set(turn.id, turn);
    const isNew = !this.isFollowed && isRoot(turn) && !this.wasListed(turn.id);
    if (isNew || turn.id === this.root?.id) this.#setRoot(turn);
  }

  #setRoot(turn: AgentTurn): void {
    // A turn that began after the session was read as idle has not been idle yet.
    if (turn.id !== this.root?.id) this.#idleSince = undefined;
    this.root = turn;
  }

  /** The turns that this run caused: the followed one, and those of its subagents whose events were seen. */
  get served(): readonly AgentTurn[] {
    const before = this.#baseline?.turn;
    const isOlder = before !== undefined && before.id === this.root?.id && ENDED.has(before.status);
    const subagents = [...this.#seen.values()].filter((turn) => !isRoot(turn));
    return this.root && !isOlder ? [this.root, ...subagents] : subagents;
  }

  /** Reads the followed turn. Resolves with undefined before it is found, or if the API does not list turns. */
  async refresh(signal: AbortSignal = this.#signal): Promise<AgentTurn | undefined> {
    if (!this.isFound) return undefined;
    if (!this.isFollowed && this.#baseline && (!this.root || this.root.id === this.#baseline.turn?.id)) {
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
    if (!turn) {
      const willBegin = this.#baseline !== undefined && !this.#isJoined && status !== PAUSED;
      return !willBegin && (this.#wasActive || this.isSettled);
    }
    // The API may fail to report the turn's end. A paused turn has none.
    return hasEnded(turn) || status === PAUSED || this.isSettled;
  }

  async #newest(signal: AbortSignal = this.#signal): Promise<ListedTurns | undefined> {
    const api = this.#api;
    if (!api) return undefined;
    const list = (query: ListQuery, own: AbortSignal) => api.list(this.#sessionId, query, { signal: own });
    return this.#tryRead(signal, async (own) => {
      const listed = await listNewest(list, own, (newest) => newest.some(isRoot));
      return { turn: listed.findLast(isRoot), ids: new Set(listed.map(({ id }) => id)) };
    });
  }

  async #retrieve(turnId: string, signal: AbortSignal = this.#signal): Promise<AgentTurn | undefined> {
    const params = { session_id: this.#sessionId };
    return this.#tryRead(signal, async (own) =>
      retryRead(own, async ({ signal: limited }) => this.#api?.retrieve(turnId, params, { signal: limited })),
    );
  }

  async #tryRead<T>(signal: AbortSignal, read: (own: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await new Limit(signal, limits.turnReadMs).within(({ signal: own }) => read(own));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

function isLongAgo(time: number): boolean {
  return Date.now() - time > limits.sessionIdleMs;
}
