import { withOwnSignal } from '../../internal/abort.ts';
import { repeatRead } from '../repeat.ts';
import type { AgentTurn, SessionsApi } from './client.ts';

/** What is known of a session's turns. */
export interface Turns {
  /** The turn that is followed: the newest that no subagent has. */
  readonly root: AgentTurn | undefined;
  /** Remembers the newest turn of before our input. */
  mark(): Promise<void>;
  /** From an event. */
  note(turn: AgentTurn): void;
  /** Whether a turn began since {@link mark}. */
  hasBegun(): Promise<boolean>;
  /** The root as it is now; what was seen last where the API does not tell. */
  settled(signal: AbortSignal): Promise<AgentTurn | undefined>;
  /** Undefined for a call of the agent itself, or where nobody tells. */
  subagentOf(turnId: string): Promise<string | undefined>;
}

export function createTurns({ turns: api }: SessionsApi, sessionId: string, signal: AbortSignal): Turns {
  const known = new Map<string, AgentTurn | undefined>();
  let root: AgentTurn | undefined;
  let before: string | undefined;

  const newest = async (): Promise<AgentTurn | undefined> => {
    const page = await repeatRead(signal, async (own) =>
      api?.list(sessionId, { order: 'desc', limit: 20 }, { signal: own }),
    );
    return page?.data.find(isRoot);
  };

  return {
    get root() {
      return root;
    },
    async mark() {
      // The API may have no list of turns; events then have to do.
      before = await newest().then(
        (turn) => turn?.id,
        () => undefined,
      );
      signal.throwIfAborted();
    },
    note(turn) {
      known.set(turn.id, turn);
      if (isRoot(turn) && turn.id !== before) root = turn;
    },
    async hasBegun() {
      if (root) return true;
      const latest = await newest().catch(() => undefined);
      signal.throwIfAborted();
      if (latest === undefined || latest.id === before) return false;
      this.note(latest);
      return true;
    },
    async settled(own) {
      const id = root?.id ?? before;
      if (id === undefined || !api) return root;
      return withOwnSignal(own, (limited) => api.retrieve(id, { session_id: sessionId }, { signal: limited })).then(
        (turn) => turn,
        () => root,
      );
    },
    async subagentOf(turnId) {
      if (turnId === root?.id) return undefined;
      if (!known.has(turnId)) {
        known.set(turnId, undefined);
        const asked = withOwnSignal(signal, async (own) =>
          api?.retrieve(turnId, { session_id: sessionId }, { signal: own }),
        );
        const turn = await asked.catch(() => undefined);
        if (turn) this.note(turn);
      }
      return known.get(turnId)?.subagent_id ?? undefined;
    },
  };
}

function isRoot({ subagent_id: subagentId = null }: AgentTurn): boolean {
  return subagentId === null;
}
