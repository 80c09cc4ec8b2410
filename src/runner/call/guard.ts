import type { RecordDraft, WouldBe } from './outcome.ts';
import { raceAbort, limitedController } from '../../internal/abort.ts';
import { RunFailure } from '../errors.ts';
import { check } from './parse.ts';
import { finish, finishDispatched, finishInDoubt } from './finish.ts';
import { dispatch, idempotencyKey } from './dispatch.ts';
import type { ToolCall } from './tool-call.ts';
import { recordDecision, runUnchanged, scanCall, malformedReply, type ScanVerdict } from './scan.ts';
import type { RegisteredTool } from './registered-tool.ts';
import type { RunState, TurnContext, CheckedCall, InDoubtAnswer, Verdict } from './run-context.ts';
import { settle } from './settle.ts';
import { shown } from '../../internal/checks.ts';
import { emitDecision } from '../run/emit.ts';

/**
 * Processes a tool call from the model's arguments to its output: parse, check, describe, scan, settle, dispatch. Never
 * rejects: the call's record always gets one outcome and one output.
 *
 * @param before previous call of the same `sequential` tool, which finishes before this call's handler starts
 */
export async function guard(
  call: ToolCall,
  draft: RecordDraft,
  turn: TurnContext,
  run: RunState,
  before: Promise<unknown> | undefined,
): Promise<void> {
  const ref = { call, turn };
  const isRepeat = run.journal?.isStarted(ref) === true;
  try {
    if (recall(draft, ref, run)) return;
    await guardFresh(call, draft, turn, run, before, isRepeat);
  } catch (error) {
    if (!turn.signal.aborted) draft.error = error;
    finish(draft, run, run.signal.aborted ? 'aborted' : turn.signal.aborted ? 'not_run' : 'scan_rejected');
  }
  // Not running again does not mean that the previous attempt had no effect.
  if (isRepeat && draft.executed === 'no') {
    if (draft.outcome === 'aborted') draft.executed = 'unknown';
    else finishInDoubt(draft, run, 'report');
  }
  // An aborted handler may have had its effect, so its call stays in doubt.
  if (draft.executed !== 'no' && draft.outcome !== 'aborted') await run.journal?.end(ref, draft);
}

/** @param isRepeat true if a previous process started the call, or was about to */
async function guardFresh(
  call: ToolCall,
  draft: RecordDraft,
  turn: TurnContext,
  run: RunState,
  before: Promise<unknown> | undefined,
  isRepeat: boolean,
): Promise<void> {
  const checked = await check(call, turn, run, draft);
  if ('refused' in checked) {
    if (checked.error !== undefined) draft.error = checked.error;
    finish(draft, run, checked.refused);
    return;
  }
  const { tool } = checked;
  const answer = tool && isRepeat ? await resolveInDoubt(checked, tool, run) : 'run';
  if (answer !== 'run') {
    const decision = run.journal?.decision(checked);
    if (decision) recordDecision(checked, decision);
    finishInDoubt(draft, run, answer);
    return;
  }
  const verdict = isMonitored(tool, run) ? await monitor(checked, run) : await settle(checked, run);
  if (verdict.verdict === 'park') {
    finish(draft, run, 'approval_pending');
    run.park(draft, verdict.approval);
  } else if (verdict.verdict === 'block') {
    const refused = verdict.outcome === 'denied' || verdict.outcome === 'approval_denied';
    if (refused) run.memory.denied(call, checked.args, turn.number);
    finish(draft, run, verdict.outcome);
  } else if (tool) {
    if (before) await raceAbort(before, turn.signal);
    const dispatched = await dispatch(checked, tool, verdict.input, run, isRepeat);
    finishDispatched(draft, run, dispatched, verdict);
  } else {
    // The API's server now runs the approved call. The runner does not see its result.
    finish(draft, run, 'allowed', { executed: 'unknown' });
  }
}

/** Restores the record of a call that a previous process finished; false if there is none. */
function recall(
  draft: RecordDraft,
  ref: { readonly call: ToolCall; readonly turn: TurnContext },
  run: RunState,
): boolean {
  if (run.journal?.isOther(ref)) {
    const { callId } = ref.call;
    const message = `The tool call id "${callId}" belonged to a different call before the run was interrupted.`;
    run.end(new RunFailure('invalid_turn', message));
    run.signal.throwIfAborted();
  }
  const past = run.journal?.ended(ref);
  if (past) Object.assign(draft, past);
  return past !== undefined;
}

/** Applies the tool's mode. Calls that the API's server runs use the runner's mode. */
function isMonitored(tool: RegisteredTool | undefined, run: RunState): boolean {
  return (tool?.mode ?? run.settings.mode) === 'monitor';
}

/**
 * Resolves a call in doubt: a previous process started its handler, or was about to, and recorded no result. An
 * idempotent tool runs again. Otherwise `onInDoubt` decides. By default, the model learns that the result is unknown.
 */
export async function resolveInDoubt(call: CheckedCall, tool: RegisteredTool, run: RunState): Promise<InDoubtAnswer> {
  if (tool.idempotent) return 'run';
  const { onInDoubt } = run.settings;
  if (!onInDoubt) return 'report';
  const { callId, name } = call.call;
  try {
    const resolution = Promise.resolve(
      onInDoubt({
        callId,
        name,
        arguments: call.args,
        idempotencyKey: idempotencyKey(call.turn.keyScope, callId),
        runId: call.turn.runId,
        threadId: run.threadId,
      }),
    );
    const answer: unknown = await raceAbort(resolution, call.turn.signal);
    if (answer === 'run' || answer === 'report') return answer;
    const { output } = Object(answer) as { output?: unknown };
    if (typeof output === 'string') return { output };
    call.draft.error = new TypeError(
      `onInDoubt returned ${shown(answer)}; it must return 'report', 'run' or { output: string }.`,
    );
  } catch (error) {
    call.turn.signal.throwIfAborted();
    call.draft.error = error;
  }
  // Fail closed: an unresolved call does not run again.
  return 'report';
}

/**
 * Scans a call in monitor mode: the call runs whatever the decision, which is only recorded. The handler waits for the
 * scan only with `awaitScans`. A configuration fault still ends the run.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
export async function monitor(call: CheckedCall, run: RunState): Promise<Verdict> {
  if (run.settings.awaitScans) await raceAbort(watch(call, run), call.turn.signal);
  // Deferred, so that the gateway's synchronous work does not delay the handler either.
  else setImmediate(() => void watch(call, run));
  return runUnchanged(call);
}

/** Scans in the background. Never rejects. The scan may outlive the run, up to its own timeout. */
async function watch(call: CheckedCall, run: RunState): Promise<void> {
  // A separate draft: the handler writes to the original one at the same time.
  const scanned: CheckedCall = { ...call, draft: { ...call.draft } };
  const limit = limitedController(undefined);
  const isEmitted = run.journal?.decision(call) !== undefined;
  try {
    const verdict = await scanCall(scanned, run, limit.signal, run.settings.monitoredScans).catch(() =>
      malformedReply(scanned),
    );
    const { decision, reasonCodes, traceId, approvalId, approvalUrl, fault, scanMs } = scanned.draft;
    const known = { decision, traceId, approvalId, approvalUrl, fault, scanMs };
    const facts = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
    Object.assign(call.draft, facts, { reasonCodes, wouldBe: Object.freeze(wouldBeOf(verdict)) });
    if (scanned.decision) call.decision = scanned.decision;
    if (!isEmitted) emitDecision(call, run, verdict, false);
  } finally {
    limit.close();
  }
}

function wouldBeOf(verdict: ScanVerdict): WouldBe {
  if (verdict.verdict === 'ask') return { outcome: 'approval_pending', fields: [] };
  return { outcome: verdict.outcome, fields: verdict.verdict === 'run' ? verdict.fields : [] };
}
