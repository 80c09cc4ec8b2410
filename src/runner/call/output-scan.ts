import { omitUndefined } from '../../internal/omit-undefined.ts';
import { OUTAGES } from '../gateway/gateway-error.ts';
import type { GatewayCallOptions, OutputDecision, OutputRequest } from '../gateway/gateway.ts';
import { readOutputDecision } from '../gateway/read-reply.ts';
import { fenced, textsOf, withTexts, type Output } from './content.ts';
import type { GuardedCall } from './guarded-call.ts';
import type { OutputScan } from './outcome.ts';
import type { Answer } from './run-context.ts';
import { askGateway, requestOf } from './scan.ts';

/**
 * Has the gateway judge an output. Returns what the model may read of it; undefined for nothing. Never rejects: the
 * handler has run. Fails closed, and with `onGatewayError: 'allow'` only an outage lets the output through.
 */
export async function judgeOutput(call: GuardedCall, output: Output): Promise<Output | undefined> {
  const { tool, run } = call;
  if (call.scanOutputs === 'report' || call.isMonitored) {
    // The run does not wait for a decision without effect. Deferred, so that the gateway's synchronous work does not delay it.
    setImmediate(() => void scan(call, output, false));
    return output;
  }
  const answer = await scan(call, output, true);
  if (answer.answered) return judged(output, answer.answer);
  const mode = tool?.onGatewayError ?? run.settings.onGatewayError;
  return mode === 'allow' && OUTAGES.has(answer.fault) ? output : undefined;
}

function judged(output: Output, decision: OutputDecision): Output | undefined {
  switch (decision.decision) {
    case 'ALLOW':
      return output;
    case 'SANITIZE':
      return withTexts(output, decision.sanitizedTexts);
    case 'FENCE':
      return fenced(decision.sanitizedTexts ? withTexts(output, decision.sanitizedTexts) : output);
    case 'DENY':
      return undefined;
  }
}

/** Asks the gateway, and records the answer. */
async function scan(call: GuardedCall, output: Output, enforced: boolean): Promise<Answer<OutputDecision>> {
  const { run, turn } = call;
  const { scans, monitoredScans } = run.shared;
  const request = outputRequest(call, output);
  const started = performance.now();
  // A report may outlive its run, up to its own time limit.
  const until = enforced ? turn.signal : new AbortController().signal;
  const ask = async (options: GatewayCallOptions): Promise<OutputDecision> =>
    readOutputDecision(await run.settings.gateway.scanOutput?.(request, options), request.texts.length);
  const answer = await askGateway(run, until, ask, { places: enforced ? scans : monitoredScans }).catch(
    // The run has ended.
    (error: unknown) => ({ answered: false, fault: 'unknown', error }) as const,
  );
  call.outputScanned({ ...factsOf(answer), enforced, scanMs: performance.now() - started }, answer.error);
  return answer;
}

function factsOf(answer: Answer<OutputDecision>): Pick<OutputScan, 'reasonCodes'> {
  if (!answer.answered) return { reasonCodes: [], ...omitUndefined({ fault: answer.fault }) };
  const { decision, reasonCodes, ruleId, policyName, reason } = answer.answer;
  return { reasonCodes, ...omitUndefined({ decision, ruleId, policyName, reason }) };
}

function outputRequest(call: GuardedCall, output: Output): OutputRequest {
  const { conversation: _, ...request } = requestOf(call, false);
  const texts = textsOf(output);
  const hasMedia = output.content?.some(({ type }) => type !== 'input_text') ?? false;
  return Object.freeze({ call: request, texts, hasMedia, ...omitUndefined({ traceId: call.record.traceId }) });
}
