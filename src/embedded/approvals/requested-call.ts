import type { GatewayCallOptions, ScanRequest } from '../../runner/gateway/gateway.ts';
import { checkId } from '../../internal/checks.ts';
import { canonicalHash, canonicalJson, freezeJson, type JsonObject } from '../../internal/json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';
import type { EditableRequest, GrantTerms, RequestedCall } from './approval-store.ts';

/**
 * The origin of a scan that a server makes for its clients. In a process that scans its own calls, it is empty, and an
 * approval belongs to the agent that the request names. (It accepts the options of any gateway call; a `signal` has no
 * effect, because a scan never waits.)
 */
export interface ScanOrigin extends GatewayCallOptions {
  /**
   * Identifies the requesting API key, such as the beginning of its hash. Never pass the key itself, because it is
   * stored with the approvals. An approval requested with a key allows calls with that key only, and only that key can
   * read its status.
   */
  readonly key?: string;
  /** The name of that key, for approvers and the audit log. */
  readonly keyName?: string;
  /**
   * The headers of the call, as JSON. The approver sees them, and the approval is for exactly these. The case of their
   * names does not count.
   */
  readonly headers?: JsonObject;
}

/**
 * The requester that approvals and refusals of a call are for, besides its key and its agent. `principal`: the run's
 * principal, or its thread if the request names no principal. `agent`: any run of the agent.
 */
export type BoundTo = 'principal' | 'agent';

/** Copies the call of a request, so that later changes by the caller have no effect. */
export function requestedCall(request: ScanRequest, origin: ScanOrigin, boundTo: BoundTo): RequestedCall {
  const { key, keyName, headers } = origin;
  const { functionName, method, url, body, agentId, agentName, principal, runId } = request;
  const editable = request.takesEdits ? editableOf(request) : undefined;
  return {
    callHash: callHashOf(request, origin, boundTo),
    functionName,
    method,
    url,
    arguments: frozen(body),
    ...omitUndefined({ headers: headers && frozen(headers), key, keyName, agentId, agentName }),
    ...omitUndefined({ principalId: principal?.id, runId, editable }),
    callBytes: Buffer.byteLength(canonicalJson([url, body, headers ?? null, editable ?? null])),
  };
}

function editableOf({
  runtimeType,
  isTargetDeclared,
  principal,
  threadId,
  conversation,
}: ScanRequest): EditableRequest {
  const hadConversation = conversation !== undefined || undefined;
  return frozen(omitUndefined({ runtimeType, isTargetDeclared, principal, threadId, hadConversation }));
}

/** Hashes a call. Hashes are equal only for the same call with the same headers of the same requester. */
function callHashOf(request: ScanRequest, { key, headers }: ScanOrigin, boundTo: BoundTo): string {
  const { functionName, method, url, body } = request;
  const call = [functionName, method, url, body, headers ? sortedByName(headers) : null];
  return canonicalHash([...call, requesterOf(request, key, boundTo)]);
}

/**
 * Checks that different requesters are distinguishable.
 *
 * @throws TypeError for a principal without an id, or an empty thread
 */
export function checkRequester({ principal, threadId }: ScanRequest): void {
  if (principal) checkId('principal.id', principal.id);
  if (threadId !== undefined) checkId('threadId', threadId);
}

function requesterOf(request: ScanRequest, key: string | undefined, boundTo: BoundTo): object {
  const { agentId, agentName, principal, threadId } = request;
  const run = principal ? { principalId: principal.id } : { threadId };
  return omitUndefined({ key, agentId, agentName, ...(boundTo === 'agent' ? {} : run) });
}

/** The part of {@link GrantTerms} that depends on the call: hashes like that of the call, but without its arguments. */
export function grantHashes(
  request: ScanRequest,
  { key, headers }: ScanOrigin,
  boundTo: BoundTo,
  kinds: readonly ('conversation' | 'similar')[],
): Pick<GrantTerms, 'conversation' | 'similar'> {
  const { functionName, method, url, principal, threadId } = request;
  const tool = [functionName, method, url, headers ? sortedByName(headers) : null];
  const hashOf = (kind: string, thread: string | null): string =>
    canonicalHash(['grant', kind, ...tool, requesterOf(request, key, boundTo), thread]);
  // A requester without a principal and a thread could be anyone.
  const isKnown = boundTo === 'agent' || principal !== undefined || threadId !== undefined;
  const [hasConversation, hasSimilar] = [kinds.includes('conversation'), kinds.includes('similar')];
  return omitUndefined({
    conversation: hasConversation && threadId !== undefined ? hashOf('conversation', threadId) : undefined,
    similar: hasSimilar && isKnown ? hashOf('similar', null) : undefined,
  });
}

/**
 * Returns true if two calls count towards the same limit: that of their key, whatever agents they name, or without a
 * key that of their agent.
 */
export function isSameRequester(one: LimitedRequester, other: LimitedRequester): boolean {
  return limitedBy(one) === limitedBy(other);
}

type LimitedRequester = Pick<RequestedCall, 'key' | 'agentId' | 'agentName'>;

/** Identifies the limit that a call counts towards. */
export function limitedBy({ key, agentId, agentName }: LimitedRequester): string {
  return canonicalJson(key === undefined ? [agentId ?? agentName ?? null] : ['key', key]);
}

/** Sorts headers by name. Names ignore case (RFC 9110, section 5.1), but only ASCII case: U+212A is not a K. */
function sortedByName(headers: JsonObject): readonly unknown[] {
  const named = Object.entries(headers).map(([name, value]) => [lowerCased(name), value] as const);
  return named.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

function lowerCased(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Freezes a copy, so that the caller cannot change the call that the approver sees. */
function frozen<Value>(value: Value): Value {
  return Object.isFrozen(value) ? value : freezeJson(structuredClone(value));
}
