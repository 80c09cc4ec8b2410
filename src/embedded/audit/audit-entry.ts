import type { Decision } from '../../runner/gateway/gateway.ts';
import { canonicalHash } from '../../internal/json.ts';
import { cleanName, cleanText } from '../display/redacted-text.ts';
import type { GatewayEvent } from '../gateway-events.ts';
import { shortRedactedUrl } from '../display/redacted-url.ts';
import { parseUrl } from '../../internal/url.ts';

/**
 * A decision as it is written down and sent. Names and addresses are cleaned of what is sensitive, and cut where they are long, unless the
 * arguments are there.
 */
export interface DecisionEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly trace_id?: string | undefined;
  readonly decision: Decision['decision'];
  readonly reason_codes: readonly string[];
  readonly function_name: string;
  readonly tool_name?: string | undefined;
  readonly operation?: string | undefined;
  /** Without its user and its query, unless the arguments are there. Absent for what is no address. */
  readonly url?: string | undefined;
  readonly method: string;
  /** Tells the key that asked from others; absent for a call that was scanned in process. */
  readonly key_id?: string | undefined;
  /** As the asker says, like the name: nobody has checked it. */
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  readonly risk_score?: number | undefined;
  readonly risk_band?: string | undefined;
  readonly classifications: readonly string[];
  /** Where in the arguments something of these classes stands, such as `user.emails[0]`: the first 20; absent for none. */
  readonly fields?: readonly string[] | undefined;
  /** SHA-256 of the arguments in canonical JSON, in hexadecimal; absent for arguments that cannot be written as JSON. */
  readonly arguments_hash?: string | undefined;
  readonly approval_id?: string | undefined;
  readonly arguments?: unknown;
}

/** What a person said, as it is written down: cleaned as a decision is. */
export interface ApprovalEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly approval_id: string;
  readonly status: 'approved' | 'denied';
  readonly decided_by?: string | undefined;
  readonly note?: string | undefined;
  readonly function_name: string;
  readonly tool_name?: string | undefined;
  readonly operation?: string | undefined;
  readonly url?: string | undefined;
  readonly method: string;
  readonly reason_codes: readonly string[];
  readonly key_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  readonly arguments_hash?: string | undefined;
}

export interface EntryOptions {
  /** Whether the arguments are in the entry, besides their hash. Default: false. */
  readonly arguments?: boolean | undefined;
}

type DecisionEvent = Extract<GatewayEvent, { readonly type: 'decision' }>;
type ApprovalEvent = Extract<GatewayEvent, { readonly type: 'approval' }>;

/** Never throws: a call whose arguments are no JSON is still written down. */
export function decisionEntry(
  { at, request, key, decision, fields = [] }: DecisionEvent,
  options: EntryOptions = {},
): DecisionEntry {
  const hash = argumentsHash(request.body);
  const { name, address } = wordsFor(options);
  return {
    at: at.toISOString(),
    trace_id: decision.traceId,
    decision: decision.decision,
    reason_codes: decision.reasonCodes,
    function_name: name(request.functionName),
    tool_name: name(decision.toolName),
    operation: name(decision.operation),
    url: address(request.url),
    method: request.method,
    key_id: key,
    agent_id: name(request.agentId),
    agent_name: name(request.agentName),
    policy_name: decision.policyName,
    rule_id: decision.ruleId,
    risk_score: decision.riskScore,
    risk_band: decision.riskBand,
    classifications: decision.classifications ?? [],
    fields: fields.length > 0 ? fields : undefined,
    arguments_hash: hash,
    approval_id: 'approvalId' in decision ? decision.approvalId : undefined,
    ...(options.arguments && hash !== undefined ? { arguments: request.body } : {}),
  };
}

export function approvalEntry({ approval }: ApprovalEvent, options: EntryOptions = {}): ApprovalEntry {
  const { name, address, words } = wordsFor(options);
  return {
    at: (approval.decidedAt ?? new Date()).toISOString(),
    approval_id: approval.approvalId,
    status: approval.status === 'approved' ? 'approved' : 'denied',
    decided_by: approval.decidedBy,
    note: words(approval.note),
    function_name: name(approval.functionName),
    tool_name: approval.outline?.toolName,
    operation: approval.outline?.operation,
    url: address(approval.url),
    method: approval.method,
    reason_codes: approval.reasonCodes,
    key_id: approval.key,
    agent_id: name(approval.agentId),
    agent_name: name(approval.agentName),
    policy_name: approval.policyName,
    rule_id: approval.ruleId,
    arguments_hash: approval.outline?.argumentsHash ?? argumentsHash(approval.arguments),
  };
}

/** An entry that may have been written with its arguments, as it would have been written without. */
export function withoutArguments({ arguments: _arguments, ...entry }: DecisionEntry): DecisionEntry {
  const { name, address } = wordsFor({});
  return {
    ...entry,
    function_name: name(entry.function_name),
    tool_name: name(entry.tool_name),
    operation: name(entry.operation),
    // An address of which even the host was replaced is none any more.
    url: entry.url === undefined ? undefined : (address(entry.url) ?? name(entry.url)),
    agent_id: name(entry.agent_id),
    agent_name: name(entry.agent_name),
  };
}

/** How texts are written that are not ours: a model writes its arguments into names and addresses, too. */
function wordsFor(options: EntryOptions) {
  const asItIs = <Text extends string | undefined>(text: Text): Text => text;
  if (options.arguments === true) return { name: asItIs, address: asItIs, words: asItIs };
  const cleaned =
    (clean: (text: string) => string) =>
    <Text extends string | undefined>(text: Text) =>
      text === undefined ? text : clean(text);
  return { name: cleaned(cleanName), address: cleanAddress, words: cleaned(cleanText) };
}

function argumentsHash(body: unknown): string | undefined {
  try {
    return canonicalHash(body);
  } catch {
    // Nested deeper than the stack, or no JSON.
    return undefined;
  }
}

function cleanAddress(url: string): string | undefined {
  const { protocol, host = '', pathname } = parseUrl(url) ?? {};
  return host === '' ? undefined : shortRedactedUrl(`${protocol}//${host}${pathname}`, []);
}
