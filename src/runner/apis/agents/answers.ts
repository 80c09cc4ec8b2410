import { canonicalJson } from '../../../internal/json.ts';
import { omitUndefined } from '../../../internal/omit-undefined.ts';
import { RunFailure, SuspendRun } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Loop } from '../../run/driver.ts';
import { statusOf } from '../api-error.ts';
import { type Action, actionOf, keyOf } from './actions.ts';
import type { AgentSession } from './client.ts';
import { isNotPending, type Outbox } from './session.ts';
import type { Turns } from './turns.ts';

/** The API accepts 1,048,576 characters in a string. */
const MAX_OUTPUT_BYTES = 1_000_000;
const MAX_RESENDS = 5;

export interface Answers {
  /**
   * Guards all new actions concurrently, and sends each result as soon as it exists. Sends a result again when the API
   * still requests it long after accepting it.
   *
   * @throws RunFailure for an action that is not supported; then no action of this update starts
   */
  handle(session: AgentSession): void;
  /** Aborts with the error when sending a result fails. */
  readonly failed: AbortSignal;
}

/** An action and the state of its result. */
interface TrackedAction {
  /** The action as the API sent it. */
  readonly fingerprint: string;
  event?: object;
  isSending: boolean;
  /** True while the call waits for its approver. */
  isParked?: boolean;
  sentAt: number;
  resends: number;
}

/** Calls of one turn that the model waits for together. The next calls come when all of these are answered. */
interface CallBatch {
  /** The turn's id. */
  readonly id: string;
  open: number;
}

interface NewAction {
  readonly action: Action;
  readonly tracked: TrackedAction;
}

export function createAnswers(loop: Loop, outbox: Outbox, turns: Turns, sessionId: string): Answers {
  const trackedActions = new Map<string, TrackedAction>();
  const batches = new Map<string, CallBatch>();
  const failing = new AbortController();

  const batchOf = (turnId: string): CallBatch => {
    const current = batches.get(turnId);
    if (current && current.open > 0) return current;
    const batch = { id: turnId, open: 0 };
    batches.set(turnId, batch);
    return batch;
  };

  const fail = (error: unknown): void => {
    failing.abort(error);
  };

  /** Resolves with false when the API no longer waits for the result. */
  const send = async (tracked: TrackedAction, event: object): Promise<boolean> => {
    Object.assign(tracked, { event, isSending: true });
    try {
      await outbox.send(event);
      return true;
    } catch (error) {
      // The turn has ended, or another client sent a result.
      if (!isNotPending(error) && statusOf(error) !== 409) throw error;
      return false;
    } finally {
      Object.assign(tracked, { isSending: false, sentAt: Date.now() });
    }
  };

  const resend = async (tracked: TrackedAction): Promise<void> => {
    const { event, isSending, sentAt } = tracked;
    if (!event || isSending || Date.now() - sentAt < limits.resultResendMs) return;
    tracked.resends += 1;
    if (tracked.resends > MAX_RESENDS) {
      throw new RunFailure(
        'invalid_turn',
        `The session requested a result that it had already accepted, ${tracked.resends} times.`,
      );
    }
    await send(tracked, event);
  };

  /** Answers calls of one turn that were listed together, in the model's order. */
  const answer = async (turnId: string, fresh: readonly NewAction[], batch: CallBatch): Promise<void> => {
    const subagentId = await turns.subagentOf(turnId);
    const scope = omitUndefined({ scope: turnId, subagentId });
    const calls = fresh.map(({ action: { call } }) => ({ ...call, ...scope }));
    const begun = loop.begin({
      calls,
      askedBy: batch,
      keyScope: JSON.stringify([sessionId, turnId]),
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    const answered = fresh.map(async ({ action, tracked }, index) => {
      const one = calls.slice(index, index + 1);
      const [output] = await begun(one).catch((error: unknown) => {
        if (!(error instanceof SuspendRun)) throw error;
        tracked.isParked = true;
        return [];
      });
      // The model may continue as soon as the result is in flight, even if its response is lost.
      batch.open -= 1;
      if (output && (await send(tracked, action.answer(output)))) loop.submitted(one);
      suspendIfIdle();
    });
    await Promise.all(answered);
  };

  /** Suspends the run when only calls that wait for approvers are left. */
  const suspendIfIdle = (): void => {
    const waiting = [...trackedActions.values()].filter(({ event, isSending }) => event === undefined || isSending);
    if (waiting.length > 0 && waiting.every(({ isParked = false }) => isParked)) {
      fail(new SuspendRun('The session is waiting for approvals.'));
    }
  };

  return {
    failed: failing.signal,
    handle({ required_actions: required }) {
      const fresh = new Map<string, { turnId: string; calls: NewAction[] }>();
      const added = new Map<string, TrackedAction>();
      for (const entry of required) {
        const fields = ((entry as unknown) ?? {}) as Readonly<Record<string, unknown>>;
        const key = keyOf(fields);
        const tracked = trackedActions.get(key);
        const fingerprint = canonicalJson(fields);
        if (added.has(key) || (tracked && tracked.fingerprint !== fingerprint)) {
          throw new RunFailure('invalid_turn', `The session requires two different actions with the same ids, ${key}.`);
        }
        if (tracked) {
          resend(tracked).catch(fail);
          continue;
        }
        const action = actionOf(fields);
        const state = { fingerprint, isSending: false, sentAt: 0, resends: 0 };
        added.set(key, state);
        const { turnId } = action;
        const ofTurn = fresh.get(turnId) ?? { turnId, calls: [] };
        ofTurn.calls.push({ action, tracked: state });
        fresh.set(turnId, ofTurn);
      }
      for (const [key, state] of added) trackedActions.set(key, state);
      for (const { turnId, calls } of fresh.values()) {
        const batch = batchOf(turnId);
        batch.open += calls.length;
        answer(turnId, calls, batch).catch(fail);
      }
    },
  };
}
