import type { RecordDraft, WouldBe } from './outcome.ts';
import { raceAbort, limitedController } from '../../internal/abort.ts';
import { RunFailure } from '../errors.ts';
import { check } from './check.ts';
import { finish, finishDispatched, finishInDoubt } from './finish.ts';
import { dispatch, idempotencyKey } from './dispatch.ts';
import type { ToolCall } from '../run/driver.ts';
import { recordDecision, runUnchanged, scanCall, malformedReply, type ScanVerdict } from './scan.ts';
import type { RegisteredTool } from './registered-tool.ts';
import type { RunState, TurnContext, CheckedCall, InDoubtAnswer, Verdict } from '../run/run-state.ts';
import { settle } from './settle.ts';
import { shown } from '../../internal/checks.ts';
import { emitDecision } from '../run/emit.ts';

/**
 * Takes one tool call from the model's words to its output: parse, check, describe, scan, settle, dispatch. Never
 * rejects; whatever happens, the call's record ends with one outcome and one output.
 *
 * @param before the previous call of the same `sequential` tool: this one's handler starts when that call is done
 */
export async function guard(
  call: ToolCall,
  draft: RecordDraft,
  turn: TurnContext,
  run: RunState,
  before: Promise<unknown> | undefined,
): Promise<void> {
  const of = { call, turn };
  const isRepeat = run.journal?.isStarted(of) === true;
  try {
    if (recall(draft, of, run)) return;
    await guardFresh(call, draft, turn, run, before, isRepeat);
  } catch (error) {
    if (!turn.signal.aborted) draft.error = error;
    finish(draft, run, run.signal.aborted ? 'aborted' : turn.signal.aborted ? 'not_run' : 'scan_rejected');
  }
  // Whatever keeps it from running again says nothing of what it did before.
  if (isRepeat && draft.executed === 'no') {
    if (draft.outcome === 'aborted') draft.executed = 'unknown';
    else finishInDoubt(draft, run, 'report');
  }
  // What was told to stop, and may have done its work all the same, stays in doubt.
  if (draft.executed !== 'no' && draft.outcome !== 'aborted') await run.journal?.end(of, draft);
}

/** @param isRepeat whether an earlier process has started it, or was about to */
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
    // Approved: now the API's own server runs it, and we do not see how it ends.
    finish(draft, run, 'allowed', { executed: 'unknown' });
  }
}

/** Takes over what an earlier process recorded of the call; false when there is nothing. */
function recall(
  draft: RecordDraft,
  of: { readonly call: ToolCall; readonly turn: TurnContext },
  run: RunState,
): boolean {
  if (run.journal?.isOther(of)) {
    const { callId } = of.call;
    const says = `The tool call id "${callId}" belonged to a different call before the run was interrupted.`;
    run.end(new RunFailure('invalid_turn', says));
    run.signal.throwIfAborted();
  }
  const past = run.journal?.ended(of);
  if (past) Object.assign(draft, past);
  return past !== undefined;
}

/** A call that the API's own server runs has the runner's mode. */
function isMonitored(tool: RegisteredTool | undefined, run: RunState): boolean {
  return (tool?.mode ?? run.settings.mode) === 'monitor';
}

/**
 * What is done about a call whose handler an earlier process started, or was about to start, and whose result nobody recorded: a
 * tool that is idempotent runs again; else the user decides; else the model is told that nobody knows.
 */
export async function resolveInDoubt(call: CheckedCall, tool: RegisteredTool, run: RunState): Promise<InDoubtAnswer> {
  if (tool.idempotent) return 'run';
  const { onInDoubt } = run.settings;
  if (!onInDoubt) return 'report';
  const { callId, name } = call.call;
  try {
    const asked = Promise.resolve(
      onInDoubt({
        callId,
        name,
        arguments: call.args,
        idempotencyKey: idempotencyKey(call.turn.keyScope, callId),
        runId: call.turn.runId,
        threadId: run.threadId,
      }),
    );
    const answer: unknown = await raceAbort(asked, call.turn.signal);
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
  // What cannot be decided is not run again.
  return 'report';
}

/**
 * Scans a call that runs whatever the gateway says: what it says is noted. Its handler does not wait for that, unless the
 * user asked; only a configuration fault still ends the run.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
export async function monitor(call: CheckedCall, run: RunState): Promise<Verdict> {
  if (run.settings.awaitScans) await raceAbort(watch(call, run), call.turn.signal);
  // Also what a gateway computes before it first waits is not waited for.
  else setImmediate(() => void watch(call, run));
  return runUnchanged(call);
}

/** Never rejects. The scan goes on when the run is over, up to its own time limit. */
async function watch(call: CheckedCall, run: RunState): Promise<void> {
  // What is noted of the scan is not mixed up with what the handler does meanwhile.
  const scanned: CheckedCall = { ...call, draft: { ...call.draft } };
  const limit = limitedController(undefined);
  const isTold = run.journal?.decision(call) !== undefined;
  try {
    const verdict = await scanCall(scanned, run, limit.signal, run.settings.monitoredScans).catch(() =>
      malformedReply(scanned),
    );
    const { decision, reasonCodes, traceId, approvalId, approvalUrl, fault, scanMs } = scanned.draft;
    const known = { decision, traceId, approvalId, approvalUrl, fault, scanMs };
    const facts = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
    Object.assign(call.draft, facts, { reasonCodes, wouldBe: Object.freeze(wouldBeOf(verdict)) });
    if (scanned.decision) call.decision = scanned.decision;
    if (!isTold) emitDecision(call, run, verdict, false);
  } finally {
    limit.close();
  }
}

function wouldBeOf(verdict: ScanVerdict): WouldBe {
  if (verdict.verdict === 'ask') return { outcome: 'approval_pending', fields: [] };
  return { outcome: verdict.outcome, fields: verdict.verdict === 'run' ? verdict.fields : [] };
}
