import { raceAbort, TimeLimitError, withTimeLimit } from '../../internal/abort.ts';
import { setImmediate } from 'node:timers/promises';
import { changedFields, editedFields, freezeJson, isJsonObject, type JsonObject } from '../../internal/json.ts';
import { RunFailure } from '../errors.ts';
import { faultOf, OUTAGES } from '../gateway/gateway-error.ts';
import { readDecision } from '../gateway/read-reply.ts';
import type { Decision, ScanRequest } from '../gateway/gateway.ts';
import { traced } from '../trace.ts';
import { scannableTarget } from './describe.ts';
import { needsApproval as isApprovalNeeded, unapproved } from './needs-approval.ts';
import type { GuardedCall, Scan } from './guarded-call.ts';
import { checkInput } from './tool-input.ts';
import type { Limiter } from './limiter.ts';
import type { Answer, BlockedOutcome, RunContext, Verdict } from './run-context.ts';

/** The gateway's limit for a request's body (HTTP 413 above it). */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * Scans a call, or finds its decision in the journal. Fails closed: anything but a clear permission blocks the call.
 *
 * @param signal aborts when the answer is no longer needed
 * @param places limiter of concurrent scans; default: the runner's
 * @throws the reason of the run's signal, when the run has ended
 */
export async function scan(call: GuardedCall, signal: AbortSignal, places?: Limiter): Promise<Scan> {
  const { run, past } = call;
  if (exceedsBody(call)) return { verdict: block('too_large') };
  if (past?.decision) return { ...(await verdictOf(call, past.decision, signal)), decision: past.decision };
  let needsApproval: boolean;
  try {
    needsApproval = await isApprovalNeeded(call, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { verdict: block('scan_rejected'), error };
  }
  const started = performance.now();
  if (run.provenance) await raceAbort(run.provenance.recalled, signal);
  const ask = async (own: AbortSignal): Promise<Decision> =>
    readDecision(await run.settings.gateway.scan(requestOf(call, needsApproval), { signal: own }));
  // The span ends when the runner stops waiting for the scan.
  const within: Within = (work) => traced(run.trace, 'scan', call, work);
  const answer = await askGateway(run, signal, ask, { within, ...(places ? { places } : {}) });
  const scanMs = performance.now() - started;
  if (!answer.answered) return { ...answer, scanMs, verdict: faultVerdict(call, answer, needsApproval) };
  const error = needsApproval ? unapproved(answer.answer, call.call.name) : undefined;
  if (error) return { ...MALFORMED, error, scanMs };
  return { ...(await verdictOf(call, answer.answer, signal)), scanMs };
}

/** The arguments count, too: a schema may have dropped most of them. */
function exceedsBody({ call, parsed: { args, input } }: GuardedCall): boolean {
  // JSON.stringify grows a string to at most six times its length in bytes.
  if (call.arguments.length * 6 > MAX_BODY_BYTES && exceeds(args)) return true;
  return input.scanned !== args && exceeds(input.scanned);
}

function exceeds(body: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(body)) > MAX_BODY_BYTES;
}

/** Adds the conversation as known at the time of the request. */
function requestOf(call: GuardedCall, needsApproval: boolean): ScanRequest {
  const { provenance, settings } = call.run;
  // The API's server runs its own arguments, and in monitor mode the call runs at once.
  const takesEdits = settings.gateway.holdsApprovals && call.tool && !call.isMonitored;
  return Object.freeze({
    ...call.parsed.request,
    ...(takesEdits ? { takesEdits } : {}),
    ...(needsApproval ? { needsApproval } : {}),
    ...(provenance ? { conversation: provenance.now() } : {}),
  });
}

/** Calls `work`, with its span active if the run is traced. */
type Within = <T>(work: () => Promise<T>) => Promise<T>;

interface AskOptions {
  readonly maxMs?: number;
  /** Limiter of concurrent requests. Default: the runner's for scans. */
  readonly places?: Limiter;
  readonly within?: Within;
}

/**
 * Sends a request to the gateway within `scanTimeoutMs` and the limit of concurrent scans. A configuration fault ends
 * the run.
 *
 * @param until aborts when the answer is no longer needed
 * @throws the reason of the run's signal, when the run has ended
 */
export async function askGateway<T>(
  run: RunContext,
  until: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
  { maxMs = Infinity, places = run.settings.scans, within = (work) => work() }: AskOptions = {},
): Promise<Answer<T>> {
  try {
    const limitMs = Math.min(run.settings.scanTimeoutMs, maxMs);
    const request = places(async () => {
      until.throwIfAborted();
      return within(async () => askInTime(limitMs, until, ask));
    });
    return { answered: true, answer: await raceAbort(request, until) };
  } catch (error) {
    if (until.aborted) run.signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') {
      const message = error instanceof Error ? error.message : 'The gateway rejected the request.';
      const reason = new RunFailure('gateway_configuration', message, { cause: error });
      // A settled run can no longer report it, so the next run does.
      if (run.isSettled) run.settings.misconfigured.reason = reason;
      run.end(reason);
    }
    return { answered: false, fault, error };
  }
}

/** A gateway that waits for its rate limit says so as soon as its signal aborts: that is not an outage. */
async function askInTime<T>(limitMs: number, until: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  let asked: Promise<T> | undefined;
  try {
    return await withTimeLimit(limitMs, until, async (signal) => (asked = ask(signal)));
  } catch (thrown) {
    if (!(thrown instanceof TimeLimitError)) throw thrown;
    const own = asked?.catch((error: unknown) => error);
    const reason = await Promise.race([own, setImmediate(thrown)]);
    throw faultOf(reason) === 'rate_limited' ? reason : thrown;
  }
}

function faultVerdict(
  call: GuardedCall,
  { fault }: Answer<unknown> & { answered: false },
  needsApproval: boolean,
): Verdict {
  const { tool, run } = call;
  if (fault === 'malformed_reply') return block('scan_rejected');
  if (fault === 'too_large') return block('too_large');
  // Only an approval clears a call that needs one. Calls that the API's server runs have no failure mode either.
  const mode = tool && !needsApproval ? (tool.onGatewayError ?? run.settings.onGatewayError) : 'block';
  return mode === 'allow' && OUTAGES.has(fault) ? runUnchanged(call) : block('scan_unavailable');
}

/** The result of a malformed response of the gateway. */
export const MALFORMED: Scan = Object.freeze({ verdict: block('scan_rejected'), fault: 'malformed_reply' });

async function verdictOf(call: GuardedCall, decision: Decision, signal: AbortSignal): Promise<Scan> {
  switch (decision.decision) {
    case 'ALLOW':
      return { decision, verdict: runUnchanged(call) };
    case 'SANITIZE': {
      const { sanitizedBody, editedFields: edited } = decision;
      if (sanitizedBody === undefined) return { ...MALFORMED, decision };
      return { decision, ...(await changedVerdict(call, sanitizedBody, edited ? 'edited' : 'sanitized', signal)) };
    }
    case 'DENY':
      return { decision, verdict: block('denied') };
    case 'REQUIRE_APPROVAL':
      return { decision, verdict: { verdict: 'ask' } };
  }
}

/**
 * Checks arguments that the gateway redacted or an approver edited: they differ from those that were checked.
 *
 * @throws the signal's reason when it aborts
 */
export async function changedVerdict(
  call: GuardedCall,
  body: unknown,
  how: 'sanitized' | 'edited',
  signal: AbortSignal,
): Promise<{ readonly verdict: Verdict; readonly error?: unknown }> {
  const verdict = block(`${how}_invalid`);
  // The arguments of a call that the API's server runs cannot be changed.
  if (!call.tool || !isJsonObject(body)) return { verdict };
  const { scanned } = call.parsed.input;
  try {
    const changed = freezeJson(structuredClone(body));
    if (how === 'edited') checkEdit(call, changed);
    const checked = await checkInput(call.tool, changed, signal);
    if (!checked.fits) return { verdict, error: checked.error };
    if (checked.scanned !== changed) return { verdict, error: changedAgain(call, how) };
    const fields = how === 'edited' ? editedFields(scanned, changed) : changedFields(scanned, changed);
    if (how === 'edited' && fields.length === 0) return { verdict: runUnchanged(call) };
    return { verdict: { verdict: 'run', outcome: how, input: checked.input(), fields } };
  } catch (error) {
    signal.throwIfAborted();
    return { verdict, error };
  }
}

/** @throws TypeError for an edit that no scan takes, or with which the call goes where the gateway has not judged it */
function checkEdit({ call: { name }, tool, parsed: { request } }: GuardedCall, edited: JsonObject): void {
  if (exceeds(edited)) throw new TypeError(`The edited arguments of "${name}" are larger than 256 KB.`);
  const { method, url } = scannableTarget(name, edited, tool);
  if (method !== request.method || url !== request.url)
    throw new TypeError(`The edited arguments of "${name}" change the method or the URL that the gateway judged.`);
}

function changedAgain({ call: { name } }: GuardedCall, how: 'sanitized' | 'edited'): TypeError {
  const which = how === 'edited' ? 'edited' : 'redacted';
  return new TypeError(
    `The schema of "${name}" changes the ${which} arguments, so that what would run was not scanned. Write transforms that leave their own output as it is.`,
  );
}

/** Verdict to run the call with the input that was scanned. */
export function runUnchanged(call: GuardedCall): Verdict {
  return { verdict: 'run', outcome: 'allowed', input: call.parsed.input.input(), fields: [] };
}

export function block(outcome: BlockedOutcome): Verdict {
  return { verdict: 'block', outcome };
}
