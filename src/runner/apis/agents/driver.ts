import { leave } from '../leave.ts';
import { NO_MESSAGE, type FinalMessage } from '../message.ts';
import { Limit } from '../../../internal/abort.ts';
import { RunFailure, SuspendRun } from '../../errors.ts';
import type { Driver } from '../../run/driver.ts';
import type { SentInput } from '../../journal/events.ts';
import { CallIds, type ListedCalls } from '../call-ids.ts';
import { Answers } from './answers.ts';
import type { AgentsClient, AgentSession, AgentTurn } from './client.ts';
import { SessionInput } from './input.ts';
import {
  completedMessage,
  conversationOfEvent,
  emitText,
  finalMessage,
  listCalls,
  readSessionHistory,
} from './items.ts';
import { Outbox, PAUSED } from './session.ts';
import { Turns } from './turns.ts';
import { SessionWatch } from './watch.ts';

export interface SessionRequest {
  readonly client: AgentsClient;
  readonly sessionId: string;
  /** The user's input; undefined to serve a session that is already active. */
  readonly input: readonly object[] | undefined;
  /** The turn to serve, if the input was sent by an earlier process. Default: the newest one. */
  readonly turnId?: string | undefined;
  /** The input as an earlier process recorded it before it sent it, if it is to be sent again. */
  readonly sentBefore?: SentInput | undefined;
  readonly pollIntervalMs: number;
  /** True to follow the session's events, false to poll it. */
  readonly streams: boolean;
}

export interface SessionEnd extends FinalMessage {
  readonly session: AgentSession;
  /** The turn that was served; undefined if the API does not report it. */
  readonly turn: AgentTurn | undefined;
}

const ACTIVE: ReadonlySet<string> = new Set(['in_progress', 'requires_action']);

function assertKnownStatus(status: string): void {
  if (ACTIVE.has(status) || status === 'idle' || status === 'failed' || status === PAUSED) return;
  throw new RunFailure('unknown_status', `Unknown session status "${status}".`);
}

/** Describes a session whose newest turn is not that of our input: its result is another one's. */
export function otherTurn(newest: string | undefined, turnId: string, sessionId: string): string {
  if (newest === undefined)
    return `The newest turn of session ${sessionId} could not be read, so the result of turn ${turnId} of this runKey is unknown. Try again, or read its items at the API.`;
  return `Session ${sessionId} has had another input since: its newest turn is ${newest}, not ${turnId} of this runKey. Read the items of ${turnId} at the API, and use another runKey for a new input.`;
}

/** Drives a session of the Agents API until it is idle or paused, or has failed. */
export function agentsDriver({
  client,
  sessionId,
  input,
  turnId,
  sentBefore,
  pollIntervalMs,
  streams,
}: SessionRequest): Driver<SessionEnd> {
  return async (loop) => {
    const { signal } = loop;
    signal.throwIfAborted();
    const { sessions } = client.beta.agents;
    const history = (await loop.recorder?.open())?.history;
    const past = history?.currentCalls ?? [];
    const callIds = new CallIds(past, input !== undefined || past.length > 0);
    loop.provenance?.recall(async (reading) => readSessionHistory(sessions, sessionId, input, reading));
    const watch = new SessionWatch(sessions, sessionId, signal, { pollIntervalMs, streams });
    const turns = new Turns(sessions.turns, sessionId, input === undefined, signal);
    const outbox = new Outbox(sessions.events, sessionId, signal);
    const list = async (turnId: string): Promise<ListedCalls> => listCalls(sessions, sessionId, turnId, signal);
    const readWithin = (ms: number): void => {
      watch.readWithin(ms);
    };
    const answers = new Answers(loop, outbox, turns, sessionId, callIds, list, readWithin);
    const sent = new SessionInput(sessions, sessionId, turns, sentBefore);
    let latest: AgentSession | undefined;
    /** The last message, if no event is missing since. */
    let streamed: Readonly<Record<string, unknown>> | undefined;

    const finish = async (session: AgentSession, turn: AgentTurn | undefined): Promise<SessionEnd> => {
      // The API takes the results of a paused session. Nothing else can use those of handlers that still run: another
      // client cancelled the turn, or it failed.
      if (session.status === PAUSED) await new Limit(signal).within(answers.settled());
      else loop.end();
      const [message] = await Promise.all([
        finalMessage(sessions, sessionId, turn?.id, streamed, loop.text),
        loop.outputsOf([]),
      ]);
      return { session, turn, ...message };
    };

    try {
      // Events are live only: subscribe before sending, or the answer may be missed.
      await new Limit(signal).within(Promise.all([turns.captureBaseline(), watch.ready]));
      if (turnId !== undefined) {
        if (turns.root?.id !== turnId) {
          // Another turn may wait for approvers: its run must not end in the journal.
          loop.leftOpen();
          // A list without the turn is outdated: it does not show which one is newer.
          const newest = turns.wasListed(turnId) ? turns.root?.id : undefined;
          throw new RunFailure('reply_lost', otherTurn(newest, turnId, sessionId));
        }
        turns.follow(turns.root);
      }
      if (input) await sent.send(input, signal, async (now) => loop.recorder?.sends(now));

      for (;;) {
        const { turn, session, event, gap, isRead } = await new Limit(answers.failed).within(watch.next());
        if (turn) turns.note(turn);
        if (gap) loop.text?.gap();
        if (gap) streamed = undefined;
        if (event) sent.note(event);
        if (event) streamed = completedMessage(event, turns.root?.id) ?? streamed;
        if (event) loop.provenance?.note(conversationOfEvent(event, turns.root?.id));
        if (event && loop.text) emitText(event, turns.root?.id, loop.text);
        if (!session) continue;
        latest = session;
        await loop.used({ model: session.agent?.model });
        sent.reached();
        assertKnownStatus(session.status);
        const isActive = ACTIVE.has(session.status);
        // Without an event about the turn, read it: errors and handlers need its id.
        if (isActive && isRead && !turns.root) await sent.find(session.status, signal);
        if (isActive && isRead && !turns.root) await turns.refresh();
        if (turns.root) loop.opened(turns.root.id);
        if (turns.root && turns.isFound) loop.recorder?.resumesBy(turns.root.id);
        // A failed session does not wait for the actions that it lists. Those of a paused one stay required until it continues.
        if (session.status !== 'failed' && session.status !== PAUSED) answers.handle(session);
        if (isActive) turns.sessionActive();
        // An event may be stale: read the session before believing that it is turns.
        else if (!isRead) watch.readWithin(0);
        else {
          await sent.find(session.status, signal);
          const now = await turns.refresh();
          if (session.status === 'failed' || turns.isDone(now, session.status)) return await finish(session, now);
          watch.readWithin(pollIntervalMs);
        }
      }
    } catch (error) {
      // The session stays as it is, so that it can be resumed.
      if (error instanceof SuspendRun && latest)
        return { session: latest, turn: turns.isFound ? turns.root : undefined, ...NO_MESSAGE };
      return await leave(loop, error, async () => sent.cancelTurn(loop.settings.leaveMs));
    } finally {
      watch.close();
      // The API reports the usage of a turn once it has ended.
      const model = latest?.agent?.model;
      for (const { status, usage } of turns.served) await loop.used({ status, model, usage });
      if (!turns.root && latest?.status === 'idle') await loop.used({ status: 'completed', model });
    }
  };
}
