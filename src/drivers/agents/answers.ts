import type { Loop } from '../../core/driver.ts';
import { actionOf, keyOf, type Action } from './actions.ts';
import type { AgentSession } from './client.ts';
import { isNotPending, type Outbox } from './outbox.ts';
import type { Turns } from './turns.ts';

/** The API takes 1,048,576 characters in one text. */
const MAX_OUTPUT_BYTES = 1_000_000;
/** A result that was accepted and is still asked for is sent again: the API takes the same one twice. */
const RESEND_MS = 10_000;

export interface Answers {
  /**
   * Has every action that was not seen before guarded, side by side, and its result sent as soon as it is there.
   *
   * @throws EndRun for an action that nobody here can answer; then none of these is begun
   */
  take(session: AgentSession): void;
  /** Aborts with what went wrong while a result was sent. */
  readonly failed: AbortSignal;
}

interface Known {
  event?: object;
  sentAt: number;
}

/** Calls of one turn that the model waits for together: the next ones come when all of these are answered. */
interface Round {
  readonly id: string;
  open: number;
}

export function createAnswers(loop: Loop, outbox: Outbox, turns: Turns, sessionId: string): Answers {
  const known = new Map<string, Known>();
  const rounds = new Map<string, Round>();
  const failing = new AbortController();

  const roundOf = (turnId: string): Round => {
    const current = rounds.get(turnId);
    if (current && current.open > 0) return current;
    const round = { id: turnId, open: 0 };
    rounds.set(turnId, round);
    return round;
  };

  const send = async (event: object): Promise<void> =>
    outbox.send(event).catch((error: unknown) => {
      // Its turn is over, or somebody else has answered.
      if (!isNotPending(error)) throw error;
    });

  const answer = async ({ call, turnId, answer: eventOf }: Action, round: Round, state: Known): Promise<void> => {
    const subagentId = await turns.subagentOf(turnId);
    const [output] = await loop.answer({
      calls: [{ ...call, scope: turnId, ...(subagentId === undefined ? {} : { subagentId }) }],
      askedBy: round,
      keyScope: JSON.stringify([sessionId, turnId]),
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    if (output) {
      state.event = eventOf(output);
      state.sentAt = Date.now();
      await send(state.event);
    }
    round.open -= 1;
  };

  const fail = (error: unknown): void => {
    failing.abort(error);
  };

  return {
    failed: failing.signal,
    take({ required_actions: required }) {
      const fields = required as readonly Readonly<Record<string, unknown>>[];
      const fresh = fields
        .filter((action) => !known.has(keyOf(action)))
        .map((action) => ({
          key: keyOf(action),
          action: actionOf(action),
        }));
      for (const { event, sentAt } of fields.flatMap((action) => known.get(keyOf(action)) ?? [])) {
        if (event && Date.now() - sentAt > RESEND_MS) send(event).catch(fail);
      }
      for (const { key, action } of fresh) {
        const state: Known = { sentAt: 0 };
        known.set(key, state);
        const round = roundOf(action.turnId);
        round.open += 1;
        answer(action, round, state).catch(fail);
      }
    },
  };
}
