import type { Driver } from '../../core/driver.ts';
import { EndRun } from '../../errors.ts';
import { raceAbort } from '../../internal/abort.ts';
import { isReplyLost } from '../api-error.ts';
import { createAnswers } from './answers.ts';
import type { AgentSession, AgentTurn, AgentsClient } from './client.ts';
import { leave } from './leave.ts';
import { createOutbox } from './outbox.ts';
import { finalText } from './text.ts';
import { createTurns, hasEnded } from './turns.ts';
import { watchSession } from './watch.ts';

export interface SessionRequest {
  readonly client: AgentsClient;
  readonly sessionId: string;
  /** What the user says; undefined to serve a session that is at work already. */
  readonly input: readonly object[] | undefined;
  readonly pollIntervalMs: number;
}

export interface SessionEnd {
  readonly session: AgentSession;
  /** The turn that was served; absent where the API does not tell. */
  readonly turn: AgentTurn | undefined;
  readonly text: string | null;
}

const AT_WORK: ReadonlySet<string> = new Set(['in_progress', 'requires_action']);

/** How long a session may be at rest after an input was accepted, where nobody tells of turns. */
const SETTLED_MS = 5_000;

function assertKnown(status: string): void {
  if (AT_WORK.has(status) || status === 'idle' || status === 'failed') return;
  throw new EndRun('unknown_status', `The session has the status "${status}", which nobody knows.`);
}

/** Drives a session of the Agents API until it is idle, or has failed. */
export function agentsDriver({ client, sessionId, input, pollIntervalMs }: SessionRequest): Driver<SessionEnd> {
  return async (loop) => {
    const { signal } = loop;
    signal.throwIfAborted();
    const { sessions } = client.beta.agents;
    const watch = watchSession(sessions, sessionId, signal, pollIntervalMs);
    const turns = createTurns(sessions, sessionId, signal);
    const outbox = createOutbox(sessions.events, sessionId, signal);
    const answers = createAnswers(loop, outbox, turns, sessionId);
    /** What never began is not ours to cancel. */
    let isOurs = input === undefined;

    const ended = async (session: AgentSession, turn: AgentTurn | undefined): Promise<SessionEnd> => {
      const text = await finalText(sessions, sessionId, turn?.id, signal);
      // Whatever still runs runs for nobody: the turn was cancelled elsewhere, or has failed.
      loop.end();
      await loop.outputsOf([]);
      return { session, turn, text };
    };

    try {
      // Events are live only: whoever asks first and listens then may have missed the answer.
      await raceAbort(Promise.all([turns.mark(input === undefined), watch.ready]), signal);
      let hasBegun = input === undefined;
      if (input) {
        isOurs = true;
        await outbox.send({ type: 'agent.session.input.message', input }).catch((error: unknown) => {
          isOurs = isReplyLost(error);
          throw error;
        });
      }
      const acceptedAt = Date.now();
      /** An input is accepted before it is applied: a session at rest may not have begun yet. */
      const begun = async (): Promise<boolean> => (await turns.hasBegun()) ?? Date.now() - acceptedAt > SETTLED_MS;
      for (;;) {
        const { turn, session, isRead } = await raceAbort(watch.next(), answers.failed);
        if (turn) turns.note(turn);
        if (turns.root) loop.opened(turns.root.id);
        if (!session) continue;
        assertKnown(session.status);
        answers.take(session);
        if (AT_WORK.has(session.status)) hasBegun = true;
        else if (hasBegun && isRead) {
          // Only a session that was read at rest after its turn began has come to rest since.
          const now = await turns.now();
          if (!now || hasEnded(now) || session.status === 'failed') return await ended(session, now);
        } else if (hasBegun || (await begun()) || session.status === 'failed') {
          hasBegun = true;
          watch.look();
        }
      }
    } catch (error) {
      // What came first counts: the time may run out while we leave.
      const why: unknown = signal.aborted ? signal.reason : error;
      loop.end();
      if (isOurs && !(await leave(sessions, sessionId))) {
        loop.leftOpen({ says: `Session ${sessionId} may go on: it could not be cancelled.`, callIds: [] });
      }
      throw why;
    } finally {
      watch.close();
    }
  };
}
