import { raceAbort } from '../internal/abort.ts';
import { asAsked, judge, type Judged } from './judge.ts';
import type { WouldBe } from './outcome.ts';
import type { CheckedCall, RunState, Verdict } from './run-state.ts';
import { tellDecision } from './tell.ts';

/**
 * Scans a call that runs whatever the gateway says: what it says is noted. Its handler does not wait for that, unless the
 * user asked; only a configuration fault still ends the run.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
export async function monitor(call: CheckedCall, run: RunState): Promise<Verdict> {
  const scanned = watch(call, run);
  if (run.settings.awaitScans) await raceAbort(scanned, call.turn.signal);
  return asAsked(call);
}

/** Never rejects. The scan goes on when the turn is over, up to its own time limit. */
async function watch(call: CheckedCall, run: RunState): Promise<void> {
  try {
    const judged = await judge(call, run, run.signal);
    // What was wrong with the gateway is noted; it is no error of the call's.
    delete call.draft.error;
    call.draft.wouldBe = Object.freeze(wouldBeOf(judged));
    tellDecision(call, run, judged, false);
  } catch {
    // The run has ended: nobody asks any more what would have been.
  }
}

function wouldBeOf(judged: Judged): WouldBe {
  if (judged.verdict === 'ask') return { outcome: 'approval_pending', fields: [] };
  return { outcome: judged.outcome, fields: judged.verdict === 'run' ? judged.fields : [] };
}
