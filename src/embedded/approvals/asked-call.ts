import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import { canonicalHash, canonicalJson, freezeJson, type JsonObject } from '../../internal/json.ts';
import type { StoredApproval } from './approval-store.ts';
import type { ScanOrigin } from './scan-origin.ts';

/** Which call an approval is for, and whose. */
export type AskedCall = Pick<
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

/** The call of a request as it is kept: what the caller changes afterwards does not change it. */
export function askedCall(request: ScanRequest, { key, headers }: ScanOrigin): AskedCall {
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

/** The same for the same call with the same headers, of the same agent and key, and for no other. */
function callHashOf(request: ScanRequest, key: string | undefined, headers: JsonObject | undefined): string {
  const { functionName, method, url, body, agentId, agentName } = request;
  const call = [functionName, method, url, body, agentId ?? null, agentName ?? null];
  const isOwn = key === undefined && headers === undefined;
  return canonicalHash(isOwn ? call : [...call, key ?? null, headers ? sortedByName(headers) : null]);
}

/** Whether two calls count towards one limit: those of a key, whatever agents it names; without a key those of an agent. */
export function isSameAsker(one: AskedCall, other: AskedCall): boolean {
  if (one.key !== undefined || other.key !== undefined) return one.key === other.key;
  return (one.agentId ?? one.agentName) === (other.agentId ?? other.agentName);
}

/** Names of headers are the same in any case (RFC 9110, section 5.1), which is ASCII's: U+212A is no K. */
function sortedByName(headers: JsonObject): readonly unknown[] {
  const named = Object.entries(headers).map(([name, value]) => [inLowerCase(name), value] as const);
  return named.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

function inLowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The caller may change what is not frozen, and then a person would see another call. */
function frozen<Value>(value: Value): Value {
  return Object.isFrozen(value) ? value : freezeJson(structuredClone(value));
}
