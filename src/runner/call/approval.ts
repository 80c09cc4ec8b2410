import { sleep } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import type { Approval } from '../gateway/gateway.ts';
import type { CheckedCall, RunState } from '../run/run-state.ts';
import { askGateway, type Answer } from './scan.ts';
import { limits } from '../limits.ts';

/** The answer to an approval that the gateway does not know any more: nobody can give it. It is no person's, and not recorded as one. */
export const FORGOTTEN: Approval = Object.freeze({ status: 'expired' });

/** @param isEarlier whether an earlier process was given the approval, so that the gateway may have forgotten it */
export async function askApproval(
  call: CheckedCall,
  run: RunState,
  approvalId: string,
  { mostMs, isEarlier = call.isResumed === true }: { readonly mostMs?: number; readonly isEarlier?: boolean } = {},
): Promise<Answer<Approval>> {
  const ask = async (signal: AbortSignal): Promise<Approval> =>
    run.settings.gateway.approvalStatus(approvalId, { signal }).catch((error: unknown) => {
      if (!isEarlier || (error as { status?: unknown } | null)?.status !== 404) throw error;
      call.draft.error = error;
      return FORGOTTEN;
    });
  return askGateway(run, call.turn.signal, ask, mostMs === undefined ? {} : { mostMs });
}

/**
 * Asks until somebody has decided, or until the approval's time limit or the run's expiry less the margin is reached.
 * A gateway that cannot be reached for a while is asked again; one that answers nonsense is not.
 *
 * @returns the last answer, which may be `pending` or a fault
 * @throws the reason of the run's signal, when the run has ended
 */
export async function waitForApproval(call: CheckedCall, run: RunState, approvalId: string): Promise<Answer<Approval>> {
  const limitMs = call.tool?.approvalTimeoutMs ?? run.settings.approvalTimeoutMs;
  const until = Math.min(Date.now() + limitMs, call.turn.deadline);
  for (let attempt = 1; ; attempt += 1) {
    const wait = backoffMs(attempt, limits.approvalPollFirstMs, limits.approvalPollMaxMs);
    const left = Math.max(until - Date.now(), 0);
    await sleep(Math.min(wait, left), run.signal);
    const answer = await askApproval(call, run, approvalId, {
      mostMs: Math.max(until - Date.now(), limits.approvalPollLastMs),
    });
    run.signal.throwIfAborted();
    if (!isOpen(answer) || wait >= left) return answer;
  }
}

/** Whether asking again may bring more: nobody has decided, or the gateway is away. */
export function isOpen(answer: Answer<Approval>): boolean {
  return answer.answered ? answer.answer.status === 'pending' : answer.fault !== 'malformed_reply';
}
