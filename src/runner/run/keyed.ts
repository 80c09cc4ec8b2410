import { checkId } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { CallRecord } from '../call/outcome.ts';
import { GuardedRunError } from '../errors.ts';
import { plain, type KeyedFacts, type KeyEnd } from '../journal/events.ts';
import { KeyLog } from '../journal/key-log.ts';
import { timesOut } from '../journal/run-log.ts';
import { needsJournal } from '../settings.ts';
import { SUSPENDED } from './guarded-run.ts';
import { closing, withJournal } from './job.ts';
import type { RunnerContext } from './run-engine.ts';

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
export async function keyed<Context extends RunnerContext, Result extends AnyResult>(
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
