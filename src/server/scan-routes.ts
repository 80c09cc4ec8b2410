import { detect, redact } from '../embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../embedded/detection/personal/phone.ts';
import { DATA_CLASSES } from '../embedded/detection/span.ts';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { canonicalHash, isJsonObject } from '../internal/json.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { OutputDecision } from '../runner/gateway/gateway.ts';
import type { Agent } from './credentials.ts';
import { rateLimited } from './http-error.ts';
import { readJson } from './read-request.ts';
import { post, type Route } from './router.ts';
import { parseScan, parseToolOutput } from './scan-request.ts';
import type { ServerState } from './server-state.ts';

export interface ScanLimits {
  readonly state: ServerState;
  /** For each key. */
  readonly perMinute: number;
}

/** Serves scans of calls and of tool outputs, with separate rate limits. */
export function scanRoutes(gateway: EmbeddedGateway, limits: ScanLimits): readonly Route[] {
  const limitCalls = rateLimit('scan', limits);
  const limitOutputs = rateLimit('output', limits);
  return [
    post('/v1/scan', 'agent', async ({ request, origin }, agent) => {
      await limitCalls(agent);
      const { request: call, ...headers } = parseScan(await readJson(request));
      const decision = await gateway.scan(call, {
        key: agent.id,
        ...omitUndefined({ keyName: agent.name }),
        ...headers,
      });
      const wire = isJsonObject(decision.raw) ? decision.raw : {};
      const approvalId = decision.decision === 'REQUIRE_APPROVAL' ? decision.approvalId : undefined;
      return approvalId === undefined ? wire : { ...wire, approval_url: `${origin}/#${approvalId}` };
    }),
    post('/v1/scan/response', 'agent', async ({ request }, agent) => {
      await limitOutputs(agent);
      const { output, request: judged } = parseToolOutput(await readJson(request));
      const from = { key: agent.id, ...omitUndefined({ keyName: agent.name }) };
      return { ...outputFacts(output), ...(judged && decisionFacts(await gateway.scanOutput(judged, from))) };
    }),
  ];
}

/** Describes the sensitive data in an output. Reports all data classes if the detection is incomplete. */
function outputFacts(output: unknown): object {
  const detection = detect(output, { regions: DEFAULT_REGIONS });
  const redacted = redact(detection, new Set(DATA_CLASSES));
  const leaks = detection.findings.filter(({ isAddress }) => !isAddress);
  return {
    data_classes: detection.isComplete ? [...detection.classes] : [...DATA_CLASSES],
    fields_redacted_count: redacted?.fields.length ?? new Set(leaks.map(({ path }) => path)).size,
    content_fingerprint: canonicalHash(output),
  };
}

function decisionFacts(judged: OutputDecision): object {
  const { decision, reasonCodes, policyId, policyName, ruleId, reason } = judged;
  return omitUndefined({
    x_decision: decision,
    x_sanitized_texts: 'sanitizedTexts' in judged ? judged.sanitizedTexts : undefined,
    reason_codes: reasonCodes,
    policy_id: policyId,
    policy_name: policyName,
    rule_id: ruleId,
    x_reason: reason,
  });
}

function rateLimit(what: string, { state, perMinute }: ScanLimits): (agent: Agent) => Promise<void> {
  return async ({ id }) => {
    const waitMs = perMinute === Infinity ? 0 : await state.count(`${what} ${id}`, perMinute);
    if (waitMs > 0) throw rateLimited('Rate limit exceeded for this API key.', waitMs);
  };
}
