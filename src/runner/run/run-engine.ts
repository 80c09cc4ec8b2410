import pLimit from 'p-limit';
import type { Driver } from './driver.ts';
import { withTimeLimit } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { toApprovalSink, toSink, type EventSink } from '../events.ts';
import type { Principal } from '../gateway/gateway.ts';
import type { OpenApproval } from '../journal/events.ts';
import { belongsTo } from '../journal/history.ts';
import { plain, type Journal } from '../journal/journal.ts';
import { createHandlerSlots } from './handler-slots.ts';
import { RunLog, type JournalSource } from '../journal/run-log.ts';
import { GuardedRun } from './guarded-run.ts';
import type { RegisteredTool } from '../call/registered-tool.ts';
import { ApprovalPolls } from '../call/approval-polls.ts';
import type { Limiter } from '../call/limiter.ts';
import { tracedRun, type RunTrace, type TracedRun } from '../trace.ts';
import { RunFailure, GuardedRunError } from '../errors.ts';
import type { CommonRunOptions } from '../options.ts';
import { runSettings, type GuardSettings, type RunMethod, type RunnerSettings } from '../settings.ts';
import type { StreamSubscriber } from './run-stream.ts';
import { Budget } from './budget.ts';

export type AnyRunOptions = CommonRunOptions & { readonly context?: unknown };

interface RunFacts {
  /** The runner's method, for errors about its options. */
  readonly method: RunMethod;
  readonly api: TracedRun['api'];
  readonly options: AnyRunOptions;
  readonly subscriber: StreamSubscriber | undefined;
  readonly threadId: string | undefined;
  readonly assistantId?: string | undefined;
  /** The run's journal, if it is already open. The caller that opened it closes it. */
  readonly opened?: RunLog | undefined;
  /** Approvals that are still pending from the expired run that this run replaces. */
  readonly openApprovals?: readonly OpenApproval[] | undefined;
  /** Runs before the run's journal is created, and so before its first call. */
  readonly beforeJournal?: ((firstRunId: string) => Promise<void>) | undefined;
  /** The request, which a later process needs to resume the run. */
  readonly request?: object | undefined;
  /** The model that the request names, if it names one. */
  readonly model?: unknown;
  /** Milliseconds that the API may take for each response, if the request grants it any. */
  readonly completionWindowMs?: number | undefined;
}

/** Runs one run of any API. */
export interface Job<End, Result> extends RunFacts {
  /** @throws TypeError for a client that cannot serve these settings */
  readonly driver: (settings: GuardSettings) => Driver<End>;
  readonly resultOf: (end: End, loop: GuardedRun) => Result | Promise<Result>;
  /** Receives the run's id once the API returns it. */
  readonly onOpened?: (runId: string) => void;
}

/** State that a runner's runs share. */
export interface RunEngine {
  /** The store of the journals, if configured. */
  readonly journal: Journal | undefined;
  readonly settings: RunnerSettings;
  serve<End, Result extends { readonly status: string }>(job: Job<End, Result>): Promise<Result>;
  /** @throws GuardedRunError once the runner is stopping */
  admit(): void;
  /** Refuses new runs, waits at most `graceMs` for handlers, and ends the runs. */
  stop(graceMs: number): Promise<void>;
}

export function createRunEngine(runner: RunnerSettings, tools: ReadonlyMap<string, RegisteredTool>): RunEngine {
  const scans = limiter(runner.maxConcurrentScans);
  const misconfigured: { reason?: RunFailure } = {};
  const approvalPolls = new ApprovalPolls(limiter(runner.maxConcurrentScans));
  const monitoredScans = limiter(runner.maxConcurrentScans);
  const slots = createHandlerSlots(runner.maxConcurrentHandlers);
  const { run: handlers, proceed } = slots;
  const active = new Map<GuardedRun, Promise<unknown>>();
  const admit = (): void => {
    if (!slots.isStopped) return;
    const message = 'The runner was stopped, and starts no runs. Use another process, or a new GuardedRunner.';
    throw new GuardedRunError('stopped', message, { calls: [], leftOpen: false });
  };
  const serve = async <End, Result extends { readonly status: string }>(job: Job<End, Result>): Promise<Result> => {
    const { method, options, subscriber, threadId, driver, resultOf, onOpened } = job;
    const settings = runSettings(options, runner, method, job.completionWindowMs);
    const drive = driver(settings);
    const budget = new Budget({ ...runner, ...settings }, job.model);
    if (job.opened) checkPrincipal(job.opened, settings.principal);
    await admitBudget(budget, job);
    // The runner may have been stopped in the meantime.
    admit();
    const approval = { run: options.approval, runner: runner.approval };
    const { timeoutMs } = settings;
    const { context } = options;
    const trace = traceOf(job, runner, settings);
    const loop = new GuardedRun(
      {
        ...runner,
        ...settings,
        approval,
        tools,
        scans,
        approvalPolls,
        monitoredScans,
        misconfigured,
        handlers,
        proceed,
        context,
      },
      {
        threadId,
        timeoutMs,
        budget,
        signal: subscriber?.signal ?? options.signal,
        onOpened,
        sinks: sinksOf(job, runner, settings, trace),
        trace,
        journal: journalSourceOf(job, runner.journal, settings.principal?.id),
        openApprovals: job.openApprovals,
      },
    );
    const ended = tracedRun(trace, async () => {
      try {
        const { reason } = misconfigured;
        delete misconfigured.reason;
        if (reason) throw reason;
        const end = await drive(loop);
        budget.checkCounted();
        const result = await resultOf(end, loop);
        await loop.ended({ status: result.status });
        return { ...result, ...omitUndefined({ cost: budget.usage?.cost }) };
      } catch (thrown) {
        throw await errorOf(thrown, loop, threadId);
      } finally {
        await loop.close();
      }
    });
    active.set(loop, ended);
    return ended.finally(() => active.delete(loop));
  };
  const stop = async (graceMs: number): Promise<void> => {
    await withTimeLimit(graceMs, undefined, async () => slots.stop()).catch(() => undefined);
    for (const loop of active.keys()) loop.end(new RunFailure('stopped', 'The runner was stopped.'));
    await Promise.allSettled(active.values());
  };
  return { journal: runner.journal, settings: runner, serve, admit, stop };
}

/** @throws GuardedRunError for a run of another principal: its approvals and decisions are not this one's */
function checkPrincipal({ run: { id: runId, threadId }, history }: RunLog, principal: Principal | undefined): void {
  if (belongsTo(history, principal?.id)) return;
  const given = principal ? `the principal ${shown(principal.id)}` : 'no principal';
  const message = `Run ${runId} acts for another principal, and ${given} cannot resume it. Pass the principal that it was started with, or cancel it.`;
  throw new GuardedRunError('journal', message, { threadId, runId, calls: [], leftOpen: false });
}

/** @throws GuardedRunError if the principal has used up its day: then nothing was requested */
async function admitBudget(budget: Budget, { method, threadId, opened }: RunFacts): Promise<void> {
  try {
    await budget.admit();
  } catch (reason) {
    const { code, message } = reason as RunFailure;
    const isOpen = method.startsWith('resume');
    const runId = opened?.run.id;
    const details = { threadId, runId, calls: [], leftOpen: isOpen, cause: reason };
    throw new GuardedRunError(code, isOpen ? `${message} The run was not changed.` : message, details);
  }
}

function journalSourceOf(
  { api, assistantId, opened, openApprovals = [], request, beforeJournal }: RunFacts,
  journal: Journal | undefined,
  principalId: string | undefined,
): JournalSource | undefined {
  if (!journal) return undefined;
  // Copied now: the caller may change the object during the run.
  const stored = request && plain(request);
  const open: JournalSource['open'] = async (firstRunId, threadId) => {
    await beforeJournal?.(firstRunId);
    const id = api === 'agents' ? threadId : firstRunId;
    const run = omitUndefined({ id, api, threadId, assistantId, principalId, request: stored });
    return RunLog.open(journal, run, openApprovals);
  };
  const begin: JournalSource['begin'] = async (threadId, after) =>
    RunLog.begin(journal, omitUndefined({ api, threadId, assistantId, principalId, request: stored, after }));
  return { opened, open, begin };
}

/** Starts the trace; undefined if telemetry fails to start. */
function traceOf(
  { method, api, threadId, assistantId }: RunFacts,
  { telemetry }: RunnerSettings,
  { agentId, agentName }: GuardSettings,
): RunTrace | undefined {
  try {
    return telemetry?.startRun({ method, api, threadId, assistantId, agentId, agentName });
  } catch {
    return undefined;
  }
}

/** Collects the sinks of a run. */
function sinksOf(
  { options, subscriber }: RunFacts,
  runner: RunnerSettings,
  { payloads }: GuardSettings,
  trace: RunTrace | undefined,
): readonly EventSink[] {
  return [
    ...(trace ? [toSink('telemetry', trace.onEvent, false)] : []),
    ...(runner.onApprovalRequested ? [toApprovalSink(runner.onApprovalRequested)] : []),
    ...(runner.onEvent ? [toSink('onEvent', runner.onEvent, runner.payloads)] : []),
    ...(options.onEvent ? [toSink('onEvent', options.onEvent, payloads)] : []),
    ...(subscriber ? [toSink('stream', subscriber.listener, payloads)] : []),
  ];
}

/** Ends a run that failed, and converts its reason to the error that the caller gets. */
async function errorOf(thrown: unknown, loop: GuardedRun, threadId: string | undefined): Promise<GuardedRunError> {
  const end = endOf(thrown, loop.signal);
  await loop.settled();
  await loop.ended({ code: end.code });
  const { left } = loop;
  return new GuardedRunError(end.code, left?.message ? `${end.message} ${left.message}` : end.message, {
    threadId,
    runId: loop.log?.history.run?.id ?? loop.runIds.last,
    calls: loop.calls,
    activeRunId: end.activeRunId,
    leftOpen: left !== undefined,
    openCalls: [...new Set([...end.openCalls, ...(left?.callIds ?? [])])],
    // A failure without a cause becomes the cause itself: its stack shows where the run was ended.
    cause: 'cause' in end ? end.cause : end,
  });
}

function endOf(thrown: unknown, signal: AbortSignal): RunFailure {
  if (thrown instanceof RunFailure) return thrown;
  if (signal.aborted && thrown === signal.reason) {
    return new RunFailure('aborted', 'The run was aborted by its caller.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RunFailure('api_error', `The OpenAI client failed: ${message}`, { cause: thrown });
}

function limiter(concurrency: number): Limiter {
  const limit = pLimit(concurrency);
  return async (work) => limit(work);
}
