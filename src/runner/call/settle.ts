import { canonicalHash } from '../../internal/json.ts';
import type { Approval } from '../gateway/gateway.ts';
import type { ApprovalMode } from './registered-tool.ts';
import type { PendingApproval } from './memory.ts';
import { runUnchanged, block, scanCall, malformedReply, type Answer, askGateway } from './scan.ts';
import type { CheckedCall, ParkedApproval, RunState, Verdict } from './run-context.ts';
import { emitApprovalRequested, emitApprovalSettled, emitDecision } from '../run/emit.ts';
import { sleep } from '../../internal/abort.ts';
import { backoffMs } from '../../internal/backoff.ts';
import { limits } from '../limits.ts';

/** Verdict, or `park` for a call that waits for its approver. */
export type Settled = Verdict | { readonly verdict: 'park'; readonly approval: ParkedApproval };

/**
 * Gets a verdict for a call: from an approval requested in an earlier turn, or else from the gateway's decision and the
 * approval it requires. Fails closed: anything but a clear permission blocks the call.
 *
 * @throws the reason of the run's signal, when the run has ended
 */
export async function settle(call: CheckedCall, run: RunState): Promise<Settled> {
  return (await settleRecorded(call, run)) ?? (await settleEarlierApproval(call, run)) ?? settleScan(call, run);
}

/** Replays an approval that a previous process received without a scan, because it was requested in an earlier turn. */
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
  // The previous process already emitted the decision.
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
  // A new approval cannot be decided yet.
  const answer = isResumed ? await askApproval(call, run, approvalId) : undefined;
  if (answer && !isOpen(answer)) return settleStatus(call, run, approvalId, answer);
  // Emitted again after a resume: the previous process may have died before it notified the approver.
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

/** Settles approvals of the same call that are pending from earlier turns, instead of scanning it again. */
async function settleEarlierApproval(call: CheckedCall, run: RunState): Promise<Settled | undefined> {
  const pending = run.memory.takePending(call.call, call.args, call.turn.number);
  const last = pending.at(-1);
  for (const approval of pending) {
    let answer = await askApproval(call, run, approval.approvalId, { isEarlier: approval.turn === 0 });
    // Wait only for the last approval, if none before it is decided.
    if (approval === last && isOpen(answer) && modeOf(call, run) === 'wait')
      answer = await timedWait(call, run, approval.approvalId);
    const isExpired = answer.answered && answer.answer.status === 'expired';
    if (isExpired) {
      // The call gets a new scan, without this error.
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
  // No approval is left, so scan the call as a new one.
  return undefined;
}

/** Parks a call on an earlier approval. The journal links them, so that a later process finds the approval. */
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
  // Widened: a gateway written in JavaScript may return anything.
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

/** Records the approver's decision on disk before it takes effect. */
async function recordSettled(call: CheckedCall, run: RunState, approvalId: string, approval: Approval): Promise<void> {
  call.draft.approval = approval;
  const isKnown = run.journal?.approval(call) !== undefined;
  if (approval.status !== 'pending' && !isKnown) await run.journal?.approvalSettled(call, { approvalId, approval });
  if (!isKnown) emitApprovalSettled(call, run, approvalId, approval);
}

/** Claims an approval: it permits one call only, even across processes. */
async function claimApproval(call: CheckedCall, run: RunState, approvalId: string): Promise<boolean> {
  if (!run.memory.useApproval(approvalId)) return false;
  return run.journal ? run.journal.useApproval(call, approvalId) : true;
}

function modeOf(call: CheckedCall, run: RunState): ApprovalMode {
  const { approval } = run.settings;
  return approval.run ?? call.tool?.approval ?? approval.runner;
}

/** Stands for an approval that the gateway has deleted. Not recorded, because no approver gave it. */
export const FORGOTTEN_APPROVAL: Approval = Object.freeze({ status: 'expired' });

/** @param isEarlier true if a previous process requested the approval, which the gateway may have deleted since */
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
 * Polls until the approver has decided, `approvalTimeoutMs` has passed, or the run is about to expire. Retries while
 * the gateway is unreachable, but not after a malformed response.
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

/** Returns true if polling again can help: the approval is pending or the gateway is unreachable. */
export function isOpen(answer: Answer<Approval>): boolean {
  return answer.answered ? answer.answer.status === 'pending' : answer.fault !== 'malformed_reply';
}
