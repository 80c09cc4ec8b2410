import type { Decision, OutputDecision, ScanRequest } from '../../runner/gateway/gateway.ts';
import { canonicalHash } from '../../internal/json.ts';
import { redactName, redactText } from '../display/redacted-text.ts';
import { shortPaths, type GatewayEvent } from '../gateway-events.ts';
import { shortRedactedUrl } from '../display/redacted-url.ts';
import { parseUrl } from '../../internal/url.ts';

/** The call of an entry. Names and URLs are redacted and truncated, unless the entry contains the arguments. */
interface EntryCall {
  /** ISO 8601. */
  readonly at: string;
  readonly reason_codes: readonly string[];
  readonly function_name: string;
  readonly tool_name?: string | undefined;
  readonly operation?: string | undefined;
  /** The URL, without user and query unless the arguments are included. Absent for an invalid URL. */
  readonly url?: string | undefined;
  readonly method: string;
  /** Id of the requesting API key; absent for calls scanned in process. */
  readonly key_id?: string | undefined;
  /** The name of that key, if it has one. */
  readonly key_name?: string | undefined;
  /** The agent's id as the requester sent it, like the name: not verified. */
  readonly agent_id?: string | undefined;
  readonly agent_name?: string | undefined;
  /** Id of the principal on whose behalf the agent acts, as your code or the holder of the key names it. */
  readonly principal_id?: string | undefined;
  /** Id of the run, as the requester sent it. */
  readonly run_id?: string | undefined;
  readonly policy_name?: string | undefined;
  readonly rule_id?: string | undefined;
  /** The rule's reason in plain words. */
  readonly reason?: string | undefined;
  /** Hexadecimal SHA-256 of the arguments as canonical JSON; absent if they cannot be serialized. */
  readonly arguments_hash?: string | undefined;
}

/** A logged decision of the gateway. */
export interface DecisionEntry extends EntryCall {
  readonly trace_id?: string | undefined;
  /** Id of the thread, as the requester sent it. */
  readonly thread_id?: string | undefined;
  readonly decision: Decision['decision'];
  readonly risk_score?: number | undefined;
  readonly risk_band?: string | undefined;
  readonly classifications: readonly string[];
  /** Argument fields with data of these classes, such as `user.emails[0]`: the first 20. Absent if there are none. */
  readonly fields?: readonly string[] | undefined;
  readonly approval_id?: string | undefined;
  readonly grant_id?: string | undefined;
  readonly arguments?: unknown;
  /** What approvers decided on it. A line of the log has none: it is written before they decide. */
  readonly approval?: Pick<ApprovalEntry, 'at' | 'status' | 'decided_by' | 'note'> | undefined;
}

/** A logged decision on an output: never what it says. */
export interface OutputEntry extends EntryCall {
  readonly trace_id?: string | undefined;
  readonly decision: OutputDecision['decision'];
}

/** A logged decision of an approver. */
export interface ApprovalEntry extends EntryCall {
  readonly approval_id: string;
  /** `pending`: the approver has approved, and others are missing. */
  readonly status: 'approved' | 'denied' | 'pending';
  /** For `approved`, all approvers, with commas. */
  readonly decided_by?: string | undefined;
  readonly note?: string | undefined;
  /** The argument fields that the approver edited, such as `user.emails[0]`: the first 20. */
  readonly edited_fields?: readonly string[] | undefined;
  /** Those that rules redacted in the edited arguments. */
  readonly sanitized_fields?: readonly string[] | undefined;
  /** Of the arguments that the call ran with, if the approver edited them. */
  readonly edited_arguments_hash?: string | undefined;
}

/** A logged grant of approvers, or its revocation. */
export interface GrantEntry extends Omit<ApprovalEntry, 'status'> {
  readonly status: 'granted' | 'revoked';
  readonly grant_id: string;
  readonly for: 'conversation' | 'similar';
  /** The arguments that may differ. */
  readonly free?: readonly string[] | undefined;
  /** ISO 8601. */
  readonly expires_at: string;
  readonly revoked_by?: string | undefined;
}

/** A logged freeze of the gateway, or its end. */
export interface FreezeEntry {
  readonly at: string;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  readonly pending?: 'keep' | 'void' | undefined;
  /** The number of approvals that it voided. */
  readonly voided?: number | undefined;
}

/** A logged change of the policies. */
export interface PolicyChangeEntry {
  readonly at: string;
  /** The names of all policies in effect. */
  readonly policy_names: readonly string[];
  /** The name of the policy that was applied; absent for changed files. */
  readonly applied?: string | undefined;
  readonly by?: string | undefined;
}

export interface EntryOptions {
  /** True to log the arguments, not only their hash. Default: false. */
  readonly arguments?: boolean | undefined;
}

type DecisionEvent = Extract<GatewayEvent, { readonly type: 'decision' }>;
type OutputEvent = Extract<GatewayEvent, { readonly type: 'output' }>;
type FreezeEvent = Extract<GatewayEvent, { readonly type: 'freeze' | 'unfreeze' }>;
type PolicyChangeEvent = Extract<GatewayEvent, { readonly type: 'policy-change' }>;
type GrantEvent = Extract<GatewayEvent, { readonly type: 'grant' }>;
type ApprovalEvent = Extract<GatewayEvent, { readonly type: 'approval' }>;

/** Entries without arguments: the log, the page and the command line need the same, and redacting takes its time. */
const entries = new WeakMap<DecisionEvent, DecisionEntry>();

/** Builds the entry of a decision. Never throws: a call whose arguments cannot be serialized still gets an entry. */
export function decisionEntry(event: DecisionEvent, options: EntryOptions = {}): DecisionEntry {
  if (options.arguments) return newEntry(event, options);
  const entry = entries.get(event) ?? newEntry(event, options);
  entries.set(event, entry);
  return entry;
}

function newEntry(
  { at, request, key, keyName, decision, fields = [] }: DecisionEvent,
  options: EntryOptions,
): DecisionEntry {
  const { name } = redactorsFor(options);
  const call = callFacts(request, options);
  return {
    at: at.toISOString(),
    trace_id: decision.traceId,
    decision: decision.decision,
    reason_codes: decision.reasonCodes,
    ...call,
    thread_id: request.threadId,
    tool_name: name(decision.toolName),
    operation: name(decision.operation),
    key_id: key,
    key_name: keyName,
    policy_name: decision.policyName,
    rule_id: decision.ruleId,
    reason: decision.reason,
    risk_score: decision.riskScore,
    risk_band: decision.riskBand,
    classifications: decision.classifications ?? [],
    fields: fields.length > 0 ? fields : undefined,
    approval_id: 'approvalId' in decision ? decision.approvalId : undefined,
    grant_id: 'grantId' in decision ? decision.grantId : undefined,
    ...(options.arguments && call.arguments_hash !== undefined ? { arguments: request.body } : {}),
  };
}

/** Builds the entry of a decision on an output. */
export function outputEntry(
  { at, request: { call }, key, keyName, decision }: OutputEvent,
  options: EntryOptions = {},
): OutputEntry {
  return {
    at: at.toISOString(),
    trace_id: decision.traceId,
    decision: decision.decision,
    reason_codes: decision.reasonCodes,
    ...callFacts(call, options),
    key_id: key,
    key_name: keyName,
    policy_name: decision.policyName,
    rule_id: decision.ruleId,
    reason: decision.reason,
  };
}

/** The facts of a call that its requester sent. */
function callFacts(request: ScanRequest, options: EntryOptions) {
  const { name, address } = redactorsFor(options);
  return {
    function_name: name(request.functionName),
    url: address(request.url),
    method: request.method,
    agent_id: name(request.agentId),
    agent_name: name(request.agentName),
    principal_id: request.principal?.id,
    run_id: request.runId,
    arguments_hash: argumentsHash(request.body),
  };
}

export function approvalEntry({ approval }: ApprovalEvent, options: EntryOptions = {}): Required<ApprovalEntry> {
  const { name, address, note } = redactorsFor(options);
  const isPending = approval.status === 'pending';
  const isEdited = approval.editedArguments !== undefined;
  const last = approval.approvers?.given.at(-1);
  return {
    at: ((isPending ? last?.at : approval.decidedAt) ?? new Date()).toISOString(),
    approval_id: approval.approvalId,
    status: isPending || approval.status === 'approved' ? approval.status : 'denied',
    decided_by: isPending ? last?.by : approval.decidedBy,
    note: note(isPending ? last?.note : approval.note),
    function_name: name(approval.functionName),
    tool_name: approval.outline?.toolName,
    operation: approval.outline?.operation,
    url: address(approval.url),
    method: approval.method,
    reason_codes: approval.reasonCodes,
    key_id: approval.key,
    key_name: approval.keyName,
    agent_id: name(approval.agentId),
    agent_name: name(approval.agentName),
    principal_id: approval.principalId,
    run_id: approval.runId,
    policy_name: approval.policyName,
    rule_id: approval.ruleId,
    reason: approval.reason,
    arguments_hash: (!isEdited && approval.outline?.argumentsHash) || argumentsHash(approval.arguments),
    edited_fields: approval.editedFields && shortPaths(approval.editedFields),
    sanitized_fields: approval.sanitizedFields && shortPaths(approval.sanitizedFields),
    edited_arguments_hash: isEdited ? approval.outline?.argumentsHash : undefined,
  };
}

export function grantEntry({ grant: stored }: GrantEvent, options: EntryOptions = {}): GrantEntry {
  const { approvalId, grant, revoked, expiresAt } = stored;
  const { name } = redactorsFor(options);
  const entry = approvalEntry({ type: 'approval', approval: stored }, options);
  return {
    ...entry,
    at: revoked?.at.toISOString() ?? entry.at,
    status: revoked ? 'revoked' : 'granted',
    grant_id: approvalId,
    approval_id: grant.approvalId,
    for: grant.for,
    free: grant.free?.map((each) => name(each)),
    expires_at: new Date(expiresAt).toISOString(),
    revoked_by: revoked?.by,
  };
}

export function freezeEntry(event: FreezeEvent): FreezeEntry {
  if (event.type === 'unfreeze') return { at: event.at.toISOString(), by: event.by };
  const { at, ...freeze } = event.freeze;
  return { at: at.toISOString(), ...freeze, voided: event.voided };
}

export function policyChangeEntry({ at, policyNames, applied, by }: PolicyChangeEvent): PolicyChangeEntry {
  return { at: at.toISOString(), policy_names: policyNames, applied, by };
}

/** Removes the arguments of an entry, and redacts its names, URL and note. */
export function withoutArguments({ arguments: _arguments, approval, ...entry }: DecisionEntry): DecisionEntry {
  const { name, address, note } = redactorsFor({});
  return {
    ...entry,
    approval: approval && { ...approval, note: note(approval.note) },
    function_name: name(entry.function_name),
    tool_name: name(entry.tool_name),
    operation: name(entry.operation),
    // A URL whose host was redacted does not parse.
    url: entry.url === undefined ? undefined : (address(entry.url) ?? name(entry.url)),
    agent_id: name(entry.agent_id),
    agent_name: name(entry.agent_name),
  };
}

/** Creates redactors for names, URLs and notes, because the model can put arguments into all of them. */
function redactorsFor(options: EntryOptions) {
  const unchanged = <Value extends string | undefined>(value: Value): Value => value;
  if (options.arguments === true) return { name: unchanged, address: unchanged, note: unchanged };
  const redacted =
    (clean: (text: string) => string) =>
    <Value extends string | undefined>(value: Value) =>
      value === undefined ? value : clean(value);
  return { name: redacted(redactName), address: redactAddress, note: redacted(redactText) };
}

function argumentsHash(body: unknown): string | undefined {
  try {
    return canonicalHash(body);
  } catch {
    // Nested too deep, or not JSON.
    return undefined;
  }
}

function redactAddress(url: string): string | undefined {
  const { protocol, host = '', pathname } = parseUrl(url) ?? {};
  return host === '' ? undefined : shortRedactedUrl(`${protocol}//${host}${pathname}`, []);
}
