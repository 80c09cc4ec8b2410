import pLimit from 'p-limit';
import type { Driver } from '../core/driver.ts';
import { createLoop, type GuardedLoop } from '../core/loop.ts';
import type { RegisteredTool } from '../core/registered-tool.ts';
import type { Limiter } from '../core/run-state.ts';
import { EndRun, GuardedRunError } from '../errors.ts';
import {
  runSettings,
  type CommonRunOptions,
  type GuardSettings,
  type RunMethod,
  type RunnerSettings,
} from '../options.ts';

export type AnyRunOptions = CommonRunOptions & { readonly context?: unknown };

/** One run, whatever its API. */
export interface Job<End, Result> {
  /** The runner's method, for errors about its options. */
  readonly method: RunMethod;
  readonly options: AnyRunOptions;
  readonly threadId: string | undefined;
  readonly driver: (settings: GuardSettings) => Driver<End>;
  readonly resultOf: (end: End, loop: GuardedLoop) => Result | Promise<Result>;
  /** Told the run's id once it has one. */
  readonly onOpened?: (runId: string) => void;
}

/** What a runner's runs share. */
export interface Server {
  serve<End, Result>(job: Job<End, Result>): Promise<Result>;
}

export function createServer(runner: RunnerSettings, tools: ReadonlyMap<string, RegisteredTool>): Server {
  const scans = limiter(runner.maxConcurrentScans);
  const handlers = limiter(runner.maxConcurrentHandlers);
  return {
    async serve({ method, options, threadId, driver, resultOf, onOpened }) {
      const settings = runSettings(options, runner, method);
      const approval = { run: options.approval, runner: runner.approval };
      const { timeoutMs } = settings;
      const { signal, context } = options;
      const loop = createLoop(
        { ...runner, ...settings, approval, tools, scans, handlers, context },
        { threadId, timeoutMs, signal, ...(onOpened ? { onOpened } : {}) },
      );
      try {
        return await guarded(async () => resultOf(await driver(settings)(loop), loop), loop, threadId);
      } finally {
        loop.close();
      }
    },
  };
}

/** The one place where whatever ended a run becomes the error that the caller gets. */
async function guarded<Result>(
  work: () => Promise<Result>,
  loop: GuardedLoop,
  threadId: string | undefined,
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const end = endOf(thrown, loop.signal);
    await loop.settled();
    const { left } = loop;
    throw new GuardedRunError(end.code, left?.says ? `${end.message} ${left.says}` : end.message, {
      threadId,
      runId: loop.runId,
      calls: loop.calls,
      activeRunId: end.activeRunId,
      leftOpen: left !== undefined,
      openCalls: [...end.openCalls, ...(left?.callIds ?? [])],
      // Where nothing else is behind it, the place where the run was ended.
      cause: 'cause' in end ? end.cause : end,
    });
  }
}

function endOf(thrown: unknown, signal: AbortSignal): EndRun {
  if (thrown instanceof EndRun) return thrown;
  if (signal.aborted && thrown === signal.reason) {
    return new EndRun('aborted', 'The run was aborted by its caller.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new EndRun('api_error', `The OpenAI client failed: ${message}`, { cause: thrown });
}

function limiter(concurrency: number): Limiter {
  const limit = pLimit(concurrency);
  return async (work) => limit(work);
}
