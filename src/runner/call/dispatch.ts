import { createHash } from 'node:crypto';
import { limitedController, raceAbort } from '../../internal/abort.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import { RunFailure } from '../errors.ts';
import { traced } from '../trace.ts';
import type { Output } from './content.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { Dispatched } from './outcome.ts';
import type { CallContext, RegisteredTool } from './registered-tool.ts';
import { outputOf } from './returned-value.ts';
import type { RunContext } from './run-context.ts';
import { keyOf, type ToolCall } from './tool-call.ts';

const NOT_STARTED: Dispatched = { end: 'not_started' };

/**
 * Calls the handler; no other code does. It waits for a slot of `maxConcurrentHandlers`, and starts only while the run
 * is active and its output can still be submitted.
 *
 * @param isRepeat true if a previous process already started the handler
 */
export async function dispatch(
  call: GuardedCall,
  tool: RegisteredTool,
  input: unknown,
  isRepeat: boolean,
): Promise<Dispatched> {
  const { run, turn } = call;
  const handler = { isStarted: false };
  const slot = run.settings.handlers(async () => {
    if (turn.signal.aborted) return NOT_STARTED;
    // On disk before the handler starts. A call that a previous process started needs `isRepeat`.
    if (!isRepeat && !(await call.claimStart())) {
      const message = `Another process has already started the call ${call.call.callId}.`;
      const reason = new RunFailure('journal', message);
      run.end(reason);
      throw reason;
    }
    if (isAborted(turn.signal)) return NOT_STARTED;
    handler.isStarted = true;
    return runHandler(call, tool, input);
  });
  try {
    return await raceAbort(slot, turn.signal);
  } catch (error) {
    if (!turn.signal.aborted) throw error;
    // A handler that has started has its own limits.
    return handler.isStarted ? slot : NOT_STARTED;
  }
}

/** Reads `aborted` again: the signal may have aborted since TypeScript narrowed it. */
function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** Runs the handler. After a timeout it has `graceMs` to settle; a later result is dropped. */
async function runHandler(call: GuardedCall, tool: RegisteredTool, input: unknown): Promise<Dispatched> {
  const { run, turn } = call;
  const limitMs = Math.min(tool.handlerTimeoutMs ?? run.settings.handlerTimeoutMs, turn.deadline - Date.now());
  const message = `The handler of "${tool.name}" took longer than ${limitMs} ms.`;
  const { signal, close } = limitedController(run.signal, limitMs, () => new DOMException(message, 'TimeoutError'));
  call.handlerStarted(input);
  const started = performance.now();
  const execute = async (): Promise<Dispatched> => {
    try {
      const work = async (): Promise<Output> => outputOf(await tool.run(input, contextOf(call, signal)), signal);
      return { end: 'returned', output: await traced(run.trace, 'handler', call, work) };
    } catch (error) {
      return signal.aborted ? { end: stopReason(run), error } : { end: 'threw', error };
    }
  };
  try {
    const settled = execute();
    const ended = await raceAbort(settled, signal).catch(async () => settleWithinGrace(settled, call));
    call.handlerEnded(ended, performance.now() - started);
    return ended;
  } finally {
    close();
  }
}

async function settleWithinGrace(settled: Promise<Dispatched>, { run, turn }: GuardedCall): Promise<Dispatched> {
  // Half of the expiry margin is reserved for submitting the outputs.
  const { graceMs, expiryMarginMs } = run.settings;
  const graceEnds = turn.deadline + expiryMarginMs / 2 - Date.now();
  const { signal, close } = limitedController(undefined, Math.min(graceMs, graceEnds));
  try {
    return await raceAbort(settled, signal).catch((): Dispatched => ({ end: stopReason(run) }));
  } finally {
    close();
  }
}

function stopReason({ signal }: RunContext): 'timeout' | 'aborted' {
  return signal.aborted ? 'aborted' : 'timeout';
}

/** The second argument of the tool's functions. */
export function contextOf({ call, turn, run, decision }: GuardedCall, signal: AbortSignal): CallContext {
  const { callId, name, subagentId } = call;
  return {
    callId,
    name,
    runId: turn.runId,
    threadId: run.threadId,
    turn: turn.number,
    signal,
    get idempotencyKey() {
      return idempotencyKey(turn.keyScope, call);
    },
    ...omitUndefined({ subagentId, decision }),
    context: run.settings.context,
  };
}

/** Derives the key from the API's ids, so that every process gets the same key for a call. */
export function idempotencyKey(scope: string, call: ToolCall): string {
  return createHash('sha256')
    .update(JSON.stringify([scope, keyOf(call)]))
    .digest('hex')
    .slice(0, 40);
}
