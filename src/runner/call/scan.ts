import { RunFailure } from '../errors.ts';
import { faultOf, type GatewayFault, TRANSIENT_FAULTS } from '../gateway/gateway-error.ts';
import { raceAbort, withTimeLimit } from '../../internal/abort.ts';
import type { Limiter, RunState, BlockedOutcome, CheckedCall, Verdict } from '../run/run-state.ts';
import { changedFields, freezeJson, isJsonObject } from '../../internal/json.ts';
import type { Decision, ScanRequest } from '../gateway/gateway.ts';
import { traced } from '../run/trace.ts';

export type Answer<T> =
  | { readonly answered: true; readonly answer: T }
  | { readonly answered: false; readonly fault: GatewayFault; readonly error: unknown };

/**
 * Asks the gateway within the scan's time limit and the runner's number of concurrent scans. A configuration fault ends the run.
 *
 * @param until when it aborts, the answer is of no use any more
 * @throws the reason of the run's signal, when the run has ended
 */
export async function askGateway<T>(
  run: RunState,
  until: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
  { maxMs = Infinity, scans = run.settings.scans }: { readonly maxMs?: number; readonly scans?: Limiter } = {},
): Promise<Answer<T>> {
  try {
    const asked = scans(async () => {
      until.throwIfAborted();
      // A gateway may throw before it returns a promise.
      return withTimeLimit(Math.min(run.settings.scanTimeoutMs, maxMs), until, async (signal) => ask(signal));
    });
    return { answered: true, answer: await raceAbort(asked, until) };
  } catch (error) {
    if (until.aborted) run.signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') {
      const reason = new RunFailure('gateway_configuration', messageOf(error), { cause: error });
      // A run that is over cannot say so any more: the next one does.
      if (run.isSettled) run.settings.misconfigured.reason = reason;
      run.end(reason);
    }
    return { answered: false, fault, error };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The gateway refused the request.';
}

/** The gateway's limit for a request's body (HTTP 413 above it). */
const MAX_BODY_BYTES = 256 * 1024;

/** What a scan says of a call: a verdict, or that a person has to be asked. */
export type ScanVerdict = Verdict | { readonly verdict: 'ask' };

/**
 * Scans a call. What is not clearly a yes is a no. What the gateway said is noted in the call's record.
 *
 * @param signal until when the answer is of use
 * @param scans within how many scans at a time; default: the runner's
 * @throws the reason of the run's signal, when the run has ended
 */
export async function scanCall(
  call: CheckedCall,
  run: RunState,
  signal: AbortSignal,
  scans?: Limiter,
): Promise<ScanVerdict> {
  if (exceedsBody(call)) return block('too_large');
  const recorded = run.journal?.decision(call);
  if (recorded) return decisionVerdict(call, run, recorded, signal);
  const started = performance.now();
  if (run.provenance) await raceAbort(run.provenance.recalled, signal);
  const scan = async (own: AbortSignal): Promise<Decision> =>
    run.settings.gateway.scan(withConversation(call.request, run), { signal: own });
  const ask = async (own: AbortSignal): Promise<Decision> =>
    // What is traced ends when nobody waits for it any more.
    traced(run.trace, 'scan', call, async () => raceAbort(scan(own), own));
  const answer = await askGateway(run, signal, ask, scans ? { scans } : {});
  call.draft.scanMs = performance.now() - started;
  if (!answer.answered) return faultVerdict(call, run, answer);
  return decisionVerdict(call, run, answer.answer, signal);
}

function exceedsBody({ call, args }: CheckedCall): boolean {
  // JSON.stringify writes no text more than six times as long in bytes as it came.
  return call.arguments.length * 6 > MAX_BODY_BYTES && Buffer.byteLength(JSON.stringify(args)) > MAX_BODY_BYTES;
}

/** What is known the moment the gateway is asked. */
function withConversation(request: ScanRequest, { provenance }: RunState): ScanRequest {
  return provenance ? Object.freeze({ ...request, conversation: provenance.now() }) : request;
}

function faultVerdict(call: CheckedCall, run: RunState, answer: Answer<unknown> & { answered: false }): ScanVerdict {
  call.draft.fault = answer.fault;
  call.draft.error = answer.error;
  if (answer.fault === 'malformed_reply') return block('scan_rejected');
  if (answer.fault === 'too_large') return block('too_large');
  const mode = call.tool?.onGatewayError ?? run.settings.onGatewayError;
  // A call that the API's server runs has no failure mode: only a decision approves it.
  const opens = mode === 'allow' && TRANSIENT_FAULTS.has(answer.fault) && call.tool !== undefined;
  return opens ? runUnchanged(call) : block('scan_unavailable');
}

async function decisionVerdict(
  call: CheckedCall,
  run: RunState,
  decision: Decision,
  signal: AbortSignal,
): Promise<ScanVerdict> {
  if (!isJsonObject(decision)) return malformedReply(call);
  // Read once, and widened: a gateway written in JavaScript may answer anything.
  const word: string = decision.decision;
  recordDecision(call, decision);
  // On the disk before anything is done about it: a later process must not get another answer. Of a run that is over, which monitor
  // mode still watches, nothing is done any more, and its journal is closed.
  if (DECISIONS.has(word) && !run.isSettled) await run.journal?.decided(call, decision);
  switch (word) {
    case 'ALLOW':
      return runUnchanged(call);
    case 'SANITIZE':
      return sanitizedVerdict(call, (decision as { sanitizedBody?: unknown }).sanitizedBody, signal);
    case 'DENY':
      return block('denied');
    case 'REQUIRE_APPROVAL':
      return { verdict: 'ask' };
    default:
      delete call.draft.decision;
      return malformedReply(call);
  }
}

const DECISIONS: ReadonlySet<string> = new Set(['ALLOW', 'SANITIZE', 'DENY', 'REQUIRE_APPROVAL']);

/** An answer that is none. */
export function malformedReply(call: CheckedCall): Verdict {
  call.draft.fault = 'malformed_reply';
  return block('scan_rejected');
}

/** Writes down what the gateway said. */
export function recordDecision(call: CheckedCall, decision: Decision): void {
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
async function sanitizedVerdict(call: CheckedCall, body: unknown, signal: AbortSignal): Promise<Verdict> {
  if (body === undefined) return malformedReply(call);
  // A call that the API's server runs cannot be given other arguments.
  if (!call.tool || !isJsonObject(body)) return block('sanitized_invalid');
  try {
    const sanitized = freezeJson(structuredClone(body));
    const checked = await raceAbort(call.tool.check(sanitized), signal);
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
    signal.throwIfAborted();
    call.draft.error = error;
  }
  return block('sanitized_invalid');
}

/** The call runs with the model's own arguments. */
export function runUnchanged(call: CheckedCall): Verdict {
  return { verdict: 'run', outcome: 'allowed', input: call.input, fields: [] };
}

export function block(outcome: BlockedOutcome): Verdict {
  return { verdict: 'block', outcome };
}
