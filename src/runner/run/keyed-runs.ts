/** The methods that begin a run, with the option `runKey`. */
import { checkId } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { ResponseBody } from '../apis/responses/client.ts';
import { conversationIdOf, hostedSideEffect } from '../apis/responses/context.ts';
import type { CallRecord } from '../call/outcome.ts';
import { GuardedRunError } from '../errors.ts';
import { plain, type KeyedFacts, type KeyEnd } from '../journal/events.ts';
import { KeyLog } from '../journal/key-log.ts';
import { timesOut } from '../journal/run-log.ts';
import type { ResponsesResult, RunResult, SessionInput, SessionResult } from '../results.ts';
import { needsJournal } from '../settings.ts';
import { serveRun } from './assistants-run.ts';
import { SUSPENDED } from './guarded-run.ts';
import { closing, withJournal } from './journal-access.ts';
import {
  resumeInConversation,
  resumeResponses,
  runInConversation,
  serveResponses,
  type ResponsesContext,
} from './responses-run.ts';
import { resumeRun } from './resume.ts';
import type { RunnerContext } from './run-engine.ts';
import { findSessionTurn, serveSession } from './session-run.ts';

export async function run(
  job: RunnerContext,
  threadId: string,
  assistantId: string,
  params: object | undefined,
): Promise<RunResult> {
  return keyed(job, {
    api: 'assistants',
    threadId,
    assistantId,
    begin: async (own) => serveRun(own, threadId, assistantId, params),
    resume: async (own, runId) => resumeRun(own, threadId, runId),
  });
}

export async function conversation(
  job: ResponsesContext,
  threadId: string,
  ...of: [assistantId: string, assistant: object, params: object]
): Promise<RunResult> {
  return keyed(job, {
    api: 'responses',
    threadId,
    assistantId: of[0],
    find: async ({ key }) => findResponsesRun(job, key, threadId),
    begin: async (own) => runInConversation(own, threadId, ...of),
    resume: async (own, runId) => resumeInConversation(own, threadId, runId),
  });
}

export async function responses(job: ResponsesContext, params: ResponseBody): Promise<ResponsesResult> {
  const body = Object(params) as ResponseBody;
  const threadId = conversationIdOf(body.conversation);
  return keyed(job, {
    api: 'responses',
    threadId,
    async find({ key }) {
      const runId = await findResponsesRun(job, key, threadId);
      const acted = runId === undefined && threadId === undefined && hostedSideEffect(body);
      if (!acted) return runId;
      const message = `A process died during the request of the runKey "${key}". The API runs ${acted} itself, so the request is not repeated. Check what it did, then use another runKey.`;
      throw new GuardedRunError('reply_lost', message, { calls: [], leftOpen: false });
    },
    begin: async (own) => serveResponses(own, params),
    resume: async (own, runId) => resumeResponses(own, runId),
  });
}

export async function session(job: RunnerContext, sessionId: string, input: SessionInput): Promise<SessionResult> {
  return keyed(job, {
    api: 'agents',
    threadId: sessionId,
    find: async (log) => findSessionTurn(job, sessionId, log),
    begin: async (own) => serveSession(own, sessionId, input),
    resume: async (own, turnId) => serveSession(own, sessionId, undefined, turnId),
  });
}

/** Finds the open run of a key. A chain of responses without a journal has made no call. */
async function findResponsesRun(
  { engine: { journal } }: RunnerContext,
  key: string,
  threadId: string | undefined,
): Promise<string | undefined> {
  const open = (await withJournal({ threadId }, async () => journal?.openRuns?.())) ?? [];
  // The thread of a chain is its first response.
  return open.find(({ run }) => run?.runKey === key && (threadId ?? run.threadId) === run.threadId)?.id;
}

/** How the run of a key begins, and how a later process continues it. */
interface KeyedRun<Context, Result> extends Omit<KeyedFacts, 'principalId'> {
  /**
   * Returns the id that resumes a run which an earlier process may have begun without recording its id; undefined if it
   * begins again. Absent if `begin` finds it.
   */
  readonly find?: (log: KeyLog) => Promise<string | undefined>;
  readonly begin: (job: Context) => Promise<Result>;
  readonly resume: (job: Context, runId: string) => Promise<Result>;
}

interface AnyResult {
  readonly status: string;
  readonly calls: readonly CallRecord[];
}

/**
 * Begins the run of the option `runKey`, or continues it, or returns its recorded result.
 *
 * @throws GuardedRunError as the run does; with the code `journal` while another process serves the run of the key
 */
async function keyed<Context extends RunnerContext, Result extends AnyResult>(
  job: Context,
  { api, threadId, assistantId, find, begin, resume }: KeyedRun<Context, Result>,
): Promise<Result> {
  const { runKey: key, ...options } = job.options;
  checkId('runKey', key);
  const { journal } = job.engine;
  if (!journal) throw needsJournal('runKey');
  const log = await withJournal({ threadId }, async () => KeyLog.open(journal, key));
  return closing(log, async () => {
    const facts = omitUndefined({ api, threadId, assistantId, principalId: options.principal?.id });
    checkFacts(log, facts);
    if (log.state.end) return recorded(log.state.end, threadId) as Result;
    const keyedJob = { ...job, options, keyed: log };
    try {
      const runId = log.state.runId ?? (log.mayExist ? await find?.(log) : undefined);
      if (runId === undefined) await withJournal({ threadId }, async () => log.begin(facts));
      const result = await (runId === undefined ? begin(keyedJob) : resume(keyedJob, runId));
      const { calls: records, ...rest } = result;
      const end = { result: plain(rest), records };
      if (!SUSPENDED.has(result.status)) await withJournal({ threadId }, async () => log.finish(end));
      return result;
    } catch (error) {
      const end = failureOf(log, error);
      if (end) await timesOut(log.finish(end));
      throw error;
    }
  });
}

/** @throws GuardedRunError for a key that stands for another run */
function checkFacts({ key, state: { facts } }: KeyLog, given: KeyedFacts): void {
  if (!facts) return;
  const names = {
    api: 'API',
    threadId: 'thread, conversation or session',
    assistantId: 'assistant',
    principalId: 'principal',
  } as const;
  for (const [name, what] of Object.entries(names) as [keyof KeyedFacts, string][]) {
    if (facts[name] === given[name]) continue;
    const message = `The runKey "${key}" belongs to a run of another ${what}. Use a key of its own for each run.`;
    throw new GuardedRunError('journal', message, { threadId: given.threadId, calls: [], leftOpen: false });
  }
}

/** @throws GuardedRunError the recorded error */
function recorded({ result, error, records: calls = [] }: KeyEnd, threadId: string | undefined): object {
  if (error) throw new GuardedRunError(error.code, error.message, { threadId, calls, leftOpen: false });
  return { ...(result as object), calls };
}

/** What the key's journal records of a failure; undefined if the run can be continued, or an earlier call began it. */
function failureOf({ mayExist }: KeyLog, error: unknown): KeyEnd | undefined {
  if (error instanceof GuardedRunError) {
    const { code, message, leftOpen, calls } = error;
    if (leftOpen || code === 'journal') return undefined;
    // After a lost response, hosted tools may have acted: the request is not repeated.
    if (calls.length > 0 || code === 'reply_lost') return { error: { code, message }, records: calls };
  }
  // Before its first call, a run has done nothing: it may begin again. What an earlier process did is not known here.
  return mayExist ? undefined : {};
}
