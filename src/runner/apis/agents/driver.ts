import type { Driver } from '../../run/driver.ts';
import { EndRun, ParkRun } from '../../errors.ts';
import { raceAbort } from '../../../internal/abort.ts';
import { isResponseLost, statusOf } from '../api-error.ts';
import { createAnswers } from './answers.ts';
import type { AgentSession, AgentTurn, AgentsClient } from './client.ts';
import { conversationOfEvent, readSessionHistory, finalText, emitText } from './items.ts';
import { cancelActiveTurn } from './session.ts';
import { createOutbox } from './outbox.ts';
import { createIdleDetector, createTurns } from './turns.ts';
import { watchSession } from './watch.ts';

export interface SessionRequest {
  readonly client: AgentsClient;
  readonly sessionId: string;
  /** What the user says; undefined to serve a session that is at work already. */
  readonly input: readonly object[] | undefined;
  readonly pollIntervalMs: number;
  /** Whether the session's events are listened to; else it is read again and again. */
  readonly streams: boolean;
}

export interface SessionEnd {
  readonly session: AgentSession;
  /** The turn that was served; absent where the API does not tell. */
  readonly turn: AgentTurn | undefined;
  readonly text: string | null;
}

const ACTIVE: ReadonlySet<string> = new Set(['in_progress', 'requires_action']);

function assertKnownStatus(status: string): void {
  if (ACTIVE.has(status) || status === 'idle' || status === 'failed') return;
  throw new EndRun('unknown_status', `Unknown session status "${status}".`);
}

/** Drives a session of the Agents API until it is idle, or has failed. */
export function agentsDriver({
  client,
  sessionId,
  input,
  pollIntervalMs,
  streams,
}: SessionRequest): Driver<SessionEnd> {
  return async (loop) => {
    const { signal } = loop;
    signal.throwIfAborted();
    const { sessions } = client.beta.agents;
    loop.recall(async (reading) => readSessionHistory(sessions, sessionId, input, reading));
    const watch = watchSession(sessions, sessionId, signal, { pollIntervalMs, streams });
    const turns = createTurns(sessions, sessionId, signal);
    const outbox = createOutbox(sessions.events, sessionId, signal);
    const answers = createAnswers(loop, outbox, turns, sessionId);
    let latest: AgentSession | undefined;
    /** What we never reached is not ours to cancel. */
    let hasReachedSession = false;

    const finish = async (session: AgentSession, turn: AgentTurn | undefined): Promise<SessionEnd> => {
      // Whatever is still at work is at work for nobody: the turn was cancelled elsewhere, or has failed.
      loop.end();
      const [text] = await Promise.all([finalText(sessions, sessionId, turn?.id, loop.text), loop.outputsOf([])]);
      return { session, turn, text };
    };

    try {
      // Events are live only: whoever asks first and listens then may have missed the answer.
      await raceAbort(Promise.all([turns.captureBaseline(input === undefined), watch.ready]), signal);
      const idle = createIdleDetector(turns, input === undefined);
      if (input) {
        hasReachedSession = true;
        await outbox.send({ type: 'agent.session.input.message', input }).catch((error: unknown) => {
          hasReachedSession = isResponseLost(error) && statusOf(error) !== 409;
          throw error;
        });
        idle.inputAccepted();
      }

      for (;;) {
        const { turn, session, event, gap, isRead } = await raceAbort(watch.next(), answers.failed);
        if (turn) turns.note(turn);
        if (gap) loop.text?.gap();
        if (event) loop.note(() => conversationOfEvent(event, turns.root?.id));
        if (event && loop.text) emitText(event, turns.root?.id, loop.text);
        if (!session) continue;
        latest = session;
        hasReachedSession = true;
        assertKnownStatus(session.status);
        const isActive = ACTIVE.has(session.status);
        // Where no event has told of the turn, errors and handlers should still know it.
        if (isActive && isRead && !turns.root) await turns.refresh();
        if (turns.root) loop.opened(turns.root.id);
        // What a session lists that has failed, nobody waits for.
        if (session.status !== 'failed') answers.handle(session);
        if (isActive) idle.sessionActive();
        // An event may be old news: the session is read before its rest is believed.
        else if (!isRead) watch.readWithin(0);
        else {
          const now = await turns.refresh();
          if (session.status === 'failed' || idle.isDone(now)) return await finish(session, now);
          watch.readWithin(pollIntervalMs);
        }
      }
    } catch (error) {
      // It stays as it is: whoever goes on with it finds it waiting.
      if (error instanceof ParkRun && latest) return { session: latest, turn: turns.root, text: null };
      // What came first counts: the time may run out while we leave.
      const why: unknown = signal.aborted ? signal.reason : error;
      // Asked before everything is told to stop: who was told to stop is to give it up.
      const kept = loop.keptOpen(why);
      loop.end();
      if (kept) loop.leftOpen(kept);
      else if (hasReachedSession && !(await cancelActiveTurn(sessions, sessionId))) {
        loop.leftOpen({ message: `Session ${sessionId} could not be cancelled and may still be active.`, callIds: [] });
      }
      throw why;
    } finally {
      watch.close();
    }
  };
}
