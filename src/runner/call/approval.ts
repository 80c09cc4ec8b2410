import { sleep } from '../../internal/abort.ts';
import { canonicalHash } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { Approval } from '../gateway/gateway.ts';
import { readApproval } from '../gateway/read-reply.ts';
import { limits } from '../limits.ts';
import { approvalRequestedEvent } from './call-events.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { ApprovalMode } from './registered-tool.ts';
import type { ParkedApproval } from './open-call.ts';
import type { Answer, Verdict } from './run-context.ts';
import { askGateway, block, changedVerdict, runUnchanged } from './scan.ts';

/** Verdict, or `park` for a call that waits for its approver. */
export type Settled = Verdict | { readonly verdict: 'park'; readonly approval: ParkedApproval };

/** @param isResumed true if an earlier process obtained the decision, and so may have requested the approval */
export async function settleApproval(call: GuardedCall, isResumed: boolean): Promise<Settled> {
  const { approvalId } = call.record;
  if (approvalId === undefined) {
    if (!isResumed) call.emit(() => approvalRequestedEvent(call));
    return block('approval_pending');
  }
  const settled = call.past?.settled;
  if (settled) return settleStatus(call, settled.approvalId, { answered: true, answer: settled.approval });
  // A new approval cannot be decided yet.
  const answer = isResumed ? await askApproval(call, approvalId, true) : undefined;
  if (answer && !isOpen(answer)) return settleStatus(call, approvalId, answer);
  // Emitted again after a resume: the previous process may have died before it notified the approver.
  call.emit(() => approvalRequestedEvent(call));
  switch (modeOf(call)) {
    case 'wait':
      return settleStatus(call, approvalId, await waitForApproval(call, approvalId, isResumed));
    case 'park':
      return parked(call, approvalId);
    case 'message':
      return answer ? settleStatus(call, approvalId, answer) : leavePending(call, approvalId);
  }
}

function parked(call: GuardedCall, approvalId: string): Settled {
  const { approvalUrl } = call.record;
  const { callId, name } = call.call;
  const { approvalExpiresAt: expiresAt } = Object(call.decision) as { readonly approvalExpiresAt?: Date };
  const argumentsHash = canonicalHash(call.parsed.scanned);
  return {
    verdict: 'park',
    approval: omitUndefined({ approvalId, approvalUrl, callId, name, argumentsHash, expiresAt }),
  };
}

function leavePending(call: GuardedCall, approvalId: string): Verdict {
  const { approvalUrl } = call.record;
  call.run.memory.pending(call.callHash, { approvalId, approvalUrl, turn: call.turn.number });
  return block('approval_pending');
}

/** Settles an approval of the same call that an earlier turn or process requested, instead of scanning it again. */
export async function settleEarlierApproval(call: GuardedCall): Promise<Settled | undefined> {
  const { settled } = call.past ?? {};
  if (!settled) return settlePending(call);
  // A previous process received the approval without a scan, because an earlier turn had requested it.
  call.note({ approvalId: settled.approvalId });
  return settleStatus(call, settled.approvalId, { answered: true, answer: settled.approval });
}

/** Settles the approvals of the same call that are pending from earlier turns. */
async function settlePending(call: GuardedCall): Promise<Settled | undefined> {
  const { memory } = call.run;
  const pending = memory.takePending(call.callHash, call.turn.number);
  const last = pending.at(-1);
  for (const [index, approval] of pending.entries()) {
    const { approvalId, approvalUrl } = approval;
    const isEarlier = approval.turn === 0;
    let answer = await askApproval(call, approvalId, isEarlier);
    // Wait only for the last approval, if none before it is decided.
    if (approval === last && isOpen(answer) && modeOf(call) === 'wait')
      answer = await waitForApproval(call, approvalId, isEarlier);
    // The call may have another approval. If none is left, it gets a new scan.
    if (answer.answered && answer.answer.status === 'expired') continue;
    if (isOpen(answer) && approval !== last) {
      memory.pending(call.callHash, { ...approval, turn: call.turn.number });
      continue;
    }
    for (const other of pending.slice(index + 1)) memory.pending(call.callHash, other);
    call.note({ approvalId, approvalUrl });
    if (!isOpen(answer) || modeOf(call) !== 'park') return settleStatus(call, approvalId, answer);
    // The journal links the call and the approval, so that a later process finds it.
    await call.waitsFor({ approvalId, approvalUrl });
    return parked(call, approvalId);
  }
  return undefined;
}

async function settleStatus(call: GuardedCall, approvalId: string, answer: Answer<Approval>): Promise<Verdict> {
  if (!answer.answered) {
    call.note({ fault: answer.fault, error: answer.error });
    return answer.fault === 'malformed_reply' ? block('scan_rejected') : leavePending(call, approvalId);
  }
  call.note({ error: answer.error });
  const isForgotten = answer.answer === FORGOTTEN_APPROVAL;
  switch (answer.answer.status) {
    case 'approved':
      await call.approvalSettled(approvalId, answer.answer);
      return (await call.useApproval(approvalId)) ? approvedVerdict(call, answer.answer) : block('approval_pending');
    case 'denied':
      await call.approvalSettled(approvalId, answer.answer);
      return block('approval_denied');
    case 'expired':
      if (!isForgotten) await call.approvalSettled(approvalId, answer.answer);
      return block('approval_expired');
    case 'pending':
      await call.approvalSettled(approvalId, answer.answer);
      return leavePending(call, approvalId);
  }
}

/** The call runs as it was scanned, or as the approver edited it: the gateway has judged both. */
async function approvedVerdict(call: GuardedCall, { editedArguments }: Approval): Promise<Verdict> {
  if (!editedArguments) return runUnchanged(call);
  const { verdict, error } = await changedVerdict(call, editedArguments, 'edited', call.turn.signal);
  call.note({ error });
  return verdict;
}

function modeOf({ run, tool }: GuardedCall): ApprovalMode {
  const { approval } = run.settings;
  return approval.run ?? tool?.approval ?? approval.runner;
}

/** Stands for an approval that the gateway has deleted. Not recorded, because no approver gave it. */
const FORGOTTEN_APPROVAL: Approval = Object.freeze({ status: 'expired' });

/** @param isEarlier true if a previous process requested the approval, which the gateway may have deleted since */
async function askApproval(
  { run, turn }: GuardedCall,
  approvalId: string,
  isEarlier: boolean,
  maxMs = Infinity,
): Promise<Answer<Approval>> {
  let forgotten: unknown;
  const ask = async (options: { readonly signal: AbortSignal }): Promise<Approval> => {
    try {
      return readApproval(await run.settings.gateway.approvalStatus(approvalId, options));
    } catch (error) {
      // Otherwise a 404 is a configuration fault, which ends the run.
      if (!isEarlier || (error as { status?: unknown } | null)?.status !== 404) throw error;
      forgotten = error;
      return FORGOTTEN_APPROVAL;
    }
  };
  const { places } = run.shared.approvalPolls;
  const answer = await askGateway(run, turn.signal, ask, { maxMs, places });
  return forgotten === undefined ? answer : { ...answer, error: forgotten };
}

/**
 * Polls until the approver has decided, `approvalTimeoutMs` has passed, or the run is about to expire. Retries while
 * the gateway is unreachable, but not after a malformed response.
 *
 * @returns the last answer, which may be `pending` or a fault
 * @throws the reason of the run's signal, when the run has ended
 */
async function waitForApproval(call: GuardedCall, approvalId: string, isEarlier: boolean): Promise<Answer<Approval>> {
  const { run, turn, tool } = call;
  const { approvalPolls } = run.shared;
  const started = performance.now();
  const limitMs = tool?.approvalTimeoutMs ?? run.settings.approvalTimeoutMs;
  const until = Math.min(Date.now() + limitMs, turn.deadline);
  const poll = async (): Promise<Answer<Approval>> => {
    for (let attempt = 1; ; attempt += 1) {
      const wait = approvalPolls.pauseMs(attempt);
      const left = Math.max(until - Date.now(), 0);
      await sleep(Math.min(wait, left), run.signal);
      const maxMs = Math.max(until - Date.now(), limits.approvalPollLastMs);
      const answer = await askApproval(call, approvalId, isEarlier, maxMs);
      run.signal.throwIfAborted();
      if (!isOpen(answer) || wait >= left) return answer;
    }
  };
  return approvalPolls.whileWaiting(poll).finally(() => {
    call.note({ approvalMs: performance.now() - started });
  });
}

/** Returns true if polling again can help: the approval is pending or the gateway is unreachable. */
function isOpen(answer: Answer<Approval>): boolean {
  return answer.answered ? answer.answer.status === 'pending' : answer.fault !== 'malformed_reply';
}
