import { Limit } from '../../internal/abort.ts';
import { freezeJson } from '../../internal/json.ts';
import { shown } from '../../internal/checks.ts';
import { RunFailure } from '../errors.ts';
import { recordOf } from '../journal/history.ts';
import { settleApproval, settleEarlierApproval, type Settled } from './approval.ts';
import { dispatch, idempotencyKey } from './dispatch.ts';
import type { GuardedCall } from './guarded-call.ts';
import { judgeOutput } from './output-scan.ts';
import { parse } from './parse.ts';
import { outputText } from './returned-value.ts';
import type { InDoubtAnswer } from './open-call.ts';
import type { Verdict } from './run-context.ts';
import { MALFORMED, runUnchanged, scan } from './scan.ts';
import { isSameCall } from './tool-call.ts';

/**
 * Takes a call from the model's arguments to its output. Never rejects: the call always gets one outcome and one output.
 *
 * @param before resolves when the previous call of the same `sequential` tool is over
 */
export async function guard(call: GuardedCall, before?: Promise<unknown>): Promise<void> {
  const { past, run, turn } = call;
  if (past?.end && isSameCall(past.call, call.call)) {
    call.restore(recordOf(past));
    return;
  }
  try {
    if (past && !isSameCall(past.call, call.call)) throw belongsToAnother(call);
    await guardNew(call, before);
  } catch (error) {
    if (!turn.signal.aborted) call.note({ error });
    call.end(run.signal.aborted ? 'aborted' : turn.signal.aborted ? 'not_run' : 'scan_rejected');
  }
  // That the call does not run again does not mean that the previous attempt had no effect.
  if (call.isRepeat && call.record.executed === 'no') call.stillInDoubt();
  const { outcome, executed } = call.record;
  // An aborted handler may have had its effect, so its call stays in doubt.
  if (run.recorder && executed !== 'no' && outcome !== 'aborted') await call.recordEnd();
}

/** The life of a call: parse, scan, settle, start, run, end. */
async function guardNew(call: GuardedCall, before: Promise<unknown> | undefined): Promise<void> {
  const { tool, turn, run } = call;
  const refusal = await parse(call);
  if (refusal) {
    call.end(refusal.outcome, { error: refusal.error });
    return;
  }
  const answer = call.isRepeat ? await resolveInDoubt(call) : 'run';
  if (answer !== 'run') {
    call.recallDecision();
    await endInDoubt(call, answer);
    return;
  }
  const settled = call.isMonitored ? await monitor(call) : await settle(call);
  switch (settled.verdict) {
    case 'park':
      call.isParked = true;
      call.end('approval_pending');
      run.park(settled.approval);
      return;
    case 'block':
      call.blocked(settled.outcome);
      return;
    case 'run': {
      // The API's server now runs the approved call. The runner does not see its result.
      if (!tool) {
        call.end('allowed', { executed: 'unknown' });
        return;
      }
      if (before) await new Limit(turn.signal).within(before);
      const ended = await dispatch(call, tool, settled.input);
      const output = ended.output && call.scanOutputs ? await judgeOutput(call, ended.output) : ended.output;
      call.handlerEnded({ ...ended, output }, settled.outcome, settled.fields);
    }
  }
}

/**
 * Gets a verdict for a call: from an approval requested earlier, or else from the gateway's decision and the approval it
 * requires. Fails closed: anything but a clear permission blocks the call.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
async function settle(call: GuardedCall): Promise<Settled> {
  const { past, run, turn } = call;
  // A recorded decision stays the decision.
  const isResumed = past?.decision !== undefined;
  const mayBeSettled = !isResumed && (past?.settled !== undefined || run.memory.hasPending);
  const earlier = mayBeSettled ? await settleEarlierApproval(call) : undefined;
  if (earlier) return earlier;
  const scanned = await scan(call, turn.signal);
  await call.scanned(scanned);
  return scanned.verdict.verdict === 'ask' ? settleApproval(call, isResumed) : scanned.verdict;
}

/** Ends the run: another call had this id before the run was interrupted. */
function belongsToAnother({ call, run }: GuardedCall): RunFailure {
  const message = `The tool call id "${call.callId}" belonged to a different call before the run was interrupted.`;
  const reason = new RunFailure('invalid_turn', message);
  run.end(reason);
  return reason;
}

/**
 * Resolves a call in doubt: a previous process started its handler, or was about to, and recorded no result. An
 * idempotent tool runs again. Otherwise `onInDoubt` decides. By default, the model learns that the result is unknown.
 */
async function resolveInDoubt(guarded: GuardedCall): Promise<InDoubtAnswer> {
  const { call, tool, turn, run } = guarded;
  const { onInDoubt } = run.settings;
  if (!tool || tool.idempotent) return 'run';
  if (!onInDoubt) return 'report';
  const { callId, name } = call;
  const ids = { idempotencyKey: idempotencyKey(turn.keyScope, call), runId: turn.runId, threadId: run.threadId };
  try {
    const { editedArguments = guarded.parsed.scanned } = guarded.past?.settled?.approval ?? {};
    const resolution = Promise.resolve(onInDoubt({ callId, name, arguments: freezeJson(editedArguments), ...ids }));
    const answer: unknown = await new Limit(turn.signal).within(resolution);
    if (answer === 'run' || answer === 'report') return answer;
    const { output } = Object(answer) as { output?: unknown };
    if (typeof output === 'string') return { output };
    const message = `onInDoubt returned ${shown(answer)}; it must return 'report', 'run' or { output: string }.`;
    guarded.note({ error: new TypeError(message) });
  } catch (error) {
    turn.signal.throwIfAborted();
    guarded.note({ error });
  }
  // Fail closed: an unresolved call does not run again.
  return 'report';
}

async function endInDoubt(call: GuardedCall, answer: Exclude<InDoubtAnswer, 'run'>): Promise<void> {
  if (answer === 'report') {
    call.end('in_doubt', { executed: 'unknown' });
    return;
  }
  const returned = { text: outputText(answer.output) };
  const output = call.scanOutputs ? await judgeOutput(call, returned) : returned;
  // An answer with an output confirms that the call ran.
  call.end(output ? 'allowed' : 'output_withheld', { executed: 'yes', output });
}

/**
 * Scans a call in monitor mode: the call runs whatever the decision, which is only recorded. The handler waits for the
 * scan only with `awaitScans`. A configuration fault still ends the run.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
async function monitor(call: GuardedCall): Promise<Verdict> {
  if (call.run.settings.awaitScans) await new Limit(call.turn.signal).within(watch(call));
  // Deferred, so that the gateway's synchronous work does not delay the handler either.
  else setImmediate(() => void watch(call));
  return runUnchanged(call);
}

/** Scans in the background. Never rejects. The scan may outlive the run, up to its own timeout. */
async function watch(call: GuardedCall): Promise<void> {
  const { signal } = new AbortController();
  const scanned = await scan(call, signal, call.run.shared.monitoredScans).catch(() => MALFORMED);
  await call.scanned(scanned).catch(() => undefined);
}
