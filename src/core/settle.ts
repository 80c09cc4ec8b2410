import { askApproval, isOpen, waitForApproval } from './approval.ts';
import type { Approval } from './gateway.ts';
import { asAsked, block, judge, rejectAnswer } from './judge.ts';
import type { CheckedCall, RunState, Verdict } from './run-state.ts';
import type { Answer } from './scan.ts';
import { tellApprovalRequested, tellApprovalSettled, tellDecision } from './tell.ts';

/**
 * Gets a verdict for a call: what an earlier turn's approver said, or else the gateway's decision, with everything in it
 * that is still open settled. What is not clearly a yes is a no.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
export async function settle(call: CheckedCall, run: RunState): Promise<Verdict> {
  return (await settleEarlierApproval(call, run)) ?? settleScan(call, run);
}

async function settleScan(call: CheckedCall, run: RunState): Promise<Verdict> {
  const judged = await judge(call, run, call.turn.signal);
  tellDecision(call, run, judged, true);
  return judged.verdict === 'ask' ? settleApproval(call, run) : judged;
}

async function settleApproval(call: CheckedCall, run: RunState): Promise<Verdict> {
  tellApprovalRequested(call, run);
  const { approvalId } = call.draft;
  if (approvalId === undefined) return block('approval_pending');
  if (!waits(call, run)) return leavePending(call, run, approvalId);
  return settleStatus(call, run, approvalId, await timedWait(call, run, approvalId));
}

function leavePending(call: CheckedCall, run: RunState, approvalId: string): Verdict {
  const { approvalUrl } = call.draft;
  run.memory.pending(call.call, call.args, { approvalId, approvalUrl, turn: call.turn.number });
  return block('approval_pending');
}

/** The same call may have approvals pending from earlier turns: then their approvers are asked, not the gateway. */
async function settleEarlierApproval(call: CheckedCall, run: RunState): Promise<Verdict | undefined> {
  const pending = run.memory.takePending(call.call, call.args, call.turn.number);
  const last = pending.at(-1);
  for (const approval of pending) {
    let answer = await askApproval(call, run, approval.approvalId);
    // The last one is waited for, when none before it is decided.
    if (approval === last && isOpen(answer) && waits(call, run))
      answer = await timedWait(call, run, approval.approvalId);
    const isExpired = answer.answered && answer.answer.status === 'expired';
    if (isExpired) continue;
    if (isOpen(answer) && approval !== last) {
      run.memory.pending(call.call, call.args, { ...approval, turn: call.turn.number });
      continue;
    }
    for (const other of pending.slice(pending.indexOf(approval) + 1)) run.memory.pending(call.call, call.args, other);
    call.draft.approvalId = approval.approvalId;
    if (approval.approvalUrl !== undefined) call.draft.approvalUrl = approval.approvalUrl;
    return settleStatus(call, run, approval.approvalId, answer);
  }
  // None is left: ask anew, as for a call that was never seen.
  return undefined;
}

async function timedWait(call: CheckedCall, run: RunState, approvalId: string): Promise<Answer<Approval>> {
  const started = performance.now();
  try {
    return await waitForApproval(call, run, approvalId);
  } finally {
    call.draft.approvalMs = performance.now() - started;
  }
}

function settleStatus(call: CheckedCall, run: RunState, approvalId: string, answer: Answer<Approval>): Verdict {
  if (!answer.answered) {
    call.draft.fault = answer.fault;
    call.draft.error = answer.error;
  }
  // Widened: a gateway written in JavaScript may answer anything.
  const status: unknown = answer.answered ? (answer.answer as { status?: unknown } | null)?.status : 'pending';
  if (answer.answered && isStatus(status)) tellApprovalSettled(call, run, approvalId, answer.answer);
  switch (status) {
    case 'approved':
      return run.memory.useApproval(approvalId) ? asAsked(call) : block('approval_pending');
    case 'denied':
      return block('approval_denied');
    case 'expired':
      return block('approval_expired');
    case 'pending':
      return leavePending(call, run, approvalId);
    default:
      return rejectAnswer(call);
  }
}

function isStatus(status: unknown): boolean {
  return status === 'approved' || status === 'denied' || status === 'expired' || status === 'pending';
}

function waits(call: CheckedCall, run: RunState): boolean {
  const { approval } = run.settings;
  return (approval.run ?? call.tool?.approval ?? approval.runner) === 'wait';
}
