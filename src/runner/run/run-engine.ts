import type { Driver } from './driver.ts';
import { Limit } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import { toApprovalSink, toSink, type EventSink } from '../events.ts';
import type { Principal } from '../gateway/gateway.ts';
import { belongsTo } from '../journal/history.ts';
import type { Journal } from '../journal/journal.ts';
import type { RunLog } from '../journal/run-log.ts';
import { GuardedRun } from './guarded-run.ts';
import type { RegisteredTool } from '../call/registered-tool.ts';
import { ApprovalPolls } from '../call/approval-polls.ts';
import { Places } from '../../internal/places.ts';
import { tracedRun, type RunTrace, type Telemetry } from '../trace.ts';
import { RunFailure, GuardedRunError } from '../errors.ts';
import type { CommonRunOptions } from '../options.ts';
import { runSettings, type GuardSettings, type RunMethod, type RunnerSettings } from '../settings.ts';
import type { StreamSubscriber } from './run-stream.ts';
import { Budget } from './budget.ts';
import type { Recording } from './recorder.ts';
import { messageOf } from '../../internal/error-message.ts';

export type AnyRunOptions = CommonRunOptions & { readonly context?: unknown; readonly runKey?: string | undefined };

interface RunFacts extends Omit<Recording, 'journal' | 'principalId'> {
  /** The runner's method, for errors about its options. */
  readonly method: RunMethod;
  readonly options: AnyRunOptions;
  readonly subscriber: StreamSubscriber | undefined;
  readonly threadId: string | undefined;
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
  /** The ids of the runs that the runner serves: the run adds its own, and removes it at its end. */
  readonly live?: Set<string>;
}

/** State that a runner's runs share. */
export class RunEngine {
  readonly settings: RunnerSettings;
  /** The store of the journals, if configured. */
  readonly journal: Journal | undefined;
  readonly #tools: ReadonlyMap<string, RegisteredTool>;
  readonly #scans: Places;
  readonly #approvalPolls: ApprovalPolls;
  readonly #monitoredScans: Places;
  readonly #handlers: Places;
  readonly #misconfigured: { reason?: RunFailure } = {};
  readonly #active = new Map<GuardedRun, Promise<unknown>>();

  constructor(settings: RunnerSettings, tools: ReadonlyMap<string, RegisteredTool>) {
    this.settings = settings;
    this.journal = settings.journal;
    this.#tools = tools;
    this.#scans = new Places(settings.maxConcurrentScans);
    this.#approvalPolls = new ApprovalPolls(new Places(settings.maxConcurrentScans));
    this.#monitoredScans = new Places(settings.maxConcurrentScans);
    this.#handlers = new Places(settings.maxConcurrentHandlers);
  }

  /** @throws GuardedRunError once the runner is stopping */
  admit(): void {
    if (!this.#handlers.isClosed) return;
    const message = 'The runner was stopped, and starts no runs. Use another process, or a new GuardedRunner.';
    throw new GuardedRunError('stopped', message, { calls: [], leftOpen: false });
  }

  /** Serves one run, and resolves with its result. */
  async serve<End, Result extends { readonly status: string }>(job: Job<End, Result>): Promise<Result> {
    const { options, subscriber } = job;
    const runner = this.settings;
    const settings = runSettings(options, runner, job.method, job.completionWindowMs);
    const drive = job.driver(settings);
    const budget = new Budget({ ...runner, ...settings }, job.model);
    if (job.opened) checkPrincipal(job.opened, settings.principal);
    if (settings.dailyBudget) await admitBudget(budget, job);
    // The runner may have been stopped in the meantime.
    this.admit();
    const trace = runner.telemetry && traceOf(job, runner.telemetry, settings);
    const run = new GuardedRun(
      {
        ...runner,
        ...settings,
        approval: { run: options.approval, runner: runner.approval },
        tools: this.#tools,
        scans: this.#scans,
        approvalPolls: this.#approvalPolls,
        monitoredScans: this.#monitoredScans,
        misconfigured: this.#misconfigured,
        handlers: this.#handlers,
        context: options.context,
      },
      {
        threadId: job.threadId,
        timeoutMs: settings.timeoutMs,
        budget,
        signal: subscriber?.signal ?? options.signal,
        live: job.live,
        sinks: sinksOf(job, runner, settings.payloads, trace),
        trace,
        recording: runner.journal && { ...job, journal: runner.journal, principalId: settings.principal?.id },
      },
    );
    const ended = trace
      ? tracedRun(trace, async () => this.#drive(job, drive, run, budget))
      : this.#drive(job, drive, run, budget);
    this.#active.set(run, ended);
    try {
      return await ended;
    } finally {
      this.#active.delete(run);
    }
  }

  async #drive<End, Result extends { readonly status: string }>(
    job: Job<End, Result>,
    drive: Driver<End>,
    run: GuardedRun,
    budget: Budget,
  ): Promise<Result> {
    try {
      const { reason } = this.#misconfigured;
      delete this.#misconfigured.reason;
      if (reason) throw reason;
      const end = await drive(run);
      if (budget.uncounted) throw budget.uncounted;
      const result = await job.resultOf(end, run);
      await run.ended({ status: result.status });
      const { cost } = budget.usage ?? {};
      return cost === undefined ? result : { ...result, cost };
    } catch (thrown) {
      throw await errorOf(thrown, run, job.threadId);
    } finally {
      await run.close();
    }
  }

  /** Refuses new runs, waits at most `graceMs` for handlers, and ends the runs. */
  async stop(graceMs: number): Promise<void> {
    await new Limit(undefined, graceMs).within(async () => this.#handlers.close()).catch(() => undefined);
    for (const run of this.#active.keys()) run.end(new RunFailure('stopped', 'The runner was stopped.'));
    await Promise.allSettled(this.#active.values());
  }
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

/** Starts the trace; undefined if telemetry fails to start. */
function traceOf(
  { method, api, threadId, assistantId }: RunFacts,
  telemetry: Telemetry,
  { agentId, agentName }: GuardSettings,
): RunTrace | undefined {
  try {
    return telemetry.startRun({ method, api, threadId, assistantId, agentId, agentName });
  } catch {
    return undefined;
  }
}

/** Collects the sinks of a run. */
function sinksOf(
  { options, subscriber }: RunFacts,
  runner: RunnerSettings,
  payloads: boolean,
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
    runId: loop.recorder?.log?.history.run?.id ?? loop.runIds.last,
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
  const message = messageOf(thrown);
  return new RunFailure('api_error', `The OpenAI client failed: ${message}`, { cause: thrown });
}
