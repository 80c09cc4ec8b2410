import { EndRun } from '../../errors.ts';
import { sleep, withTimeLimit } from '../../../internal/abort.ts';
import { backoffMs } from '../../../internal/backoff.ts';
import { MAX_ATTEMPTS, repeatRead } from '../api.ts';
import type { AgentTurn, SessionsApi } from './client.ts';
import { limits } from '../../limits.ts';

/** What is known of a session's turns. Without the API's word on them, events and the session have to do. */
export interface Turns {
  /** The turn that is followed: the newest that is no subagent's. */
  readonly root: AgentTurn | undefined;
  /** Whether the API told of the turns of before our input, so that a new one is known for one. */
  readonly canTell: boolean;
  /**
   * Remembers the newest turn of before our input.
   *
   * @param isJoined nothing will be said: that turn is the one to follow
   */
  mark(isJoined: boolean): Promise<void>;
  /** From an event. */
  note(turn: AgentTurn): void;
  /** The turn that is followed, as it is now; undefined before it begins, or where nobody tells. */
  now(): Promise<AgentTurn | undefined>;
  /** Undefined for a call of the agent itself, or where nobody tells. */
  subagentOf(turnId: string): Promise<string | undefined>;
}

const AT_WORK: ReadonlySet<string> = new Set(['queued', 'in_progress', 'waiting']);
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** @throws EndRun for a status that nobody knows */
export function hasEnded({ status }: AgentTurn): boolean {
  if (ENDED.has(status)) return true;
  if (AT_WORK.has(status)) return false;
  throw new EndRun('unknown_status', `The turn has the status "${status}", which nobody knows.`);
}

export function createTurns({ turns: api }: SessionsApi, sessionId: string, signal: AbortSignal): Turns {
  const seen = new Map<string, AgentTurn>();
  const asked = new Map<string, Promise<AgentTurn | undefined>>();
  let root: AgentTurn | undefined;
  let before: AgentTurn | undefined;
  let canTell = false;

  const tell = async <T>(read: (own: AbortSignal) => PromiseLike<T>): Promise<T | undefined> => {
    try {
      return await withTimeLimit(limits.turnReadMs, signal, async (limited) => repeatRead(limited, read));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };

  const newest = async (): Promise<{ turn: AgentTurn | undefined } | undefined> => {
    const page = await tell(async (own) => api?.list(sessionId, { order: 'desc', limit: 100 }, { signal: own }));
    return page && { turn: page.data.find(isRoot) };
  };

  const retrieve = async (turnId: string): Promise<AgentTurn | undefined> =>
    tell(async (own) => api?.retrieve(turnId, { session_id: sessionId }, { signal: own }));

  const note = (turn: AgentTurn): void => {
    seen.set(turn.id, turn);
    if (isRoot(turn) && (turn.id !== before?.id || turn.id === root?.id)) root = turn;
  };

  return {
    get root() {
      return root;
    },
    get canTell() {
      return canTell;
    },
    async mark(isJoined) {
      let listed = await newest();
      // Once our input is said, a turn of before can no longer be told from a new one.
      for (let attempt = 1; !listed && api && attempt < MAX_ATTEMPTS; attempt += 1) {
        await sleep(backoffMs(attempt, 100, 1_000), signal);
        listed = await newest();
      }
      canTell = listed !== undefined;
      before = listed?.turn;
      if (before && (isJoined || !hasEnded(before))) root = before;
    },
    note,
    async now() {
      // A turn that was at work when our input came may have been the one before it.
      if (canTell && (!root || root.id === before?.id)) {
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
      const asking = asked.get(turnId) ?? retrieve(turnId);
      asked.set(turnId, asking);
      const turn = await asking;
      if (turn) note(turn);
      else asked.delete(turnId);
      return turn?.subagent_id ?? undefined;
    },
  };
}

function isRoot({ subagent_id: subagentId = null }: AgentTurn): boolean {
  return subagentId === null;
}

/** Tells a session that has come to rest from one that our input has not reached yet. */
export interface Rest {
  /** To be called when our input was accepted: it is applied a while later, to the turn at work or to a new one. */
  said(): void;
  /** To be called when the session was read at work. */
  atWork(): void;
  /**
   * To be called when the session was read at rest.
   *
   * @returns whether the turn that we serve is over
   * @throws EndRun for a turn's status that nobody knows
   */
  isOver(turn: AgentTurn | undefined): boolean;
}

/** @param isJoined nothing is said: the session is served from where it is */
export function createRest(turns: Turns, isJoined: boolean): Rest {
  const joined = turns.root?.id;
  let hasWorked = isJoined;
  let saidAt = Date.now();
  let restingSince: number | undefined;
  const isLongAfter = (time: number): boolean => Date.now() - time > limits.sessionIdleMs;

  return {
    said() {
      saidAt = Date.now();
    },
    atWork() {
      hasWorked = true;
      restingSince = undefined;
    },
    isOver(turn) {
      restingSince ??= Date.now();
      const isSettled = isLongAfter(Math.max(saidAt, restingSince));
      if (!turn) {
        const willBegin = turns.canTell && !isJoined;
        return !willBegin && (hasWorked || isSettled);
      }
      // Its end may be what the API does not tell.
      if (!hasEnded(turn)) return isSettled;
      return isJoined || turn.id !== joined || isLongAfter(saidAt);
    },
  };
}
