import { omitUndefined } from '../internal/omit-undefined.ts';
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

/** Calls `work` with the span of that part of the call active. */
export function traced<T>(trace: RunTrace, part: 'scan' | 'handler', call: TracedCall, work: () => T): T {
  const { callId, name, server, subagentId } = call.call;
  const { runId, number } = call.turn;
  const shown = { call: { callId, name, ...omitUndefined({ server, subagentId }) }, turn: { runId, number } };
  return calledOnce((inner) => trace.within(part, shown, inner), work);
}

/** Calls `work` with the run's span active. */
export function tracedRun<T>(trace: RunTrace, work: () => T): T {
  return calledOnce((inner) => trace.withinRun(inner), work);
}

/** Calls `work` once, through `around`, or directly if the trace does not: a broken trace never breaks the work. */
function calledOnce<T>(around: (work: () => T) => unknown, work: () => T): T {
  let done: { readonly value: T } | { readonly error: unknown } | undefined;
  const once = (): T => {
    if (!done) {
      try {
        done = { value: work() };
      } catch (error) {
        done = { error };
      }
    }
    if ('error' in done) throw done.error;
    return done.value;
  };
  try {
    around(once);
  } catch {
    // An error of `work` is thrown below.
  }
  return once();
}

export interface TracedCall {
  readonly call: Pick<ToolCall, 'callId' | 'name' | 'server' | 'subagentId'>;
  readonly turn: { readonly runId: string; readonly number: number };
}
