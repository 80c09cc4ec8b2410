import { sleep, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { RunFailure } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { MAX_ATTEMPTS, retryRead } from '../api.ts';
import type { AgentTurn, SessionsApi } from './client.ts';

/** The turns of a session. If the API does not list turns, they come from events only. */
export interface Turns {
  /** The newest turn of the root agent, which the driver follows. */
  readonly root: AgentTurn | undefined;
  /** True if the turns before our input are known, so that a new turn can be recognised. */
  readonly hasBaseline: boolean;
  /**
   * Reads the newest turn before our input.
   *
   * @param isJoined true if no input follows: the driver then follows that turn
   */
  captureBaseline(isJoined: boolean): Promise<void>;
  /** Records a turn from an event. */
  note(turn: AgentTurn): void;
  /** Reads the followed turn. Resolves with undefined before it starts, or if the API does not list turns. */
  refresh(): Promise<AgentTurn | undefined>;
  /** Resolves with the turn's subagent; undefined for the root agent, or if the API does not list turns. */
  subagentOf(turnId: string): Promise<string | undefined>;
}

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'waiting']);
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** @throws RunFailure for an unknown status */
export function hasEnded({ status }: AgentTurn): boolean {
  if (ENDED.has(status)) return true;
  if (ACTIVE.has(status)) return false;
  throw new RunFailure('unknown_status', `Unknown turn status "${status}".`);
}

export function createTurns({ turns: api }: SessionsApi, sessionId: string, signal: AbortSignal): Turns {
  const seen = new Map<string, AgentTurn>();
  const reads = new Map<string, Promise<AgentTurn | undefined>>();
  let root: AgentTurn | undefined;
  let baseline: AgentTurn | undefined;
  let hasBaseline = false;

  const tryRead = async <T>(read: (own: AbortSignal) => PromiseLike<T>): Promise<T | undefined> => {
    try {
      return await withTimeLimit(limits.turnReadMs, signal, async (limited) => retryRead(limited, read));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };

  const newest = async (): Promise<{ turn: AgentTurn | undefined } | undefined> => {
    const page = await tryRead(async (own) => api?.list(sessionId, { order: 'desc', limit: 100 }, { signal: own }));
    return page && { turn: page.data.find(isRoot) };
  };

  const retrieve = async (turnId: string): Promise<AgentTurn | undefined> =>
    tryRead(async (own) => api?.retrieve(turnId, { session_id: sessionId }, { signal: own }));

  const note = (turn: AgentTurn): void => {
    seen.set(turn.id, turn);
    if (isRoot(turn) && (turn.id !== baseline?.id || turn.id === root?.id)) root = turn;
  };

  return {
    get root() {
      return root;
    },
    get hasBaseline() {
      return hasBaseline;
    },
    async captureBaseline(isJoined) {
      let listed = await newest();
      // After our input is sent, an earlier turn cannot be distinguished from the new one.
      for (let attempt = 1; !listed && api && attempt < MAX_ATTEMPTS; attempt += 1) {
        await sleep(backoffMs(attempt, 100, 1_000), signal);
        listed = await newest();
      }
      hasBaseline = listed !== undefined;
      baseline = listed?.turn;
      if (baseline && (isJoined || !hasEnded(baseline))) root = baseline;
    },
    note,
    async refresh() {
      // A turn that was active when our input arrived may be the previous one.
      if (hasBaseline && (!root || root.id === baseline?.id)) {
        const listed = await newest();
        if (listed?.turn) note(listed.turn);
      }
      if (!root) return undefined;
      const now = await retrieve(root.id);
      if (now) note(now);
      return root;
    },
    async subagentOf(turnId) {
      const known = turnId === root?.id ? root : seen.get(turnId);
      if (known) return known.subagent_id ?? undefined;
      const read = reads.get(turnId) ?? retrieve(turnId);
      reads.set(turnId, read);
      const turn = await read;
      if (turn) note(turn);
      else reads.delete(turnId);
      return turn?.subagent_id ?? undefined;
    },
  };
}

function isRoot({ subagent_id: subagentId = null }: AgentTurn): boolean {
  return subagentId === null;
}

/** Distinguishes an idle session from one that has not processed our input yet. */
export interface IdleDetector {
  /** Call when the API accepted our input. The session applies it later, to the active turn or a new one. */
  inputAccepted(): void;
  /** Call when the session was read as active. */
  sessionActive(): void;
  /**
   * Call when the session was read as idle.
   *
   * @returns true if the served turn has ended
   * @throws RunFailure for an unknown turn status
   */
  isDone(turn: AgentTurn | undefined): boolean;
}

/** @param isJoined true if no input was sent: the runner serves the session from its current state */
export function createIdleDetector(turns: Turns, isJoined: boolean): IdleDetector {
  const joinedTurnId = turns.root?.id;
  let wasActive = isJoined;
  let inputAt = Date.now();
  let idleSince: number | undefined;
  const isLongAgo = (time: number): boolean => Date.now() - time > limits.sessionIdleMs;

  return {
    inputAccepted() {
      inputAt = Date.now();
    },
    sessionActive() {
      wasActive = true;
      idleSince = undefined;
    },
    isDone(turn) {
      idleSince ??= Date.now();
      const isSettled = isLongAgo(Math.max(inputAt, idleSince));
      if (!turn) {
        const willBegin = turns.hasBaseline && !isJoined;
        return !willBegin && (wasActive || isSettled);
      }
      // The API may fail to report the turn's end.
      if (!hasEnded(turn)) return isSettled;
      return isJoined || turn.id !== joinedTurnId || isLongAgo(inputAt);
    },
  };
}
