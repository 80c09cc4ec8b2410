import { readFile } from 'node:fs/promises';
import pLimit from 'p-limit';
import { type ApprovalHead, type ApprovalView, type ApprovalsClient, type Grant } from './approvals-client.ts';
import { readArguments } from './call-input.ts';
import type { JsonObject } from '../internal/json.ts';
import { approverCommand } from './approver-command.ts';
import { type Command, CommandError, orFail, type TextOption } from './command.ts';
import { duration, factLines, millisecondsOf, oneLine, shownJson } from './format.ts';

/** Maximum number of calls fetched concurrently. */
const MAX_CONCURRENT_REQUESTS = 4;
/** Maximum size of arguments without `--reveal`. */
export const MAX_SHOWN_CHARACTERS: number = 2_000;

const NOT_KEPT = 'no longer available: large arguments are dropped after the decision';

export const approvalsList: Command = approverCommand({
  name: 'list',
  summary: 'Show pending approvals',
  options: {
    all: { type: 'boolean', description: 'also decided and expired approvals' },
    reveal: { type: 'boolean', description: 'show exact arguments and URLs, without redaction' },
  },
  examples: [
    ['interven-openai-assistants approvals list', 'pending approvals'],
    ['interven-openai-assistants approvals list --all --json', 'all approvals, as JSON'],
  ],
  async run({ values: { all, reveal } }, connect) {
    const approver = connect();
    const { approvals: heads, now } = await approver.list(all ? 'all' : 'pending');
    const approvals = await withCalls(heads, approver);
    // The gateway's clock, if the reply has it.
    const at = now === undefined ? Date.now() : Date.parse(now);
    const texts = approvals.map((approval) => approvalText(approval, at, reveal));
    const none = all ? 'No approvals.\n' : 'No pending approvals.\n';
    return [
      { approvals: reveal ? approvals : approvals.map(withoutExact), now },
      approvals.length === 0 ? none : texts.join('\n'),
    ];
  },
});

/** Adds the calls. Approvals that the gateway dropped meanwhile are left out. */
async function withCalls(heads: readonly ApprovalHead[], approver: ApprovalsClient): Promise<readonly ApprovalView[]> {
  const some = pLimit(MAX_CONCURRENT_REQUESTS);
  const found = await Promise.all(heads.map(async ({ approval_id: id }) => some(async () => approver.one(id))));
  return found.filter((approval) => approval !== undefined);
}

function withoutExact(approval: ApprovalView) {
  const { arguments: _arguments, requested_arguments: _requested, headers: _headers, url: _url, ...rest } = approval;
  return rest;
}

function approvalText(approval: ApprovalView, now: number, isRevealed: boolean): string {
  const { approval_id: id, summary, function_name: functionName, redacted_fields: hidden } = approval;
  const shown = (exact: unknown, redacted: unknown): string =>
    isRevealed ? shownJson(exact) : shownJson(redacted, MAX_SHOWN_CHARACTERS);
  const rows = [
    ['tool', toolOf(approval, isRevealed ? approval.url : approval.redacted_url)],
    ['asked by', requesterOf(approval)],
    ['held by', ruleOf(approval)],
    ['reason', approval.reason ?? ''],
    ['risk', riskOf(approval)],
    ['values', sourcesOf(approval)],
    ...(approval.conversation?.user_messages ?? []).map((said) => ['user said', said] as const),
    ['needs', approval.approvers?.summary ?? ''],
    ['not you', approval.refused ?? ''],
    ['may grant', grantsText(approval)],
    ['edited', editText(approval)],
    ['arguments', approval.is_call_gone ? NOT_KEPT : shown(approval.arguments, approval.redacted_arguments)],
    ['hidden', isRevealed || !approval.is_all_redacted ? '' : 'all arguments, as they cannot be made clean'],
    ['redacted', isRevealed ? '' : hidden.join(', ')],
    ['headers', approval.headers === undefined ? '' : shown(approval.headers, approval.redacted_headers)],
    ['decided', decisionOf(approval)],
  ] as const;
  return `${oneLine(id)}  ${timesOf(approval, now)}\n  ${oneLine(summary ?? functionName)}\n${factLines(rows)}`;
}

/** Describes the requester. The gateway verified the key, but not the agent's name and the principal. */
export function requesterOf({
  key_id: key,
  key_name: keyName,
  agent_name: name,
  agent_id: id,
  principal_id: principal,
}: Pick<ApprovalView, 'key_id' | 'key_name' | 'agent_name' | 'agent_id' | 'principal_id'>): string {
  const agent = name ?? id;
  const parts = [
    key === undefined ? '' : `key ${keyName ?? key}`,
    agent === undefined ? '' : `claims to be ${agent}`,
    principal === undefined ? '' : `on behalf of ${principal}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function riskOf({ risk_band: band, risk_signals: signals }: ApprovalView): string {
  return band === undefined ? '' : `${band.toLowerCase()}: ${signals.join(', ')}`;
}

/** Says which tools returned the arguments that a rule found. */
function sourcesOf({ value_sources: sources }: ApprovalView): string {
  const from = (tools: readonly string[], isQuoted: boolean): string =>
    isQuoted ? 'a quote of the user' : tools.join(', ') || 'neither user nor tools';
  return sources.map(({ path, tools, is_quoted: isQuoted }) => `${path} from ${from(tools, isQuoted)}`).join('; ');
}

/** Leaves out the names that stand for an unknown service, and for a tool without an address of its own. */
function toolOf(approval: ApprovalView, url: string | undefined): string {
  const { function_name: functionName, tool_name: tool, operation, method } = approval;
  const names = [tool, operation].filter((part) => part !== undefined && part !== 'custom_proxy');
  const target = names.filter((part) => part !== functionName).join(' ');
  const hasAddress = url !== `https://tools.invalid/${encodeURIComponent(functionName)}`;
  const address = hasAddress ? [method, url].filter((part) => part !== undefined).join(' ') : '';
  return [functionName, target, address].filter((part) => part !== '').join(' · ');
}

function ruleOf({ rule_id: rule, policy_name: policy, reason_codes: codes }: ApprovalView): string {
  const name = [rule, policy].filter((part) => part !== undefined).join(' of ');
  return [name, codes.join(', ')].filter((part) => part !== '').join(' · ');
}

function grantsText({ may_grant: terms }: ApprovalView): string {
  return terms ? `--for ${terms.for.join(' or ')}, at most ${duration(terms.max_minutes * 60_000)}` : '';
}

/** Names the arguments that an approver edited, and those of them that rules redacted. */
function editText({ edited_fields: edited, sanitized_fields: sanitized }: ApprovalHead): string {
  return [
    ...(edited.length > 0 ? [edited.join(', ')] : []),
    ...(sanitized.length > 0 ? [`redacted by a rule: ${sanitized.join(', ')}`] : []),
  ].join('; ');
}

function timesOf({ status, created_at: created, expires_at: expires }: ApprovalView, now: number): string {
  const age = `asked ${duration(now - Date.parse(created))} ago`;
  return status === 'pending' ? `${age}, ${duration(Date.parse(expires) - now)} left` : `${age}, ${status}`;
}

function decisionOf({ status, decided_by: by, note }: ApprovalView): string {
  if (status === 'pending' || by === undefined) return '';
  const what = status === 'expired' ? `approved by ${by}, not used in time` : `${status} by ${by}`;
  return `${what}${note === undefined ? '' : `: ${note}`}`;
}

/** A shorter prefix could match another approval by chance. */
const MIN_PREFIX_LENGTH = 8;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

const ID_DESCRIPTION = `ID is an approval id from approvals list, or a unique prefix of at least ${MIN_PREFIX_LENGTH} characters.`;
const NOTE: TextOption = { type: 'string', value: 'TEXT', description: 'the reason; stored with the decision' };

export const approvalsApprove: Command = approverCommand({
  name: 'approve',
  summary: 'Approve a pending call',
  description: `${ID_DESCRIPTION} With --for, further calls need no approval, as far as the rule’s x_grant allows it.`,
  operands: 'ID',
  options: {
    for: {
      type: 'string',
      value: 'KIND',
      description:
        'conversation: also calls of this tool in this conversation; similar: also those with the same arguments',
    },
    pin: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      description: 'with --for similar: an argument that must be the same; the others may differ (default: all)',
    },
    until: {
      type: 'string',
      value: 'TIME',
      description:
        'with --for: when it ends, such as 45m, 8h or 2026-03-01T18:00:00Z (default: as late as the rule allows)',
    },
    edit: {
      type: 'string',
      value: 'FILE',
      description: 'JSON of the arguments to run instead; the rules judge the edited call again',
    },
    note: NOTE,
  },
  examples: [
    ['interven-openai-assistants approvals approve 3f2a91bc --note "asked Ann"', 'approves the call, with a note'],
    [
      'interven-openai-assistants approvals approve 3f2a91bc --for similar --pin to --until 8h',
      'approves it, and for 8 hours all calls with the same argument "to"',
    ],
  ],
  async run({ values, operands: [given = ''] }, connect) {
    const grant = grantOf(values);
    const edited = values.edit === undefined ? undefined : await argumentsIn(values.edit);
    const approver = connect();
    const body = { note: values.note, grant, arguments: edited };
    const decided = await approver.decide(await approvalIdOf(given, approver), 'approve', body);
    const hint = grant && decided.status === 'approved' ? 'approvals grants lists the grant for further calls.\n' : '';
    return [decided, `${decisionText(decided)}${hint}`];
  },
});

export const approvalsDeny: Command = approverCommand({
  name: 'deny',
  summary: 'Deny a pending call',
  description: ID_DESCRIPTION,
  operands: 'ID',
  options: { note: NOTE },
  examples: [
    ['interven-openai-assistants approvals deny 3f2a91bc --note "not requested"', 'denies the call, with a note'],
  ],
  async run({ values: { note }, operands: [given = ''] }, connect) {
    const approver = connect();
    const decided = await approver.decide(await approvalIdOf(given, approver), 'deny', { note });
    return [decided, decisionText(decided)];
  },
});

interface GrantValues {
  readonly for: string | undefined;
  readonly pin: readonly string[];
  readonly until: string | undefined;
}

function grantOf({ for: kind, pin, until }: GrantValues): Grant | undefined {
  if (kind === undefined && (pin.length > 0 || until !== undefined))
    throw new CommandError(2, '--pin and --until need --for conversation or --for similar.');
  if (kind === undefined) return undefined;
  if (kind !== 'conversation' && kind !== 'similar')
    throw new CommandError(2, `--for is "${oneLine(kind)}"; it must be conversation or similar.`);
  return {
    for: kind,
    ...(pin.length > 0 ? { pinned: pin } : {}),
    ...(until === undefined ? {} : { until: endOf(until).toISOString() }),
  };
}

function endOf(until: string): Date {
  const isTime = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(until) && Number.isFinite(Date.parse(until));
  return isTime ? new Date(until) : new Date(Date.now() + millisecondsOf('--until', until));
}

async function approvalIdOf(given: string, approver: ApprovalsClient): Promise<string> {
  return wholeId('approval', given, async () => (await approver.list('all')).approvals.map((one) => one.approval_id));
}

/** Completes the prefix of an id. */
export async function wholeId(
  what: 'approval' | 'grant',
  given: string,
  list: () => Promise<readonly string[]>,
): Promise<string> {
  if (UUID.test(given)) return given;
  if (given.length < MIN_PREFIX_LENGTH) {
    throw new CommandError(
      2,
      `"${oneLine(given)}" is too short for an id prefix. Use at least ${MIN_PREFIX_LENGTH} characters.`,
    );
  }
  const matches = (await list()).filter((id) => id.startsWith(given));
  const [only, other] = matches;
  if (only === undefined) {
    const where = what === 'approval' ? 'pending approvals with approvals list' : 'grants with approvals grants';
    throw new CommandError(3, `No ${what} id starts with "${oneLine(given)}". List ${where}.`);
  }
  if (other !== undefined) {
    const ids = matches.map(oneLine).join(', ');
    throw new CommandError(2, `"${oneLine(given)}" matches ${matches.length} ids: ${ids}. Use a longer prefix.`);
  }
  return only;
}

/** @throws CommandError for a file that cannot be read, or that has no JSON object */
async function argumentsIn(file: string): Promise<JsonObject> {
  const text = await orFail(`The arguments in ${file} cannot be read`, readFile(file, 'utf8'));
  const read = readArguments(text.replace(/^\ufeff/, ''));
  if (typeof read === 'string') throw new CommandError(2, `Not decided: ${file} ${oneLine(read)}`);
  return read;
}

function decisionText(head: ApprovalHead): string {
  const { approval_id: id, status, summary, function_name: functionName, decided_by: by, approvers } = head;
  const who = by === undefined ? '' : ` by ${oneLine(by)}`;
  const missing = status === 'pending' && approvers ? ` (${oneLine(approvers.summary)})` : '';
  const edit = editText(head);
  const edited = edit === '' ? '' : `Edited: ${oneLine(edit)}\n`;
  return `${status}${who}${missing}: ${oneLine(summary ?? functionName)} (${oneLine(id)})\n${edited}`;
}
