import { changedFields, freezeJson, isJsonObject } from '../internal/json.ts';
import { raceAbort } from '../internal/abort.ts';
import { askApproval, isOpen, waitForApproval } from './approval.ts';
import type { Approval, Decision, ScanRequest } from './gateway.ts';
import type { BlockedOutcome, CheckedCall, RunState, Verdict } from './run-state.ts';
import { askGateway, PASSING_FAULTS, type Answer } from './scan.ts';

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
  const started = performance.now();
  if (run.provenance) await raceAbort(run.provenance.recalled, call.turn.signal);
  const answer = await askGateway(run, call.turn, async (signal) =>
    run.settings.gateway.scan(withConversation(call.request, run), { signal }),
  );
  call.draft.scanMs = performance.now() - started;
  if (!answer.answered) return settleFault(call, run, answer);
  return settleDecision(call, run, answer.answer);
}

/** What is known the moment the gateway is asked. */
function withConversation(request: ScanRequest, { provenance }: RunState): ScanRequest {
  return provenance ? Object.freeze({ ...request, conversation: provenance.now() }) : request;
}

function settleFault(call: CheckedCall, run: RunState, answer: Answer<unknown> & { answered: false }): Verdict {
  call.draft.fault = answer.fault;
  call.draft.error = answer.error;
  if (answer.fault === 'malformed_reply') return block('scan_rejected');
  if (answer.fault === 'too_large') return block('too_large');
  const mode = call.tool?.onGatewayError ?? run.settings.onGatewayError;
  // A call that the API's server runs has no failure mode: only a decision approves it.
  const opens = mode === 'allow' && PASSING_FAULTS.has(answer.fault) && call.tool !== undefined;
  return opens ? asAsked(call) : block('scan_unavailable');
}

async function settleDecision(call: CheckedCall, run: RunState, decision: Decision): Promise<Verdict> {
  if (!isJsonObject(decision)) return rejectAnswer(call);
  // Read once, and widened: a gateway written in JavaScript may answer anything.
  const word: string = decision.decision;
  noteDecision(call, decision);
  switch (word) {
    case 'ALLOW':
      return asAsked(call);
    case 'SANITIZE':
      return settleSanitized(call, (decision as { sanitizedBody?: unknown }).sanitizedBody);
    case 'DENY':
      return block('denied');
    case 'REQUIRE_APPROVAL':
      return settleApproval(call, run);
    default:
      delete call.draft.decision;
      return rejectAnswer(call);
  }
}

function rejectAnswer(call: CheckedCall): Verdict {
  call.draft.fault = 'malformed_reply';
  return block('scan_rejected');
}

function noteDecision(call: CheckedCall, decision: Decision): void {
  const { draft } = call;
  call.decision = decision;
  draft.decision = decision.decision;
  if (Array.isArray(decision.reasonCodes)) draft.reasonCodes = decision.reasonCodes;
  if (decision.traceId !== undefined) draft.traceId = decision.traceId;
  if (decision.decision !== 'REQUIRE_APPROVAL') return;
  const { approvalId, approvalUrl } = decision;
  if (typeof approvalId === 'string' && approvalId !== '') draft.approvalId = approvalId;
  if (typeof approvalUrl === 'string' && approvalUrl !== '') draft.approvalUrl = approvalUrl;
}

/** The redacted body goes through the schema again: it is another input than the one that was checked. */
async function settleSanitized(call: CheckedCall, body: unknown): Promise<Verdict> {
  if (body === undefined) return rejectAnswer(call);
  // A call that the API's server runs cannot be given other arguments.
  if (!call.tool || !isJsonObject(body)) return block('sanitized_invalid');
  try {
    const sanitized = freezeJson(structuredClone(body));
    const checked = await raceAbort(call.tool.check(sanitized), call.turn.signal);
    if (checked.fits) {
      return {
        verdict: 'run',
        outcome: 'sanitized',
        input: checked.input,
        fields: changedFields(call.args, sanitized),
      };
    }
    call.draft.error = checked.error;
  } catch (error) {
    call.turn.signal.throwIfAborted();
    call.draft.error = error;
  }
  return block('sanitized_invalid');
}

async function settleApproval(call: CheckedCall, run: RunState): Promise<Verdict> {
  tellApprovers(call, run);
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

function waits(call: CheckedCall, run: RunState): boolean {
  const { approval } = run.settings;
  return (approval.run ?? call.tool?.approval ?? approval.runner) === 'wait';
}

/** Tells whoever should know; what a listener throws changes nothing. */
function tellApprovers(call: CheckedCall, run: RunState): void {
  const listener = run.settings.onApprovalRequested;
  if (!listener) return;
  const { approvalId, approvalUrl, reasonCodes } = call.draft;
  const { name, callId } = call.call;
  const { threadId } = run;
  const { runId } = call.turn;
  new Promise((resolve) => {
    resolve(listener({ approvalId, approvalUrl, name, arguments: call.args, reasonCodes, callId, runId, threadId }));
  }).catch(() => undefined);
}

function asAsked(call: CheckedCall): Verdict {
  return { verdict: 'run', outcome: 'allowed', input: call.input, fields: [] };
}

function block(outcome: BlockedOutcome): Verdict {
  return { verdict: 'block', outcome };
}
