import type { AgentTurn } from './client.ts';
import { hasEnded, type Turns } from './turns.ts';
import { limits } from '../../limits.ts';

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
