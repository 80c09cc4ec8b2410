import type { Driver } from './driver.ts';
import { Limit } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import { toApprovalSink, toSink, type EventSink } from '../events.ts';
import type { Principal } from '../gateway/gateway.ts';
import type { Journal } from '../journal/journal.ts';
import type { KeyLog } from '../journal/key-log.ts';
import type { RunLog } from '../journal/run-log.ts';
import { GuardedRun } from './guarded-run.ts';
import type { RegisteredTool } from '../call/registered-tool.ts';
import type { SharedState } from '../call/run-context.ts';
import { ApprovalPolls } from '../call/approval-polls.ts';
import { Places } from '../../internal/places.ts';
import { tracedRun, type RunTrace, type Telemetry } from '../trace.ts';
import { RunFailure, GuardedRunError } from '../errors.ts';
import type { CommonRunOptions } from '../options.ts';
import { runSettings, type RunMethod, type RunnerSettings, type RunSettings } from '../settings.ts';
import type { StreamSubscriber } from './run-stream.ts';
import { Budget } from './budget.ts';
import type { RunFacts } from './recorder.ts';
import { messageOf } from '../../internal/error-message.ts';

export type AnyRunOptions = CommonRunOptions & { readonly context?: unknown; readonly runKey?: string | undefined };

/** One call of a method of the runner that serves a run. */
export interface RunnerContext {
  readonly engine: RunEngine;
  readonly options: AnyRunOptions;
  /** Absent unless the run is streamed. */
  readonly subscriber?: StreamSubscriber | undefined;
  /** The journal of the run's `runKey`, if it has one. */
  readonly keyed?: KeyLog | undefined;
}

/** One run of any API, and how it is served. */
export interface Job<End, Result> extends RunFacts, RunnerContext {
  /** The runner's method, for errors about its options. */
  readonly method: RunMethod;
  /** The model that the request names, if it names one. */
  readonly model?: unknown;
  /** Milliseconds that the API may take for each response, if the request grants it any. */
  readonly completionWindowMs?: number | undefined;
  /** @throws TypeError for a client that cannot serve these settings */
  readonly driver: (settings: RunSettings) => Driver<End>;
  readonly resultOf: (end: End, loop: GuardedRun) => Result | Promise<Result>;
}

type AnyJob = Omit<Job<never, never>, 'driver' | 'resultOf'>;

/** What a runner's runs share. */
export class RunEngine {
  readonly settings: RunnerSettings;
  readonly client: unknown;
  /** The store of the journals, if configured. */
  readonly journal: Journal | undefined;
  /** The ids of the resumed runs, the conversations and the sessions that are being served. */
  readonly #served = new Set<string>();
  readonly #shared: SharedState;
  readonly #active = new Map<GuardedRun, Promise<unknown>>();

  constructor(settings: RunnerSettings, tools: ReadonlyMap<string, RegisteredTool>) {
    const { client, journal, maxConcurrentScans } = settings;
    this.settings = settings;
    this.client = client;
    this.journal = journal;
    this.#shared = {
      tools,
      scans: new Places(maxConcurrentScans),
      monitoredScans: new Places(maxConcurrentScans),
      approvalPolls: new ApprovalPolls(new Places(maxConcurrentScans)),
      handlers: new Places(settings.maxConcurrentHandlers),
      misconfigured: {},
    };
  }

  /** @throws GuardedRunError once the runner is stopping */
  admit(): void {
    if (!this.#shared.handlers.isClosed) return;
    const message = 'The runner was stopped, and starts no runs. Use another process, or a new GuardedRunner.';
    throw new GuardedRunError('stopped', message, { calls: [], leftOpen: false });
  }

  /**
   * Serves a conversation, session or run exclusively: two concurrent loops for the same id would each run its calls.
   *
   * @throws GuardedRunError when the runner serves it already
   */
  async exclusively<Result>(
    what: 'Run' | 'Conversation' | 'Session',
    id: string,
    ids: { readonly threadId: string; readonly runId?: string },
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (this.#served.has(id) || [...this.#active.keys()].some(({ runIds }) => runIds.first === id)) {
      const message = `${what} ${id} is already being served by this runner. Wait for that call to settle.`;
      const details = { ...ids, activeRunId: ids.runId, calls: [], leftOpen: false };
      throw new GuardedRunError('active_run', message, details);
    }
    this.#served.add(id);
    try {
      return await work();
    } finally {
      this.#served.delete(id);
    }
  }

  /** Serves one run, and resolves with its result. */
  async serve<End, Result extends { readonly status: string }>(job: Job<End, Result>): Promise<Result> {
    const { options, subscriber } = job;
    const runner = this.settings;
    const settings = runSettings(options, runner, job.method, job.completionWindowMs);
    const drive = job.driver(settings);
    const budget = new Budget(settings, job.model);
    if (job.opened) checkPrincipal(job.opened, settings.principal);
    if (settings.dailyBudget) await admitBudget(budget, job);
    // The runner may have been stopped in the meantime.
    this.admit();
    const trace = runner.telemetry && traceOf(job, runner.telemetry, settings);
    const run = new GuardedRun(settings, this.#shared, job, {
      budget,
      sinks: sinksOf(job, runner, settings.payloads, trace),
      trace,
      signal: subscriber?.signal ?? settings.signal,
    });
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
      const { misconfigured } = this.#shared;
      const { reason } = misconfigured;
      delete misconfigured.reason;
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
    await new Limit(undefined, graceMs).within(async () => this.#shared.handlers.close()).catch(() => undefined);
    for (const run of this.#active.keys()) run.end(new RunFailure('stopped', 'The runner was stopped.'));
    await Promise.allSettled(this.#active.values());
  }
}

/** @throws GuardedRunError for a run of another principal: its approvals and decisions are not this one's */
function checkPrincipal({ run: { id: runId, threadId }, history }: RunLog, principal: Principal | undefined): void {
  if (history.belongsTo(principal?.id)) return;
  const given = principal ? `the principal ${shown(principal.id)}` : 'no principal';
  const message = `Run ${runId} acts for another principal, and ${given} cannot resume it. Pass the principal that it was started with, or cancel it.`;
  throw new GuardedRunError('journal', message, { threadId, runId, calls: [], leftOpen: false });
}

/** @throws GuardedRunError if the principal has used up its day: then nothing was requested */
async function admitBudget(budget: Budget, { method, threadId, opened }: AnyJob): Promise<void> {
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
  { method, api, threadId, assistantId }: AnyJob,
  telemetry: Telemetry,
  { agentId, agentName }: RunSettings,
): RunTrace | undefined {
  try {
    return telemetry.startRun({ method, api, threadId, assistantId, agentId, agentName });
  } catch {
    return undefined;
  }
}

/** Collects the sinks of a run. */
function sinksOf(
  { options, subscriber }: AnyJob,
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
