import { checkId } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { CallRecord } from '../call/outcome.ts';
import { GuardedRunError } from '../errors.ts';
import { plain, type KeyedFacts, type KeyEnd } from '../journal/events.ts';
import type { Journal } from '../journal/journal.ts';
import { KeyLog } from '../journal/key-log.ts';
import { timesOut } from '../journal/run-log.ts';
import { needsJournal } from '../settings.ts';
import { SUSPENDED } from './guarded-run.ts';
import { closing, withJournal, type RunnerContext } from './job.ts';

/** How the run of a key begins, and how a later process continues it. */
interface KeyedRun<Context, Result> extends Omit<KeyedFacts, 'principalId'> {
  /** Names what the API itself may do for the first request, if that may not be repeated. */
  readonly sideEffect?: () => string | undefined;
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
export async function keyed<Context extends RunnerContext, Result extends AnyResult>(
  job: Context,
  { api, threadId, assistantId, sideEffect, begin, resume }: KeyedRun<Context, Result>,
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
      const runId = log.state.runId ?? (log.mayExist ? await findRun(journal, log, facts, sideEffect) : undefined);
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

/**
 * Finds the run that an earlier process began, if it was killed before the key's journal had the run's id. A run of the
 * Assistants API is found by its metadata when it is created again. A chain of responses without a journal has made no call.
 *
 * @throws GuardedRunError for a session, whose input cannot be found, and for a chain whose first request may have acted
 */
async function findRun(
  journal: Journal,
  { key }: KeyLog,
  { api, threadId }: KeyedFacts,
  sideEffect?: () => string | undefined,
): Promise<string | undefined> {
  if (api === 'agents') {
    const message = `A process died while it sent the input of the runKey "${key}", and whether session ${String(threadId)} received it is unknown. Look at the session: call resumeSession, or send the input again under another runKey.`;
    throw new GuardedRunError('reply_lost', message, { threadId, calls: [], leftOpen: true });
  }
  if (api !== 'responses') return undefined;
  const open = (await withJournal({ threadId }, async () => journal.openRuns?.())) ?? [];
  // The thread of a chain is its first response.
  const found = open.find(({ run }) => run?.runKey === key && (threadId ?? run.threadId) === run.threadId);
  const acted = threadId === undefined && sideEffect?.();
  if (found || !acted) return found?.id;
  const message = `A process died during the request of the runKey "${key}". The API runs ${acted} itself, so the request is not repeated. Check what it did, then use another runKey.`;
  throw new GuardedRunError('reply_lost', message, { calls: [], leftOpen: false });
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
