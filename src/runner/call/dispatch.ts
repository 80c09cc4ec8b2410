import { createHash } from 'node:crypto';
import { RunFailure } from '../errors.ts';
import { limitedController, raceAbort } from '../../internal/abort.ts';
import type { CallContext, RegisteredTool } from './registered-tool.ts';
import type { CheckedCall, RunState } from './run-context.ts';
import { emit } from '../run/emit.ts';
import { traced } from '../trace.ts';

/** End of a handler's execution. */
export type Dispatched =
  | { readonly end: 'returned'; readonly value: unknown }
  | { readonly end: 'threw'; readonly error: unknown }
  /** The handler timed out or the run ended, and the handler returned no result. */
  | { readonly end: 'timeout' | 'aborted'; readonly error?: unknown }
  | { readonly end: 'not_started' };

const NOT_STARTED: Dispatched = { end: 'not_started' };

/**
 * Calls the handler; no other code does. It waits for a slot of `maxConcurrentHandlers`, and starts only while the run
 * is active and its output can still be submitted.
 *
 * @param isRepeat true if a previous process already started the handler
 */
export async function dispatch(
  call: CheckedCall,
  tool: RegisteredTool,
  input: unknown,
  run: RunState,
  isRepeat = false,
): Promise<Dispatched> {
  const { signal } = call.turn;
  const handler = { started: false };
  const placed = run.settings.handlers(async () => {
    if (signal.aborted) return NOT_STARTED;
    // Recorded on disk before the handler starts. A call that a previous process started needs `isRepeat`.
    if (run.journal && !isRepeat && !(await run.journal.start(call))) {
      const reason = new RunFailure('journal', `Another process has already started the call ${call.call.callId}.`);
      run.end(reason);
      throw reason;
    }
    if (isAborted(signal)) return NOT_STARTED;
    handler.started = true;
    return runHandler(call, tool, input, run);
  });
  try {
    return await raceAbort(placed, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    // A handler that has started has its own limits.
    return handler.started ? placed : NOT_STARTED;
  }
}

/** Reads `aborted` again: the signal may have aborted since TypeScript narrowed it. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** Runs the handler. After a timeout it has `graceMs` to settle; a later result is dropped. */
async function runHandler(call: CheckedCall, tool: RegisteredTool, input: unknown, run: RunState): Promise<Dispatched> {
  const limitMs = Math.min(tool.handlerTimeoutMs ?? run.settings.handlerTimeoutMs, call.turn.deadline - Date.now());
  const message = `The handler of "${tool.name}" took longer than ${limitMs} ms.`;
  const { signal, close } = limitedController(run.signal, limitMs, () => new DOMException(message, 'TimeoutError'));
  // Copied first: the handler may change its input.
  const inputCopy = run.emit ? copyOf(input) : undefined;
  emit(
    call,
    run,
    'handler-start',
    () => ({}),
    () => ({ input: copyOf(inputCopy) }),
  );
  const started = performance.now();
  try {
    const settled = new Promise<unknown>((resolve) => {
      resolve(traced(run.trace, 'handler', call, () => tool.run(input, contextOf(call, run, signal))));
    }).then(
      (value): Dispatched => ({ end: 'returned', value }),
      (error: unknown): Dispatched => (signal.aborted ? { end: stopReason(run), error } : { end: 'threw', error }),
    );
    const ended = await raceAbort(settled, signal).catch(async () => settleWithinGrace(settled, call, run));
    call.draft.handlerMs = performance.now() - started;
    emitHandlerEnd(call, run, ended);
    return ended;
  } finally {
    close();
  }
}

function emitHandlerEnd(call: CheckedCall, run: RunState, ended: Dispatched): void {
  const error: unknown = 'error' in ended ? ended.error : undefined;
  const facts = (): object => {
    const why = error === undefined ? {} : { errorType: nameOf(error) };
    return { end: ended.end, handlerMs: call.draft.handlerMs, ...why };
  };
  emit(call, run, 'handler-end', facts, () => (error === undefined ? {} : { error }));
}

/** Name of a thrown value for OpenTelemetry's `error.type`. Any value can be thrown. */
function nameOf(error: unknown): string {
  const { name } = Object(error) as { name?: unknown };
  return typeof name === 'string' && /^[\w.$]{1,64}$/.test(name) ? name : '_OTHER';
}

/** Clones a value; undefined for values that cannot be cloned, such as functions. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}

async function settleWithinGrace(settled: Promise<Dispatched>, call: CheckedCall, run: RunState): Promise<Dispatched> {
  // Half of the expiry margin is reserved for submitting the outputs.
  const { graceMs, expiryMarginMs } = run.settings;
  const graceEnds = call.turn.deadline + expiryMarginMs / 2 - Date.now();
  const { signal, close } = limitedController(undefined, Math.min(graceMs, graceEnds));
  try {
    return await raceAbort(settled, signal).catch((): Dispatched => ({ end: stopReason(run) }));
  } finally {
    close();
  }
}

function stopReason(run: RunState): 'timeout' | 'aborted' {
  return run.signal.aborted ? 'aborted' : 'timeout';
}

function contextOf(call: CheckedCall, run: RunState, signal: AbortSignal): CallContext {
  const { callId, name, subagentId } = call.call;
  const { decision } = call;
  return {
    callId,
    name,
    ...(subagentId === undefined ? {} : { subagentId }),
    runId: call.turn.runId,
    threadId: run.threadId,
    turn: call.turn.number,
    signal,
    get idempotencyKey() {
      return idempotencyKey(call.turn.keyScope, callId);
    },
    ...(decision ? { decision } : {}),
    context: run.settings.context,
  };
}

/** Derives the key from the API's ids, so that every process gets the same key for a call. */
export function idempotencyKey(scope: string, callId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([scope, callId]))
    .digest('hex')
    .slice(0, 40);
}
