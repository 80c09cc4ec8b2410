import type { GatewayCallOptions, ScanRequest } from '../../runner/gateway/gateway.ts';
import { canonicalHash, canonicalJson, freezeJson, type JsonObject } from '../../internal/json.ts';
import type { StoredApproval } from './approval-store.ts';

/**
 * The origin of a scan that a server makes for others. In a process that scans its own calls it is empty, and approvals
 * belong to the agent that each request names. (It accepts the options of any gateway call; a `signal` has no effect,
 * as a scan never waits.)
 */
export interface ScanOrigin extends GatewayCallOptions {
  /**
   * Identifies the requesting key, such as the beginning of its hash; never the key itself, as it is stored with the
   * approvals. An approval requested with a key clears calls with that key alone, and only that key can read its
   * status.
   */
  readonly key?: string;
  /**
   * The headers sent with the call, as JSON. The approver sees them, and the approval holds for exactly these; the case
   * of their names does not count.
   */
  readonly headers?: JsonObject;
}

/** The call that an approval is for, and its requester. */
export type RequestedCall = Pick<
  StoredApproval,
  | 'callHash'
  | 'functionName'
  | 'method'
  | 'url'
  | 'arguments'
  | 'headers'
  | 'key'
  | 'agentId'
  | 'agentName'
  | 'callBytes'
>;

/** Copies the call of a request: later changes by the caller do not reach it. */
export function requestedCall(request: ScanRequest, { key, headers }: ScanOrigin): RequestedCall {
  const { functionName, method, url, body, agentId, agentName } = request;
  return {
    callHash: callHashOf(request, key, headers),
    functionName,
    method,
    url,
    arguments: frozen(body),
    ...(headers ? { headers: frozen(headers) } : {}),
    ...(key === undefined ? {} : { key }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(agentName === undefined ? {} : { agentName }),
    callBytes: Buffer.byteLength(canonicalJson([url, body, headers ?? null])),
  };
}

/** Equal only for the same call with the same headers, agent and key. */
function callHashOf(request: ScanRequest, key: string | undefined, headers: JsonObject | undefined): string {
  const { functionName, method, url, body, agentId, agentName } = request;
  const call = [functionName, method, url, body, agentId ?? null, agentName ?? null];
  const isOwn = key === undefined && headers === undefined;
  return canonicalHash(isOwn ? call : [...call, key ?? null, headers ? sortedByName(headers) : null]);
}

/**
 * Whether two calls count towards one limit: that of their key, whatever agents it names, or without a key that of
 * their agent.
 */
export function isSameRequester(one: RequestedCall, other: RequestedCall): boolean {
  if (one.key !== undefined || other.key !== undefined) return one.key === other.key;
  return (one.agentId ?? one.agentName) === (other.agentId ?? other.agentName);
}

/** Header names ignore case (RFC 9110, section 5.1), but only that of ASCII: U+212A is not a K. */
function sortedByName(headers: JsonObject): readonly unknown[] {
  const named = Object.entries(headers).map(([name, value]) => [lowerCased(name), value] as const);
  return named.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

function lowerCased(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Otherwise the caller could change the call that the approver sees. */
function frozen<Value>(value: Value): Value {
  return Object.isFrozen(value) ? value : freezeJson(structuredClone(value));
}
