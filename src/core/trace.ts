import type { RunEvent } from './events.ts';

/** Where runs are traced and measured. */
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
  /** Told of every event, without payloads. */
  readonly onEvent: (event: RunEvent) => void;
  /** Calls `work` so that what it traces itself belongs to that part of the call. */
  within<T>(part: 'scan' | 'handler', call: TracedCall, work: () => T): T;
}

/**
 * Calls `work` where its part of the call's trace is active, or as it is: what is wrong with a trace is no fault of the work's.
 */
export function traced<T>(trace: RunTrace | undefined, part: 'scan' | 'handler', call: TracedCall, work: () => T): T {
  if (!trace) return work();
  let done: { readonly value: T } | { readonly error: unknown } | undefined;
  try {
    trace.within(part, call, () => {
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
  readonly call: { readonly callId: string; readonly name: string };
  readonly turn: { readonly runId: string; readonly number: number };
}
