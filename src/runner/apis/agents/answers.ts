import type { Loop } from '../../run/driver.ts';
import { EndRun, ParkRun } from '../../errors.ts';
import { canonicalJson } from '../../../internal/json.ts';
import { statusOf } from '../api-error.ts';
import { actionOf, keyOf, type Action } from './actions.ts';
import type { AgentSession } from './client.ts';
import { isNotPending, type Outbox } from './outbox.ts';
import type { Turns } from './turns.ts';
import { limits } from '../../limits.ts';

/** The API takes 1,048,576 characters in one text. */
const MAX_OUTPUT_BYTES = 1_000_000;
const MAX_RESENDS = 5;

export interface Answers {
  /**
   * Has every action that was not seen before guarded, side by side, and its result sent as soon as it is there. A result
   * that is asked for long after it was accepted is sent again.
   *
   * @throws EndRun for an action that nobody here can answer; then none of these is begun
   */
  take(session: AgentSession): void;
  /** Aborts with what went wrong while a result was sent. */
  readonly failed: AbortSignal;
}

/** A result on its way. */
interface Known {
  /** What was asked for. */
  readonly asked: string;
  event?: object;
  isUnderWay: boolean;
  /** Left to its approver. */
  isParked?: boolean;
  sentAt: number;
  resends: number;
}

/** Calls of one turn that the model waits for together: the next ones come when all of these are answered. */
interface Round {
  /** The turn's. */
  readonly id: string;
  open: number;
}

interface Fresh {
  readonly action: Action;
  readonly known: Known;
}

export function createAnswers(loop: Loop, outbox: Outbox, turns: Turns, sessionId: string): Answers {
  const all = new Map<string, Known>();
  const rounds = new Map<string, Round>();
  const failing = new AbortController();

  const roundOf = (turnId: string): Round => {
    const current = rounds.get(turnId);
    if (current && current.open > 0) return current;
    const round = { id: turnId, open: 0 };
    rounds.set(turnId, round);
    return round;
  };

  const fail = (error: unknown): void => {
    failing.abort(error);
  };

  /** False when the API did not want it any more. */
  const send = async (known: Known, event: object): Promise<boolean> => {
    Object.assign(known, { event, isUnderWay: true });
    try {
      await outbox.send(event);
      return true;
    } catch (error) {
      // Its turn is over, or somebody else has answered.
      if (!isNotPending(error) && statusOf(error) !== 409) throw error;
      return false;
    } finally {
      Object.assign(known, { isUnderWay: false, sentAt: Date.now() });
    }
  };

  const resend = async (known: Known): Promise<void> => {
    const { event, isUnderWay, sentAt } = known;
    if (!event || isUnderWay || Date.now() - sentAt < limits.resultResendMs) return;
    known.resends += 1;
    if (known.resends > MAX_RESENDS) {
      throw new EndRun('invalid_turn', `The session asked ${known.resends} times more for a result that it accepted.`);
    }
    await send(known, event);
  };

  /** The calls of one turn that were seen together, in the model's order. */
  const answer = async (turnId: string, fresh: readonly Fresh[], round: Round): Promise<void> => {
    const subagentId = await turns.subagentOf(turnId);
    const calls = fresh.map(({ action: { call } }) => ({
      ...call,
      scope: turnId,
      ...(subagentId === undefined ? {} : { subagentId }),
    }));
    const begun = loop.begin({
      calls,
      askedBy: round,
      keyScope: JSON.stringify([sessionId, turnId]),
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    const answered = fresh.map(async ({ action, known }, index) => {
      const one = calls.slice(index, index + 1);
      const [output] = await begun(one).catch((error: unknown) => {
        if (!(error instanceof ParkRun)) throw error;
        known.isParked = true;
        return [];
      });
      // Once it is on its way the model may go on, whatever becomes of the reply.
      round.open -= 1;
      if (output && (await send(known, action.answer(output)))) loop.submitted(one);
      parkIfIdle();
    });
    await Promise.all(answered);
  };

  /** When calls are left to their approvers and everything else was sent, the session is left as it is. */
  const parkIfIdle = (): void => {
    const waiting = [...all.values()].filter(({ event, isUnderWay }) => event === undefined || isUnderWay);
    if (waiting.length > 0 && waiting.every(({ isParked = false }) => isParked)) {
      fail(new ParkRun('The session waits for approvals.'));
    }
  };

  return {
    failed: failing.signal,
    take({ required_actions: required }) {
      const fresh = new Map<string, { turnId: string; calls: Fresh[] }>();
      const added = new Map<string, Known>();
      for (const entry of required) {
        const fields = ((entry as unknown) ?? {}) as Readonly<Record<string, unknown>>;
        const key = keyOf(fields);
        const known = all.get(key);
        const asked = canonicalJson(fields);
        if (added.has(key) || (known && known.asked !== asked)) {
          throw new EndRun('invalid_turn', `The session waits for two calls that are told by the same ids, ${key}.`);
        }
        if (known) {
          resend(known).catch(fail);
          continue;
        }
        const action = actionOf(fields);
        const state = { asked, isUnderWay: false, sentAt: 0, resends: 0 };
        added.set(key, state);
        const { turnId } = action;
        const ofTurn = fresh.get(turnId) ?? { turnId, calls: [] };
        ofTurn.calls.push({ action, known: state });
        fresh.set(turnId, ofTurn);
      }
      for (const [key, state] of added) all.set(key, state);
      for (const { turnId, calls } of fresh.values()) {
        const round = roundOf(turnId);
        round.open += calls.length;
        answer(turnId, calls, round).catch(fail);
      }
    },
  };
}
