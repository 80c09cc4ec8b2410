import type { CallOutline } from '../approvals/approval-store.ts';
import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import { canonicalHash } from '../../internal/json.ts';
import type { Target } from '../catalog/target.ts';
import { cleanName } from './redacted-text.ts';
import { namedIn } from './mask-name.ts';
import { shortRedactedUrl } from './redacted-url.ts';
import { summaryOf } from './summary.ts';
import { parseUrl } from '../../internal/url.ts';

type OutlinedCall = Pick<ScanRequest, 'functionName' | 'url' | 'body' | 'agentId' | 'agentName' | 'isTargetDeclared'>;

/**
 * What an approval is listed by.
 *
 * @param target what the call was taken for
 * @param regions see `EmbeddedGatewayOptions`
 */
export function callOutline(call: OutlinedCall, target: Target, regions: readonly string[]): CallOutline {
  const { functionName, url, body, agentId, agentName, isTargetDeclared } = call;
  const ownHost = isTargetDeclared ? parseUrl(url)?.hostname : undefined;
  return {
    summary: summaryOf(target, { ownHost, clean: (name) => namedIn(body, name, regions) }),
    functionName: cleanName(functionName),
    toolName: cleanName(target.tool),
    operation: cleanName(target.operation),
    url: shortRedactedUrl(url, regions),
    ...(agentId === undefined ? {} : { agentId: cleanName(agentId) }),
    ...(agentName === undefined ? {} : { agentName: cleanName(agentName) }),
    argumentsHash: canonicalHash(body),
  };
}
