import { createHash } from 'node:crypto';
import { linkedController, raceAbort } from '../internal/abort.ts';
import type { CallContext, RegisteredTool } from './registered-tool.ts';
import type { CheckedCall, RunState } from './run-state.ts';

/** How a handler ended. */
export type Dispatched =
  | { readonly end: 'returned'; readonly value: unknown }
  | { readonly end: 'threw'; readonly error: unknown }
  /** Told to stop, because its time was up or the run ended, and gave no result. */
  | { readonly end: 'timeout' | 'aborted'; readonly error?: unknown }
  | { readonly end: 'not_started' };

/**
 * Calls the handler: the only place that does. It starts only while the run goes on and there is time to submit what it
 * returns; when its time is up it has `graceMs` to settle, and what it returns later is dropped.
 */
export async function dispatch(
  call: CheckedCall,
  tool: RegisteredTool,
  input: unknown,
  run: RunState,
): Promise<Dispatched> {
  const release = await takePlace(run, call.turn.signal);
  if (!release) return { end: 'not_started' };
  try {
    // The run may have ended between the place's being free and our being told.
    if (call.turn.signal.aborted) return { end: 'not_started' };
    return await runHandler(call, tool, input, run);
  } finally {
    release();
  }
}

/** Waits for a place among the runner's concurrent handlers; undefined when the run ends or the time is up first. */
async function takePlace(run: RunState, signal: AbortSignal): Promise<(() => void) | undefined> {
  let wanted = !signal.aborted;
  const place = new Promise<() => void>((resolve) => {
    void run.settings.handlers(async () => {
      if (wanted) await new Promise<void>(resolve);
    });
  });
  try {
    return await raceAbort(place, signal);
  } catch {
    wanted = false;
    void place.then((release) => {
      release();
    });
    return undefined;
  }
}

async function runHandler(call: CheckedCall, tool: RegisteredTool, input: unknown, run: RunState): Promise<Dispatched> {
  const { controller, unlink } = linkedController(run.signal);
  const limitMs = Math.min(tool.handlerTimeoutMs ?? run.settings.handlerTimeoutMs, call.turn.deadline - Date.now());
  const limit = setTimeout(
    () => {
      controller.abort(
        new DOMException(`The handler of "${tool.name}" took longer than ${limitMs} ms.`, 'TimeoutError'),
      );
    },
    Math.max(limitMs, 0),
  );
  const started = performance.now();
  try {
    const settled = new Promise<unknown>((resolve) => {
      resolve(tool.run(input, contextOf(call, run, controller.signal)));
    }).then(
      (value): Dispatched => ({ end: 'returned', value }),
      (error: unknown): Dispatched =>
        controller.signal.aborted ? { end: stopOf(run), error } : { end: 'threw', error },
    );
    return await withGrace(settled, controller.signal, run);
  } finally {
    call.draft.handlerMs = performance.now() - started;
    clearTimeout(limit);
    unlink();
  }
}

async function withGrace(settled: Promise<Dispatched>, signal: AbortSignal, run: RunState): Promise<Dispatched> {
  try {
    return await raceAbort(settled, signal);
  } catch {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<Dispatched>((resolve) => {
      timer = setTimeout(() => {
        resolve({ end: stopOf(run) });
      }, run.settings.graceMs);
    });
    return await Promise.race([settled, grace]).finally(() => {
      clearTimeout(timer);
    });
  }
}

function stopOf(run: RunState): 'timeout' | 'aborted' {
  return run.signal.aborted ? 'aborted' : 'timeout';
}

function contextOf(call: CheckedCall, run: RunState, signal: AbortSignal): CallContext {
  const { callId, name } = call.call;
  const decision = call.decision;
  return {
    callId,
    name,
    runId: run.runId,
    threadId: run.threadId,
    turn: call.turn.number,
    signal,
    get idempotencyKey() {
      return idempotencyKey(run.runId, callId);
    },
    ...(decision ? { decision } : {}),
    context: run.settings.context,
  };
}

/** Derived from the API's own ids, so that another process that serves the same call gets the same key. */
function idempotencyKey(runId: string, callId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([runId, callId]))
    .digest('hex')
    .slice(0, 40);
}
