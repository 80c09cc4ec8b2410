import { createHash } from 'node:crypto';
import { Limit } from '../../internal/abort.ts';
import { RunFailure } from '../errors.ts';
import { traced } from '../trace.ts';
import { handlerEndEvent, handlerStartEvent } from './call-events.ts';
import type { Output } from './content.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { HandlerEnd } from './outcome.ts';
import type { CallContext, RegisteredTool } from './registered-tool.ts';
import { outputOf } from './returned-value.ts';
import type { RunContext } from './run-context.ts';
import { keyOf, type ToolCall } from './tool-call.ts';

/**
 * Calls the handler; no other code does. It waits for a slot of `maxConcurrentHandlers`, and starts only while the run
 * is active and its output can still be submitted.
 *
 * @throws the signal's reason when the turn ends before the handler has started
 */
export async function dispatch(call: GuardedCall, tool: RegisteredTool, input: unknown): Promise<HandlerEnd> {
  const { run, turn } = call;
  return run.shared.handlers.use(turn.signal, async () => {
    // On disk before the handler starts, once: a repeated start is recorded already.
    if (run.recorder && !call.isRepeat && !(await call.claimStart(run.recorder))) throw startedElsewhere(call);
    turn.signal.throwIfAborted();
    return runHandler(call, tool, input);
  });
}

function startedElsewhere({ call, run }: GuardedCall): RunFailure {
  const reason = new RunFailure('journal', `Another process has already started the call ${call.callId}.`);
  run.end(reason);
  return reason;
}

/** Runs the handler. After a timeout it has `graceMs` to settle; a later result is dropped. */
async function runHandler(call: GuardedCall, tool: RegisteredTool, input: unknown): Promise<HandlerEnd> {
  const { run, turn } = call;
  const limitMs = Math.min(tool.handlerTimeoutMs ?? run.settings.handlerTimeoutMs, turn.deadline - Date.now());
  const message = `The handler of "${tool.name}" took longer than ${limitMs} ms.`;
  const limit = new Limit(run.signal, limitMs, () => new DOMException(message, 'TimeoutError'));
  if (run.emit) call.emit(() => handlerStartEvent(input));
  const started = performance.now();
  const settled = execute(call, tool, input, limit);
  const ended = await limit.within(settled).catch(async () => settleWithinGrace(settled, call));
  const end = { ...ended, handlerMs: performance.now() - started };
  if (run.emit) call.emit(() => handlerEndEvent(end));
  return end;
}

type Execution = Omit<HandlerEnd, 'handlerMs'>;

/** Calls the handler and reads what it returns. Never rejects. */
async function execute(call: GuardedCall, tool: RegisteredTool, input: unknown, limit: Limit): Promise<Execution> {
  const { trace } = call.run;
  // A listener may have aborted the run when it got the event about the start.
  if (call.run.signal.aborted) return { end: 'aborted' };
  const work = async (): Promise<Output> => {
    const value = await tool.run(input, contextOf(call, limit));
    return typeof value === 'string' ? { text: value.toWellFormed() } : outputOf(value, limit.signal);
  };
  try {
    return { end: 'returned', output: await (trace ? traced(trace, 'handler', call, work) : work()) };
  } catch (error) {
    return { end: limit.isAborted ? stopReason(call.run) : 'threw', error };
  }
}

async function settleWithinGrace(settled: Promise<Execution>, { run, turn }: GuardedCall): Promise<Execution> {
  // Half of the expiry margin is reserved for submitting the outputs.
  const { graceMs, expiryMarginMs } = run.settings;
  const graceEnds = turn.deadline + expiryMarginMs / 2 - Date.now();
  const graceLimit = new Limit(undefined, Math.min(graceMs, graceEnds));
  return graceLimit.within(settled).catch((): Execution => ({ end: stopReason(run) }));
}

function stopReason({ signal }: RunContext): 'timeout' | 'aborted' {
  return signal.aborted ? 'aborted' : 'timeout';
}

/** The second argument of the tool's functions. */
export function contextOf(
  { call, turn, run, decision }: GuardedCall,
  limit: { readonly signal: AbortSignal },
): CallContext {
  const { callId, name, subagentId } = call;
  return {
    callId,
    name,
    runId: turn.runId,
    threadId: run.threadId,
    turn: turn.number,
    get signal() {
      return limit.signal;
    },
    get idempotencyKey() {
      return idempotencyKey(turn.keyScope, call);
    },
    ...(subagentId === undefined ? {} : { subagentId }),
    ...(decision ? { decision } : {}),
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
