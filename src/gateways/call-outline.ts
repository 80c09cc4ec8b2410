import type { CallOutline } from '../approvals/approval-store.ts';
import type { ScanRequest } from '../core/gateway.ts';
import { canonicalHash } from '../internal/json.ts';
import type { Target } from '../policy/target.ts';
import { cleanText } from './clean-text.ts';
import { namedIn } from './named-in.ts';
import { redactedUrl } from './redacted-url.ts';
import { summaryOf } from './summary.ts';
import { parseUrl } from '../internal/url.ts';

/** Longer ones are cut: a list has many. */
const LONGEST_NAME = 200;
const LONGEST_URL = 2_000;

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
    url: cut(redactedUrl(url, regions), LONGEST_URL),
    ...(agentId === undefined ? {} : { agentId: cleanName(agentId) }),
    ...(agentName === undefined ? {} : { agentName: cleanName(agentName) }),
    argumentsHash: canonicalHash(body),
  };
}

function cleanName(name: string): string {
  return cut(cleanText(name), LONGEST_NAME);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;
}
