import { withOwnSignal } from '../../internal/abort.ts';
import { repeatRead } from '../repeat.ts';
import type { AgentTurn, SessionsApi } from './client.ts';

/** What is known of a session's turns. */
export interface Turns {
  /** The turn that is followed: the newest that is no subagent's. */
  readonly root: AgentTurn | undefined;
  /**
   * Remembers the newest turn of before our input.
   *
   * @param isJoined nothing will be said: that turn is the one to follow
   */
  mark(isJoined: boolean): Promise<void>;
  /** From an event. */
  note(turn: AgentTurn): void;
  /** Whether a turn began since {@link mark}; undefined when that cannot be told. */
  hasBegun(): Promise<boolean | undefined>;
  /** The root as it is now; what was seen last where the API does not tell. */
  now(): Promise<AgentTurn | undefined>;
  /** Undefined for a call of the agent itself, or where nobody tells. */
  subagentOf(turnId: string): Promise<string | undefined>;
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

export function hasEnded({ status }: AgentTurn): boolean {
  return ENDED.has(status);
}

export function createTurns({ turns: api }: SessionsApi, sessionId: string, signal: AbortSignal): Turns {
  const known = new Map<string, AgentTurn | undefined>();
  let root: AgentTurn | undefined;
  let before: AgentTurn | undefined;
  let canTell = false;

  /** The API may have no list of turns; events then have to do. */
  const newest = async (): Promise<AgentTurn | undefined> => {
    try {
      const page = await repeatRead(signal, async (own) =>
        api?.list(sessionId, { order: 'desc', limit: 20 }, { signal: own }),
      );
      canTell = page !== undefined;
      return page?.data.find(isRoot);
    } catch {
      signal.throwIfAborted();
      canTell = false;
      return undefined;
    }
  };

  const retrieve = async (turnId: string): Promise<AgentTurn | undefined> => {
    try {
      return await withOwnSignal(signal, async (own) =>
        api?.retrieve(turnId, { session_id: sessionId }, { signal: own }),
      );
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };

  const note = (turn: AgentTurn): void => {
    known.set(turn.id, turn);
    if (isRoot(turn) && (turn.id !== before?.id || turn.id === root?.id)) root = turn;
  };

  return {
    get root() {
      return root;
    },
    async mark(isJoined) {
      before = await newest();
      if (before && (isJoined || !hasEnded(before))) root = before;
    },
    note,
    async hasBegun() {
      if (root && root.id !== before?.id) return true;
      const latest = await newest();
      if (latest && latest.id !== before?.id) {
        note(latest);
        return true;
      }
      // An input to a turn that was under way begins none.
      return canTell && !root ? false : undefined;
    },
    async now() {
      return (root && (await retrieve(root.id))) ?? root;
    },
    async subagentOf(turnId) {
      if (turnId === root?.id) return undefined;
      if (!known.has(turnId)) {
        known.set(turnId, undefined);
        const turn = await retrieve(turnId);
        if (turn) note(turn);
      }
      return known.get(turnId)?.subagent_id ?? undefined;
    },
  };
}

function isRoot({ subagent_id: subagentId = null }: AgentTurn): boolean {
  return subagentId === null;
}
