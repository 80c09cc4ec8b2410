import pLimit from 'p-limit';
import {
  createApprovalsClient,
  type ApprovalHead,
  type ApprovalView,
  type ApprovalsClient,
} from './approvals-client.ts';
import { command, type Command, CommandError, type TextOption } from './command.ts';
import { duration, oneLine, shownJson } from './format.ts';

/** What the commands for approvers have in common. */
export const APPROVER_OPTIONS: { readonly url: TextOption } = {
  url: {
    type: 'string',
    value: 'URL',
    description: 'the gateway’s address (default: INTERVEN_GATEWAY_URL, else http://127.0.0.1:4000)',
  },
};

export const APPROVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  INTERVEN_APPROVER_TOKEN: 'the approver’s token; no option, since other users of a machine see arguments',
  INTERVEN_GATEWAY_URL: 'the gateway’s address',
};

export const APPROVER_REFUSED: Readonly<Record<string, string>> = {
  token:
    'other users of this machine see arguments, and the shell keeps them. Put the token into INTERVEN_APPROVER_TOKEN, and have this one replaced.',
};

/** How many calls are fetched at a time. */
const MAX_CONCURRENT_REQUESTS = 4;
/** Enough to judge by; `--reveal` shows all. */
const MAX_SHOWN_CHARACTERS = 2_000;

const NOT_KEPT = 'not kept any more: they were large, and the approval is over';

export const approvalsList: Command = command({
  name: 'list',
  summary: 'Show the calls that wait for a person',
  options: {
    all: { type: 'boolean', description: 'also those that are decided or expired' },
    reveal: { type: 'boolean', description: 'the exact arguments and address, with what is redacted otherwise' },
    ...APPROVER_OPTIONS,
  },
  environment: APPROVER_ENVIRONMENT,
  refused: APPROVER_REFUSED,
  examples: [
    ['interven-openai-assistants approvals list', 'what waits?'],
    ['interven-openai-assistants approvals list --all --json', 'all that are kept, for a program'],
  ],
  async run({ values, json }, io) {
    const approver = createApprovalsClient(values.url, io);
    const { approvals: heads, now } = await approver.list(values.all ? 'all' : 'pending');
    const approvals = await withCalls(heads, approver);
    if (json) {
      const listed = values.reveal ? approvals : approvals.map(withoutExact);
      io.write(`${JSON.stringify({ approvals: listed, now })}\n`);
      return 0;
    }
    if (approvals.length === 0) io.write(values.all ? 'There are no approvals.\n' : 'Nothing waits.\n');
    // The gateway's clock, where it says it.
    const at = now === undefined ? Date.now() : Date.parse(now);
    io.write(approvals.map((approval) => approvalText(approval, at, values.reveal)).join('\n'));
    return 0;
  },
});

/** With what is to run. One that the gateway has forgotten meanwhile is left out. */
async function withCalls(heads: readonly ApprovalHead[], approver: ApprovalsClient): Promise<readonly ApprovalView[]> {
  const some = pLimit(MAX_CONCURRENT_REQUESTS);
  const found = await Promise.all(heads.map(async ({ approval_id: id }) => some(async () => approver.one(id))));
  return found.filter((approval) => approval !== undefined);
}

function withoutExact({ arguments: _arguments, headers: _headers, url: _url, ...rest }: ApprovalView) {
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
    ['arguments', approval.is_call_gone ? NOT_KEPT : shown(approval.arguments, approval.redacted_arguments)],
    ['hidden', isRevealed || !approval.is_all_redacted ? '' : 'all arguments, as they cannot be made clean'],
    ['redacted', isRevealed ? '' : hidden.join(', ')],
    ['headers', approval.headers === undefined ? '' : shown(approval.headers, approval.redacted_headers)],
    ['decided', decisionOf(approval)],
  ] as const;
  const lines = rows.filter(([, text]) => text !== '').map(([name, text]) => `  ${name.padEnd(9)}  ${oneLine(text)}`);
  return `${[`${oneLine(id)}  ${timesOf(approval, now)}`, `  ${oneLine(summary ?? functionName)}`, ...lines].join('\n')}\n`;
}

/** The key is known; the name is what the asker says. */
function requesterOf({ key_id: key, agent_name: name, agent_id: id }: ApprovalView): string {
  const agent = name ?? id;
  const parts = [key === undefined ? '' : `key ${key}`, agent === undefined ? '' : `says it is ${agent}`];
  return parts.filter((part) => part !== '').join(' · ');
}

function toolOf(approval: ApprovalView, url: string | undefined): string {
  const { function_name: functionName, tool_name: tool, operation, method } = approval;
  const target = [tool, operation].filter((part) => part !== undefined && part !== functionName).join(' ');
  const address = [method, url].filter((part) => part !== undefined).join(' ');
  return [functionName, target, address].filter((part) => part !== '').join(' · ');
}

function ruleOf({ rule_id: rule, policy_name: policy, reason_codes: codes }: ApprovalView): string {
  const name = [rule, policy].filter((part) => part !== undefined).join(' of ');
  return [name, codes.join(', ')].filter((part) => part !== '').join(' · ');
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

/** A beginning that is shorter could be another approval's by chance. */
const MIN_PREFIX_LENGTH = 8;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const approvalsApprove: Command = deciding('approve', 'Let a call run that waits for a person');
export const approvalsDeny: Command = deciding('deny', 'Refuse a call that waits for a person');

function deciding(say: 'approve' | 'deny', summary: string): Command {
  return command({
    name: say,
    summary,
    description: `ID is as approvals list shows it, or its beginning of ${MIN_PREFIX_LENGTH} characters or more, as long as it is the only one.`,
    operands: 'ID',
    options: {
      note: { type: 'string', value: 'TEXT', description: 'why; it is kept with the decision' },
      ...APPROVER_OPTIONS,
    },
    environment: APPROVER_ENVIRONMENT,
    refused: APPROVER_REFUSED,
    examples: [
      [
        `interven-openai-assistants approvals ${say} 3f2a91bc --note "${say === 'approve' ? 'asked Ann' : 'nobody asked for it'}"`,
        `${say === 'approve' ? 'approves' : 'denies'} the call and says why`,
      ],
    ],
    async run({ values, operands: [given = ''], json }, io) {
      const approver = createApprovalsClient(values.url, io);
      const decided = await approver.decide(await wholeId(given, approver), say, values.note);
      io.write(json ? `${JSON.stringify(decided)}\n` : decisionText(decided));
      return 0;
    },
  });
}

async function wholeId(given: string, approver: ApprovalsClient): Promise<string> {
  if (UUID.test(given)) return given;
  if (given.length < MIN_PREFIX_LENGTH) {
    throw new CommandError(
      2,
      `"${oneLine(given)}" is too short for the beginning of an id; ${MIN_PREFIX_LENGTH} characters are needed.`,
    );
  }
  const { approvals } = await approver.list('all');
  const matches = approvals.filter(({ approval_id: id }) => id.startsWith(given));
  const [only, other] = matches;
  if (!only)
    throw new CommandError(
      3,
      `No approval's id begins with "${oneLine(given)}"; approvals list shows those that wait.`,
    );
  if (other) {
    const ids = matches.map(({ approval_id: id }) => oneLine(id)).join(', ');
    throw new CommandError(
      2,
      `"${oneLine(given)}" is the beginning of ${matches.length} ids: ${ids}. Write more of it.`,
    );
  }
  return only.approval_id;
}

function decisionText({
  approval_id: id,
  status,
  summary,
  function_name: functionName,
  decided_by: by,
}: ApprovalHead): string {
  const who = by === undefined ? '' : ` by ${oneLine(by)}`;
  return `${status}${who}: ${oneLine(summary ?? functionName)} (${oneLine(id)})\n`;
}
