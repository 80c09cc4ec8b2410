import { RunFailure } from '../errors.ts';
import { faultOf, type GatewayFault, TRANSIENT_FAULTS } from '../gateway/gateway-error.ts';
import { raceAbort, withTimeLimit } from '../../internal/abort.ts';
import type { Limiter, RunState, BlockedOutcome, CheckedCall, Verdict } from './run-context.ts';
import { changedFields, freezeJson, isJsonObject } from '../../internal/json.ts';
import type { Decision, ScanRequest } from '../gateway/gateway.ts';
import { traced } from '../trace.ts';

export type Answer<T> =
  | { readonly answered: true; readonly answer: T }
  | { readonly answered: false; readonly fault: GatewayFault; readonly error: unknown };

/**
 * Sends a request to the gateway within `scanTimeoutMs` and the limit of concurrent scans. A configuration fault ends
 * the run.
 *
 * @param until aborts when the answer is no longer needed
 * @throws the reason of the run's signal, when the run has ended
 */
export async function askGateway<T>(
  run: RunState,
  until: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
  { maxMs = Infinity, scans = run.settings.scans }: { readonly maxMs?: number; readonly scans?: Limiter } = {},
): Promise<Answer<T>> {
  try {
    const request = scans(async () => {
      until.throwIfAborted();
      // A gateway may throw before it returns a promise.
      return withTimeLimit(Math.min(run.settings.scanTimeoutMs, maxMs), until, async (signal) => ask(signal));
    });
    return { answered: true, answer: await raceAbort(request, until) };
  } catch (error) {
    if (until.aborted) run.signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') {
      const reason = new RunFailure('gateway_configuration', messageOf(error), { cause: error });
      // A settled run can no longer report it, so the next run does.
      if (run.isSettled) run.settings.misconfigured.reason = reason;
      run.end(reason);
    }
    return { answered: false, fault, error };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The gateway rejected the request.';
}

/** The gateway's limit for a request's body (HTTP 413 above it). */
const MAX_BODY_BYTES = 256 * 1024;

/** Result of a scan: a verdict, or `ask` when an approver has to decide. */
export type ScanVerdict = Verdict | { readonly verdict: 'ask' };

/**
 * Scans a call and records the gateway's decision. Fails closed: anything but a clear permission blocks the call.
 *
 * @param signal aborts when the answer is no longer needed
 * @param scans limiter of concurrent scans; default: the runner's
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
    // The span ends when the runner stops waiting for the scan.
    traced(run.trace, 'scan', call, async () => raceAbort(scan(own), own));
  const answer = await askGateway(run, signal, ask, scans ? { scans } : {});
  call.draft.scanMs = performance.now() - started;
  if (!answer.answered) return faultVerdict(call, run, answer);
  return decisionVerdict(call, run, answer.answer, signal);
}

function exceedsBody({ call, args }: CheckedCall): boolean {
  // JSON.stringify grows a string to at most six times its length in bytes.
  return call.arguments.length * 6 > MAX_BODY_BYTES && Buffer.byteLength(JSON.stringify(args)) > MAX_BODY_BYTES;
}

/** Adds the conversation as known at the time of the request. */
function withConversation(request: ScanRequest, { provenance }: RunState): ScanRequest {
  return provenance ? Object.freeze({ ...request, conversation: provenance.now() }) : request;
}

function faultVerdict(call: CheckedCall, run: RunState, answer: Answer<unknown> & { answered: false }): ScanVerdict {
  call.draft.fault = answer.fault;
  call.draft.error = answer.error;
  if (answer.fault === 'malformed_reply') return block('scan_rejected');
  if (answer.fault === 'too_large') return block('too_large');
  const mode = call.tool?.onGatewayError ?? run.settings.onGatewayError;
  // Calls that the API's server runs have no failure mode: only a decision approves them.
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
  // Read once, and widened: a gateway written in JavaScript may return anything.
  const word: string = decision.decision;
  recordDecision(call, decision);
  // Recorded on disk before it takes effect, so that a later process uses the same decision. A scan in monitor mode may
  // outlive its run, whose journal is then closed.
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

/** Blocks a call after a malformed response of the gateway. */
export function malformedReply(call: CheckedCall): Verdict {
  call.draft.fault = 'malformed_reply';
  return block('scan_rejected');
}

/** Copies the gateway's decision to the call's record. */
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

/** Validates the redacted body: it differs from the arguments that were checked. */
async function sanitizedVerdict(call: CheckedCall, body: unknown, signal: AbortSignal): Promise<Verdict> {
  if (body === undefined) return malformedReply(call);
  // The arguments of a call that the API's server runs cannot be changed.
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

/** Verdict to run the call with the model's arguments. */
export function runUnchanged(call: CheckedCall): Verdict {
  return { verdict: 'run', outcome: 'allowed', input: call.input, fields: [] };
}

export function block(outcome: BlockedOutcome): Verdict {
  return { verdict: 'block', outcome };
}
