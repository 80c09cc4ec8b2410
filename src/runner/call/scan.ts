import { setImmediate } from 'node:timers/promises';
import { Limit, TimeLimitError } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import {
  changedFields,
  copyJson,
  editedFields,
  freezeJson,
  isJsonObject,
  type JsonObject,
} from '../../internal/json.ts';
import { RunFailure } from '../errors.ts';
import type { Decision, ScanRequest } from '../gateway/gateway.ts';
import { faultOf, GatewayError, OUTAGES } from '../gateway/gateway-error.ts';
import { readDecision } from '../gateway/read-reply.ts';
import { limits } from '../limits.ts';
import { traced } from '../trace.ts';
import { scannableTarget } from './describe.ts';
import { contextOf } from './dispatch.ts';
import type { GuardedCall, Scan } from './guarded-call.ts';
import { checkInput } from './parse.ts';
import type { Places } from '../../internal/places.ts';
import type { CallContext, RegisteredTool } from './registered-tool.ts';
import type { Answer, BlockedOutcome, RunContext, ToolInput, Verdict } from './run-context.ts';

/** The gateway's limit for a request's body (HTTP 413 above it). */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * Scans a call, or finds its decision in the journal. Fails closed: anything but a clear permission blocks the call.
 *
 * @param signal aborts when the answer is no longer needed
 * @param places limit of concurrent scans; default: the runner's
 * @throws the reason of the run's signal, when the run has ended
 */
export async function scan(call: GuardedCall, signal: AbortSignal, places?: Places): Promise<Scan> {
  const { run, past, tool, parsed } = call;
  // JSON.stringify grows a string to at most six times its length in bytes.
  const isLong = call.call.arguments.length * 6 > MAX_BODY_BYTES;
  if ((isLong && exceeds(parsed.args)) || (parsed.scanned !== parsed.args && exceeds(parsed.scanned)))
    return { verdict: block('too_large') };
  if (past?.decision) return { ...(await verdictOf(call, past.decision, signal)), decision: past.decision };
  let needsApproval = tool?.needsApproval ?? false;
  try {
    if (tool && typeof needsApproval === 'function')
      needsApproval = await isApprovalNeeded(call, tool, needsApproval, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { verdict: block('scan_rejected'), error };
  }
  const started = performance.now();
  if (run.provenance) await new Limit(signal).within(run.provenance.recalled);
  const ask = async (options: { readonly signal: AbortSignal }): Promise<Decision> =>
    readDecision(await run.settings.gateway.scan(requestOf(call, needsApproval === true), options));
  const answer = await askGateway(run, signal, ask, { places, span: call });
  const scanMs = performance.now() - started;
  if (!answer.answered) return { ...answer, scanMs, verdict: faultVerdict(call, answer, needsApproval === true) };
  const error = needsApproval ? unapproved(answer.answer, call.call.name) : undefined;
  if (error) return { ...MALFORMED, error, scanMs };
  return { ...(await verdictOf(call, answer.answer, signal)), scanMs };
}

function exceeds(body: object): boolean {
  return Buffer.byteLength(JSON.stringify(body)) > MAX_BODY_BYTES;
}

/**
 * Asks the tool whether a call needs an approval, whatever the gateway decides.
 *
 * @throws whatever `needsApproval` throws; TimeLimitError if it takes too long; TypeError if it returns no boolean
 */
async function isApprovalNeeded(
  call: GuardedCall,
  tool: RegisteredTool,
  needs: (input: unknown, call: CallContext) => unknown,
  signal: AbortSignal,
): Promise<boolean> {
  const { parsed } = call;
  const answer: unknown = await new Limit(signal, limits.toolCodeMs).within(async ({ signal: own }) => {
    // An input of its own: it may change it.
    const copied = parsed.isScanned ? parsed : await checkInput(tool, parsed.args, own);
    return needs(inputFor(copied), contextOf(call, { signal: own }));
  });
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(`needsApproval of tool "${tool.name}" returned ${shown(answer)}; it must return true or false.`);
}

/** Returns the error of a gateway that clears a call which needs an approval, without one. */
function unapproved(decision: Decision, name: string): GatewayError | undefined {
  if (decision.decision !== 'ALLOW' && decision.decision !== 'SANITIZE') return undefined;
  if (typeof decision.approvalId === 'string' && decision.approvalId !== '') return undefined;
  const message = `The gateway decided ${decision.decision} for "${name}", which needs an approval, and named no approvalId. A gateway with holdsApprovals decides REQUIRE_APPROVAL for a request with needsApproval.`;
  return new GatewayError('malformed_reply', message);
}

/** Builds the request of a call, with the conversation as known now. */
export function requestOf({ call, parsed, run, tool, isMonitored }: GuardedCall, needsApproval: boolean): ScanRequest {
  const { agentId, agentName, principal, gateway } = run.settings;
  const runId = run.recorder?.log?.history.run?.id ?? run.runIds.first;
  // The API's server runs its own arguments, and in monitor mode the call runs at once.
  const takesEdits = gateway.holdsApprovals && tool && !isMonitored;
  return Object.freeze({
    functionName: call.name,
    ...parsed.target,
    body: parsed.scanned,
    runtimeType: 'openai_assistants',
    ...(agentId === undefined ? {} : { agentId }),
    ...(agentName === undefined ? {} : { agentName }),
    ...(principal ? { principal } : {}),
    ...(run.threadId === '' ? {} : { threadId: run.threadId }),
    ...(runId ? { runId } : {}),
    ...(takesEdits ? { takesEdits } : {}),
    ...(needsApproval ? { needsApproval } : {}),
    ...(run.provenance ? { conversation: run.provenance.now() } : {}),
  });
}

interface AskOptions {
  readonly maxMs?: number;
  /** Limit of concurrent requests. Default: the runner's for scans. */
  readonly places?: Places | undefined;
  /** The call that the request is traced for. */
  readonly span?: GuardedCall;
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
  ask: (options: { readonly signal: AbortSignal }) => Promise<T>,
  { maxMs = Infinity, places = run.shared.scans, span }: AskOptions = {},
): Promise<Answer<T>> {
  try {
    return await places.use(until, async () => {
      const work = async (): Promise<T> => {
        const limit = new Limit(until, Math.min(run.settings.scanTimeoutMs, maxMs));
        const options = {
          get signal() {
            return limit.signal;
          },
        };
        let asked: Promise<unknown> = Promise.resolve();
        try {
          return await limit.within(() => (asked = ask(options)));
        } catch (error) {
          throw error instanceof TimeLimitError ? await reasonOf(error, asked) : error;
        }
      };
      // The span ends when the runner stops waiting for the scan.
      return { answered: true, answer: await (span && run.trace ? traced(run.trace, 'scan', span, work) : work()) };
    });
  } catch (error) {
    if (until.aborted) run.signal.throwIfAborted();
    const fault = faultOf(error);
    if (fault === 'configuration') endMisconfigured(run, error);
    return { answered: false, fault, error };
  }
}

/** A gateway that waits for its rate limit says so as soon as its signal aborts: that is not an outage. */
async function reasonOf(timeout: TimeLimitError, asked: Promise<unknown>): Promise<unknown> {
  const own = asked.catch((error: unknown) => error);
  const reason = await Promise.race([own, setImmediate(timeout)]);
  return faultOf(reason) === 'rate_limited' ? reason : timeout;
}

function endMisconfigured(run: RunContext, error: unknown): void {
  const message = error instanceof Error ? error.message : 'The gateway rejected the request.';
  const reason = new RunFailure('gateway_configuration', message, { cause: error });
  // A settled run can no longer report it, so the next run does.
  if (run.isSettled) run.shared.misconfigured.reason = reason;
  run.end(reason);
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
  const { scanned } = call.parsed;
  try {
    const changed = freezeJson(structuredClone(body));
    if (how === 'edited') checkEdit(call, changed);
    const checked = await checkInput(call.tool, changed, signal);
    if (checked.scanned !== changed) return { verdict, error: changedAgain(call, how) };
    const fields = how === 'edited' ? editedFields(scanned, changed) : changedFields(scanned, changed);
    if (how === 'edited' && fields.length === 0) return { verdict: runUnchanged(call) };
    return { verdict: { verdict: 'run', outcome: how, input: inputFor(checked), fields } };
  } catch (error) {
    signal.throwIfAborted();
    return { verdict, error };
  }
}

/** @throws TypeError for an edit that no scan takes, or with which the call goes where the gateway has not judged it */
function checkEdit({ call: { name }, tool, parsed: { target } }: GuardedCall, edited: JsonObject): void {
  if (exceeds(edited)) throw new TypeError(`The edited arguments of "${name}" are larger than 256 KB.`);
  const { method, url } = scannableTarget(name, edited, tool);
  if (method !== target.method || url !== target.url)
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
  return { verdict: 'run', outcome: 'allowed', input: inputFor(call.parsed), fields: [] };
}

/** Returns a call's input for a function of the tool: a copy of what was scanned, which the function may change. */
function inputFor({ isScanned, scanned, input }: ToolInput): unknown {
  return isScanned ? copyJson(scanned) : input;
}

export function block(outcome: BlockedOutcome): Verdict {
  return { verdict: 'block', outcome };
}
