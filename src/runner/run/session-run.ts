import { agentsDriver, otherTurn, type SessionEnd } from '../apis/agents/driver.ts';
import type { CallRecord } from '../call/outcome.ts';
import type { RunHistory } from '../journal/history.ts';
import type { KeyLog } from '../journal/key-log.ts';
import { RunLog } from '../journal/run-log.ts';
import type { AgentsClient, AgentSession, AgentTurn } from '../apis/agents/client.ts';
import { findInput } from '../apis/agents/input-search.ts';
import { PAUSED, readSession } from '../apis/agents/session.ts';
import { Limit } from '../../internal/abort.ts';
import { checkId, shown } from '../../internal/checks.ts';
import { isJsonObject } from '../../internal/json.ts';
import { checkAgentsClient } from '../client-checks.ts';
import { GuardedRunError, RunFailure } from '../errors.ts';
import type { SessionInput, SessionResult } from '../results.ts';
import { closing, withJournal } from './journal-access.ts';
import type { RunnerContext } from './run-engine.ts';
import { limits } from '../limits.ts';

/**
 * Serves a session of the Agents API, from an input or from its current state.
 *
 * @param turnId the turn of a `runKey`, if an earlier process sent its input
 */
export async function serveSession(
  job: RunnerContext,
  sessionId: string,
  input: SessionInput | undefined,
  turnId?: string,
): Promise<SessionResult> {
  const { engine, subscriber, keyed } = job;
  const { client } = engine;
  checkAgentsClient(client);
  checkId('sessionId', sessionId);
  const messages = typeof input === 'string' ? [messageOf(input)] : input;
  if (messages !== undefined && (input === '' || !isListOfObjects(messages))) {
    throw new TypeError(`input is ${shown(input)}; it must be a non-empty string or an array of messages.`);
  }
  return engine.exclusively('Session', sessionId, { threadId: sessionId }, async () => {
    // The journal's lock also keeps other processes off the session.
    const run = { id: sessionId, api: 'agents', threadId: sessionId } as const;
    const opened = await withJournal(
      { threadId: sessionId },
      async () =>
        engine.journal &&
        (turnId === undefined ? RunLog.open(engine.journal, run) : RunLog.reopen(engine.journal, sessionId)),
    );
    if (turnId !== undefined && keyed && !opened) throw keyed.runIsGone(sessionId, sessionId);
    return closing(opened, async () => {
      if (turnId !== undefined && keyed && opened && isOfOtherKey(opened.history, turnId, keyed))
        throw inputUnknown(sessionId, keyed.key);
      const earlier = opened && turnId !== undefined ? endedCalls(opened.history, turnId) : [];
      if (opened && input !== undefined) await endInterrupted(opened, client, sessionId);
      const result = await engine.serve<SessionEnd, SessionResult>({
        ...job,
        method: subscriber ? 'streamSession' : input === undefined ? 'resumeSession' : 'session',
        api: 'agents',
        opened,
        threadId: sessionId,
        driver: ({ pollIntervalMs, transport }) =>
          agentsDriver({
            client,
            sessionId,
            input: messages,
            turnId,
            sentBefore: keyed?.state.input,
            pollIntervalMs,
            streams: transport === 'stream',
          }),
        resultOf({ session, turn = null, text, refusal }, { calls, approvals }) {
          const status = approvals.length > 0 ? 'awaiting_approval' : statusOf(session, turn);
          const usage = turn?.usage ?? null;
          const all = [...earlier.map((end) => end ?? unrecorded(sessionId)), ...calls];
          return { runId: sessionId, status, text, refusal, session, turn, usage, calls: all, approvals };
        },
      });
      const own = turnId ?? keyed?.state.runId;
      if (own === undefined || result.turn?.id === own) return result;
      const details = { threadId: sessionId, runId: sessionId, calls: result.calls, leftOpen: true };
      throw new GuardedRunError('reply_lost', otherTurn(result.turn?.id, own, sessionId), details);
    });
  });
}

function statusOf({ status }: AgentSession, turn: AgentTurn | null): SessionResult['status'] {
  const ofTurn = (turn?.status ?? 'completed') as SessionResult['status'];
  if (status === 'failed') return status;
  // The turn may have ended just as the session reached its limit.
  return status === PAUSED && (!turn || (ofTurn !== 'completed' && ofTurn !== 'cancelled')) ? status : ofTurn;
}

/** Returns the calls of a turn whose end is in the session's journal: the run does not replay them. */
function endedCalls({ calls, ends }: RunHistory, turnId: string): readonly (CallRecord | undefined)[] {
  return [...calls.values()]
    .filter(({ run, askedBy }) => run < ends.length && (askedBy === turnId || ends[run]?.runId === turnId))
    .map(({ end }) => end);
}

function unrecorded(sessionId: string): never {
  const message = `An input of session ${sessionId} ended while its calls were in flight, and the outcome of one is unknown. Check what it did, then use another runKey.`;
  throw new RunFailure('reply_lost', message);
}

/**
 * Finds the turn of a `runKey` whose input an earlier process may have sent; undefined if the input is to be sent.
 *
 * @throws GuardedRunError when the session cannot be read, or may have the input in a turn that is not its own
 */
export async function findSessionTurn(
  { engine: { client } }: RunnerContext,
  sessionId: string,
  { key, state: { input } }: KeyLog,
): Promise<string | undefined> {
  checkAgentsClient(client);
  if (!input) return undefined;
  const { sessions } = client.beta.agents;
  const found = await new Limit(undefined, limits.sessionReadMs)
    .within(({ signal }) =>
      findInput(sessions, sessionId, input, signal, (error) => {
        throw error;
      }),
    )
    .catch((cause: unknown) => {
      const message = `Session ${sessionId} could not be read, so it is unknown whether it has the input of the runKey "${key}". Try again.`;
      throw new GuardedRunError('api_error', message, { threadId: sessionId, calls: [], leftOpen: true, cause });
    });
  if (found.is === 'unknown') throw inputUnknown(sessionId, key);
  return found.is === 'found' ? found.turn.id : undefined;
}

function inputUnknown(sessionId: string, key: string): GuardedRunError {
  const message = `A process ended while it sent the input of the runKey "${key}", and whether session ${sessionId} received it is unknown. Look at the session: call resumeSession, or send the input again under another runKey.`;
  return new GuardedRunError('reply_lost', message, { threadId: sessionId, calls: [], leftOpen: true });
}

/** Returns true for a turn that was found by its text and that another key, with the same text, has served. */
function isOfOtherKey({ ends }: RunHistory, turnId: string, { key, state }: KeyLog): boolean {
  if (state.runId !== undefined) return false;
  return ends.some(({ runId, runKey = key }) => runId === turnId && runKey !== key);
}

/**
 * Records the end of an interrupted input that the API has ended, so that the next input does not inherit its calls.
 */
async function endInterrupted(journal: RunLog, client: AgentsClient, sessionId: string): Promise<void> {
  const { history } = journal;
  if (history.calls.size === 0 || history.end) return;
  const { sessions } = client.beta.agents;
  const status = await new Limit(undefined, limits.sessionReadMs)
    .within(async ({ signal }) => readSession(sessions, sessionId, signal))
    .then(
      (session) => session.status,
      // The driver reads the session again, and reports the error.
      () => undefined,
    );
  if (status !== 'idle' && status !== 'failed') return;
  const end = { type: 'run-end', number: history.nextEnd, runId: sessionId, status, by: 'input' } as const;
  await withJournal({ threadId: sessionId }, async () => journal.append(end));
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}

function messageOf(text: string): object {
  return { role: 'user', content: [{ type: 'input_text', text }] };
}

/**
 * Returns the input of a session's second argument.
 *
 * @throws TypeError when `input` is missing, or for another key
 */
export function inputOf(argument: unknown): SessionInput {
  const { input, ...others } = Object(argument) as { readonly input?: SessionInput };
  if (input === undefined)
    throw new TypeError('session: input is missing. Pass { input: "…" } as the second argument.');
  const [odd] = Object.keys(others);
  if (odd === undefined) return input;
  throw new TypeError(`session: Unknown key "${odd}" beside input. Pass options as the third argument.`);
}
