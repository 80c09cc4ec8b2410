import { limitedController, raceAbort } from '../../internal/abort.ts';
import { asAsked, judge, rejectAnswer, type Judged } from './judge.ts';
import type { WouldBe } from './outcome.ts';
import type { CheckedCall, RunState, Verdict } from '../run/run-state.ts';
import { tellDecision } from '../run/tell.ts';

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
  return asAsked(call);
}

/** Never rejects. The scan goes on when the run is over, up to its own time limit. */
async function watch(call: CheckedCall, run: RunState): Promise<void> {
  // What is noted of the scan is not mixed up with what the handler does meanwhile.
  const scanned: CheckedCall = { ...call, draft: { ...call.draft } };
  const limit = limitedController(undefined);
  const isTold = run.journal?.decision(call) !== undefined;
  try {
    const judged = await judge(scanned, run, limit.signal, run.settings.monitoredScans).catch(() =>
      rejectAnswer(scanned),
    );
    const { decision, reasonCodes, traceId, approvalId, approvalUrl, fault, scanMs } = scanned.draft;
    const known = { decision, traceId, approvalId, approvalUrl, fault, scanMs };
    const facts = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
    Object.assign(call.draft, facts, { reasonCodes, wouldBe: Object.freeze(wouldBeOf(judged)) });
    if (scanned.decision) call.decision = scanned.decision;
    if (!isTold) tellDecision(call, run, judged, false);
  } finally {
    limit.close();
  }
}

function wouldBeOf(judged: Judged): WouldBe {
  if (judged.verdict === 'ask') return { outcome: 'approval_pending', fields: [] };
  return { outcome: judged.outcome, fields: judged.verdict === 'run' ? judged.fields : [] };
}
