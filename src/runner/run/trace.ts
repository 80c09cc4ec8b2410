import type { ToolCall } from './driver.ts';
import type { RunEvent } from './events.ts';

/** The tracing and metrics of runs. */
export interface Telemetry {
  /** Called when a run begins, in its caller's own context. */
  startRun(run: TracedRun): RunTrace;
}

export interface TracedRun {
  /** The runner's method. */
  readonly method: string;
  readonly api: 'assistants' | 'responses' | 'agents';
  /** Undefined where the API has none before the run. */
  readonly threadId: string | undefined;
  readonly assistantId: string | undefined;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
}

/** The trace of one run. What it throws changes nothing. */
export interface RunTrace {
  /** Receives every event, without payloads. */
  readonly onEvent: (event: RunEvent) => void;
  /** Calls `work`, which is the run, so that what it traces itself belongs to the run. */
  withinRun<T>(work: () => T): T;
  /** Calls `work` so that what it traces itself belongs to that part of the call. */
  within<T>(part: 'scan' | 'handler', call: TracedCall, work: () => T): T;
}

/** Calls `work` where its part of the call's trace is active. */
export function traced<T>(trace: RunTrace | undefined, part: 'scan' | 'handler', call: TracedCall, work: () => T): T {
  return trace ? calledOnce((inner) => trace.within(part, call, inner), work) : work();
}

/** Calls `work` where the run's trace is active. */
export function tracedRun<T>(trace: RunTrace | undefined, work: () => T): T {
  return trace ? calledOnce((inner) => trace.withinRun(inner), work) : work();
}

/** Calls `work` through `around`, or directly if the trace fails: a broken trace never breaks the work. */
function calledOnce<T>(around: (work: () => T) => unknown, work: () => T): T {
  let done: { readonly value: T } | { readonly error: unknown } | undefined;
  try {
    around(() => {
      try {
        const value = work();
        done = { value };
        return value;
      } catch (error) {
        done = { error };
        throw error;
      }
    });
  } catch {
    // What `work` threw is thrown below.
  }
  if (!done) return work();
  if ('error' in done) throw done.error;
  return done.value;
}

export interface TracedCall {
  readonly call: Pick<ToolCall, 'callId' | 'name' | 'server' | 'subagentId'>;
  readonly turn: { readonly runId: string; readonly number: number };
}
