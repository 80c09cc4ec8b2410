import { EndRun } from '../../errors.ts';
import { sleep, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { MAX_ATTEMPTS, retryRead } from '../api.ts';
import type { AgentTurn, SessionsApi } from './client.ts';
import { limits } from '../../limits.ts';

/** What is known of a session's turns. Without the API's word on them, events and the session have to do. */
export interface Turns {
  /** The turn that is followed: the newest that is no subagent's. */
  readonly root: AgentTurn | undefined;
  /** Whether the API told of the turns of before our input, so that a new one is known for one. */
  readonly hasBaseline: boolean;
  /**
   * Remembers the newest turn of before our input.
   *
   * @param isJoined nothing will be said: that turn is the one to follow
   */
  captureBaseline(isJoined: boolean): Promise<void>;
  /** From an event. */
  note(turn: AgentTurn): void;
  /** The turn that is followed, as it is now; undefined before it begins, or where nobody tells. */
  refresh(): Promise<AgentTurn | undefined>;
  /** Undefined for a call of the agent itself, or where nobody tells. */
  subagentOf(turnId: string): Promise<string | undefined>;
}

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'waiting']);
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** @throws EndRun for a status that nobody knows */
export function hasEnded({ status }: AgentTurn): boolean {
  if (ENDED.has(status)) return true;
  if (ACTIVE.has(status)) return false;
  throw new EndRun('unknown_status', `Unknown turn status "${status}".`);
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
      // Once our input is said, a turn of before can no longer be told from a new one.
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
      // A turn that was at work when our input came may have been the one before it.
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

/** Tells a session that has come to rest from one that our input has not reached yet. */
export interface IdleDetector {
  /** To be called when our input was accepted: it is applied a while later, to the turn at work or to a new one. */
  inputAccepted(): void;
  /** To be called when the session was read at work. */
  sessionActive(): void;
  /**
   * To be called when the session was read at rest.
   *
   * @returns whether the turn that we serve is over
   * @throws EndRun for a turn's status that nobody knows
   */
  isDone(turn: AgentTurn | undefined): boolean;
}

/** @param isJoined nothing is said: the session is served from where it is */
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
      // Its end may be what the API does not tell.
      if (!hasEnded(turn)) return isSettled;
      return isJoined || turn.id !== joinedTurnId || isLongAgo(inputAt);
    },
  };
}
