import { detect, redact } from '../embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../embedded/detection/personal/phone.ts';
import { DATA_CLASSES } from '../embedded/detection/span.ts';
import type { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { canonicalHash, isJsonObject } from '../internal/json.ts';
import type { Agent } from './doors.ts';
import { tooMany } from './refusal.ts';
import { jsonOf } from './request-body.ts';
import type { Route } from './route.ts';
import { scanOf, toolOutputOf } from './scan-request.ts';
import { WindowLimit } from './window-limit.ts';

export interface ScanLimits {
  /** How many keys there are; each has its own limit. */
  readonly keys: number;
  readonly perMinute: number;
  readonly now: () => number;
}

/** What agents ask: may this call run, and what is in what a tool returned. Either has its own limit. */
export function scanRoutes(gateway: EmbeddedGateway, limits: ScanLimits): readonly Route[] {
  const checkCalls = limiter(limits);
  const checkOutputs = limiter(limits);
  return [
    {
      method: 'POST',
      path: '/v1/scan',
      door: 'agent',
      async serve({ request, origin }, agent) {
        checkCalls(agent);
        const { request: call, ...sent } = scanOf(await jsonOf(request));
        const decision = await gateway.scan(call, { key: agent.id, ...sent });
        const wire = isJsonObject(decision.raw) ? decision.raw : {};
        const approvalId = decision.decision === 'REQUIRE_APPROVAL' ? decision.approvalId : undefined;
        return approvalId === undefined ? wire : { ...wire, approval_url: `${origin}/#${approvalId}` };
      },
    },
    {
      method: 'POST',
      path: '/v1/scan/response',
      door: 'agent',
      async serve({ request }, agent) {
        checkOutputs(agent);
        return outputFacts(toolOutputOf(await jsonOf(request)));
      },
    },
  ];
}

/** What could not be looked through may hold anything. */
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

function limiter({ keys, perMinute, now }: ScanLimits): (agent: Agent) => void {
  const windows = Array.from({ length: keys }, () => new WindowLimit(perMinute, now));
  return ({ key }) => {
    const waitMs = windows[key]?.waitMs() ?? 0;
    if (waitMs > 0) throw tooMany('This key has asked too often in the last minute.', waitMs);
    windows[key]?.count();
  };
}
