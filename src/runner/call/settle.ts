import { canonicalHash } from '../../internal/json.ts';
import type { Approval } from '../gateway/gateway.ts';
import type { ApprovalMode } from './registered-tool.ts';
import type { PendingApproval } from '../run/memory.ts';
import { runUnchanged, block, scanCall, malformedReply, type Answer, askGateway } from './scan.ts';
import type { CheckedCall, ParkedApproval, RunState, Verdict } from '../run/run-state.ts';
import { emitApprovalRequested, emitApprovalSettled, emitDecision } from '../run/emit.ts';
import { sleep } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { limits } from '../limits.ts';

/** A verdict, or that the call is left to its approver. */
export type Settled = Verdict | { readonly verdict: 'park'; readonly approval: ParkedApproval };

/**
 * Gets a verdict for a call: what an earlier turn's approver said, or else the gateway's decision, with everything in it
 * that is still open settled. What is not clearly a yes is a no.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
export async function settle(call: CheckedCall, run: RunState): Promise<Settled> {
  return (await settleRecorded(call, run)) ?? (await settleEarlierApproval(call, run)) ?? settleScan(call, run);
}

/** What a person had said of it to an earlier process, though that had not scanned it: it knew the approval from an earlier turn. */
async function settleRecorded(call: CheckedCall, run: RunState): Promise<Verdict | undefined> {
  if (!run.journal || run.journal.decision(call)) return undefined;
  const settled = run.journal.approval(call);
  if (!settled) return undefined;
  call.draft.approvalId = settled.approvalId;
  return settleStatus(call, run, settled.approvalId, { answered: true, answer: settled.approval });
}

async function settleScan(call: CheckedCall, run: RunState): Promise<Settled> {
  const isResumed = run.journal?.decision(call) !== undefined;
  call.isResumed = isResumed;
  const verdict = await scanCall(call, run, call.turn.signal);
  // What an earlier process has told is not told again.
  if (!isResumed) emitDecision(call, run, verdict, true);
  return verdict.verdict === 'ask' ? settleApproval(call, run, isResumed) : verdict;
}

async function settleApproval(call: CheckedCall, run: RunState, isResumed: boolean): Promise<Settled> {
  const { approvalId } = call.draft;
  if (approvalId === undefined) {
    if (!isResumed) emitApprovalRequested(call, run);
    return block('approval_pending');
  }
  const recorded = run.journal?.approval(call);
  if (recorded) return settleStatus(call, run, recorded.approvalId, { answered: true, answer: recorded.approval });
  // Nobody can have decided what was asked a moment ago.
  const answer = isResumed ? await askApproval(call, run, approvalId) : undefined;
  if (answer && !isOpen(answer)) return settleStatus(call, run, approvalId, answer);
  // Also again: whoever was to ask a person may have died with the process that was told.
  emitApprovalRequested(call, run);
  switch (modeOf(call, run)) {
    case 'wait':
      return settleStatus(call, run, approvalId, await timedWait(call, run, approvalId));
    case 'park':
      return parked(call, approvalId);
    case 'message':
      return answer ? settleStatus(call, run, approvalId, answer) : leavePending(call, run, approvalId);
  }
}

function parked(call: CheckedCall, approvalId: string): Settled {
  const { approvalUrl } = call.draft;
  const { callId, name } = call.call;
  const { approvalExpiresAt: expiresAt } = call.decision as { readonly approvalExpiresAt?: Date };
  const approval = {
    approvalId,
    ...(approvalUrl === undefined ? {} : { approvalUrl }),
    callId,
    name,
    argumentsHash: canonicalHash(call.args),
    ...(expiresAt ? { expiresAt } : {}),
  };
  return { verdict: 'park', approval };
}

function leavePending(call: CheckedCall, run: RunState, approvalId: string): Verdict {
  const { approvalUrl } = call.draft;
  run.memory.pending(call.call, call.args, { approvalId, approvalUrl, turn: call.turn.number });
  return block('approval_pending');
}

/** The same call may have approvals pending from earlier turns: then their approvers are asked, not the gateway. */
async function settleEarlierApproval(call: CheckedCall, run: RunState): Promise<Settled | undefined> {
  const pending = run.memory.takePending(call.call, call.args, call.turn.number);
  const last = pending.at(-1);
  for (const approval of pending) {
    let answer = await askApproval(call, run, approval.approvalId, { isEarlier: approval.turn === 0 });
    // The last one is waited for, when none before it is decided.
    if (approval === last && isOpen(answer) && modeOf(call, run) === 'wait')
      answer = await timedWait(call, run, approval.approvalId);
    const isExpired = answer.answered && answer.answer.status === 'expired';
    if (isExpired) {
      // RunFacts anew, it has no fault.
      delete call.draft.error;
      continue;
    }
    if (isOpen(answer) && approval !== last) {
      run.memory.pending(call.call, call.args, { ...approval, turn: call.turn.number });
      continue;
    }
    for (const other of pending.slice(pending.indexOf(approval) + 1)) run.memory.pending(call.call, call.args, other);
    call.draft.approvalId = approval.approvalId;
    if (approval.approvalUrl !== undefined) call.draft.approvalUrl = approval.approvalUrl;
    if (isOpen(answer) && modeOf(call, run) === 'park') return parkEarlier(call, run, approval);
    return settleStatus(call, run, approval.approvalId, answer);
  }
  // None is left: ask anew, as for a call that was never seen.
  return undefined;
}

/** A later process finds the approval by the call that waits for it, as if it had been asked for now. */
async function parkEarlier(
  call: CheckedCall,
  run: RunState,
  { approvalId, approvalUrl }: PendingApproval,
): Promise<Settled> {
  const url = approvalUrl === undefined ? {} : { approvalUrl };
  call.decision = { decision: 'REQUIRE_APPROVAL', reasonCodes: [], approvalId, ...url };
  call.draft.decision = 'REQUIRE_APPROVAL';
  await run.journal?.decided(call, call.decision);
  return parked(call, approvalId);
}

async function timedWait(call: CheckedCall, run: RunState, approvalId: string): Promise<Answer<Approval>> {
  const started = performance.now();
  try {
    return await waitForApproval(call, run, approvalId);
  } finally {
    call.draft.approvalMs = performance.now() - started;
  }
}

async function settleStatus(
  call: CheckedCall,
  run: RunState,
  approvalId: string,
  answer: Answer<Approval>,
): Promise<Verdict> {
  if (!answer.answered) {
    call.draft.fault = answer.fault;
    call.draft.error = answer.error;
  }
  // Widened: a gateway written in JavaScript may answer anything.
  const status: unknown = answer.answered ? (answer.answer as { status?: unknown } | null)?.status : 'pending';
  if (answer.answered && isStatus(status) && answer.answer !== FORGOTTEN_APPROVAL)
    await recordSettled(call, run, approvalId, answer.answer);
  switch (status) {
    case 'approved':
      return (await claimApproval(call, run, approvalId)) ? runUnchanged(call) : block('approval_pending');
    case 'denied':
      return block('approval_denied');
    case 'expired':
      return block('approval_expired');
    case 'pending':
      return leavePending(call, run, approvalId);
    default:
      return malformedReply(call);
  }
}

function isStatus(status: unknown): boolean {
  return status === 'approved' || status === 'denied' || status === 'expired' || status === 'pending';
}

/** What a person has said is on the disk before anything is done about it. */
async function recordSettled(call: CheckedCall, run: RunState, approvalId: string, approval: Approval): Promise<void> {
  call.draft.approval = approval;
  const isKnown = run.journal?.approval(call) !== undefined;
  if (approval.status !== 'pending' && !isKnown) await run.journal?.approvalSettled(call, { approvalId, approval });
  if (!isKnown) emitApprovalSettled(call, run, approvalId, approval);
}

/** An approval clears one call, also over several processes. */
async function claimApproval(call: CheckedCall, run: RunState, approvalId: string): Promise<boolean> {
  if (!run.memory.useApproval(approvalId)) return false;
  return run.journal ? run.journal.useApproval(call, approvalId) : true;
}

function modeOf(call: CheckedCall, run: RunState): ApprovalMode {
  const { approval } = run.settings;
  return approval.run ?? call.tool?.approval ?? approval.runner;
}

/** The answer to an approval that the gateway does not know any more: nobody can give it. It is no person's, and not recorded as one. */
export const FORGOTTEN_APPROVAL: Approval = Object.freeze({ status: 'expired' });

/** @param isEarlier whether an earlier process was given the approval, so that the gateway may have forgotten it */
export async function askApproval(
  call: CheckedCall,
  run: RunState,
  approvalId: string,
  { maxMs, isEarlier = call.isResumed === true }: { readonly maxMs?: number; readonly isEarlier?: boolean } = {},
): Promise<Answer<Approval>> {
  const ask = async (signal: AbortSignal): Promise<Approval> =>
    run.settings.gateway.approvalStatus(approvalId, { signal }).catch((error: unknown) => {
      if (!isEarlier || (error as { status?: unknown } | null)?.status !== 404) throw error;
      call.draft.error = error;
      return FORGOTTEN_APPROVAL;
    });
  return askGateway(run, call.turn.signal, ask, maxMs === undefined ? {} : { maxMs });
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
      maxMs: Math.max(until - Date.now(), limits.approvalPollLastMs),
    });
    run.signal.throwIfAborted();
    if (!isOpen(answer) || wait >= left) return answer;
  }
}

/** Whether asking again may bring more: nobody has decided, or the gateway is away. */
export function isOpen(answer: Answer<Approval>): boolean {
  return answer.answered ? answer.answer.status === 'pending' : answer.fault !== 'malformed_reply';
}
