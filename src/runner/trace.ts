import type { ToolCall } from './call/tool-call.ts';
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
  /** The thread, conversation or session; undefined for responses without a conversation. */
  readonly threadId: string | undefined;
  readonly assistantId: string | undefined;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
}

/** The trace of one run. The runner ignores its errors. */
export interface RunTrace {
  /** Receives every event, without payloads. */
  readonly onEvent: (event: RunEvent) => void;
  /** Calls `work`, the whole run, with the run's span active, so that spans created within become its children. */
  withinRun<T>(work: () => T): T;
  /** Calls `work` with the span of that part of the call active. */
  within<T>(part: 'scan' | 'handler', call: TracedCall, work: () => T): T;
}

/** Calls `work` with the span of that part of the call active, or directly without a trace. */
export function traced<T>(trace: RunTrace | undefined, part: 'scan' | 'handler', call: TracedCall, work: () => T): T {
  return trace ? calledOnce((inner) => trace.within(part, call, inner), work) : work();
}

/** Calls `work` with the run's span active, or directly without a trace. */
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
    // An error of `work` is thrown below.
  }
  if (!done) return work();
  if ('error' in done) throw done.error;
  return done.value;
}

export interface TracedCall {
  readonly call: Pick<ToolCall, 'callId' | 'name' | 'server' | 'subagentId'>;
  readonly turn: { readonly runId: string; readonly number: number };
}
