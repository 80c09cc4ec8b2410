import type { OpenApproval } from '../journal/events.ts';
import { RunLog, closeWithinLimit } from '../journal/run-log.ts';
import { GuardedRunError } from '../errors.ts';
import { checkChoice, checkId } from '../../internal/checks.ts';
import type { OnExpired } from '../options.ts';
import type { RunResult } from '../results.ts';
import { expiredRun, renderOutcomesForModel } from './expired-run.ts';
import { closing, howToResume, withJournal } from './journal-access.ts';
import type { RunnerContext } from './run-engine.ts';
import { serveAssistantsRun } from './assistants-run.ts';

/** Joins a run of the Assistants API and serves it, from its journal if it has one. */
export async function resumeRun(
  job: RunnerContext,
  threadId: string,
  runId: string,
  onExpired: OnExpired = 'report',
): Promise<RunResult> {
  checkId('threadId', threadId);
  checkId('runId', runId);
  checkChoice('onExpired', onExpired, ['report', 'new-run']);
  return resume(job, threadId, runId, onExpired, []);
}

/** @param openApprovals approvals still pending from the expired run that this run replaces */
async function resume(
  job: RunnerContext,
  threadId: string,
  runId: string,
  onExpired: OnExpired,
  openApprovals: readonly OpenApproval[],
): Promise<RunResult> {
  return job.engine.exclusively('Run', runId, { threadId, runId }, async () => {
    const opened = await withJournal(
      { threadId, runId },
      async () => job.engine.journal && RunLog.reopen(job.engine.journal, runId),
    );
    if (opened && (opened.run.api !== 'assistants' || opened.run.threadId !== threadId)) {
      await closeWithinLimit(opened);
      throw new GuardedRunError('journal', howToResume(opened), { threadId, runId, calls: [], leftOpen: false });
    }
    // The journal stays locked to the end: two replacements of an expired run would each use its approvals.
    return closing(opened, async () => {
      const result = await serveAssistantsRun(job, { threadId, start: { join: runId }, opened, openApprovals });
      if (!opened || result.status !== 'expired') return result;
      if (onExpired === 'new-run') return serveSuccessor(job, opened, result);
      return { ...result, calls: (await expiredRun(opened, job.engine.settings)).calls };
    });
  });
}

/** Starts or resumes the replacement of an expired run. The replacement is recorded before its first call. */
async function serveSuccessor(job: RunnerContext, opened: RunLog, expired: RunResult): Promise<RunResult> {
  const { threadId, id: runId } = opened.run;
  const { calls, openApprovals } = await expiredRun(opened, job.engine.settings);
  const { replacedBy } = opened.history;
  if (replacedBy !== undefined) return resume(job, threadId, replacedBy, 'new-run', openApprovals);
  const { assistant_id: assistantId = (expired.run as { assistant_id?: unknown }).assistant_id, ...params } =
    paramsOf(opened);
  if (typeof assistantId !== 'string') {
    const message = `Run ${runId} has expired, and its assistant is unknown. Start a new run with run(threadId, assistantId).`;
    throw new GuardedRunError('api_error', message, { threadId, runId, calls, leftOpen: false });
  }
  const givenInstructions = params['additional_instructions'];
  const instructions = [
    ...(typeof givenInstructions === 'string' ? [givenInstructions.slice(0, MAX_INSTRUCTIONS)] : []),
    renderOutcomesForModel(calls),
  ].join('\n\n');
  const create = { ...params, assistant_id: assistantId, additional_instructions: instructions };
  const beforeJournal = async (id: string): Promise<void> => {
    await opened.append({ type: 'replaced', runId: id });
  };
  return serveAssistantsRun(job, { threadId, start: { create }, openApprovals, beforeJournal });
}

/** Characters kept of the run's own additional instructions. With the report, the API accepts 256,000. */
const MAX_INSTRUCTIONS = 120_000;

/**
 * The params that started the run, if this runner started it. Its messages are omitted: the thread has them already.
 */
function paramsOf({ run }: RunLog): Readonly<Record<string, unknown>> {
  const { additional_messages: _, ...params } = Object(run.request) as Readonly<Record<string, unknown>>;
  return params;
}
