import { APPROVER_ENVIRONMENT, APPROVER_OPTIONS, APPROVER_REFUSED } from './approver-options.ts';
import pLimit from 'p-limit';
import { createApprover, type ApprovalHead, type ApprovalView, type Approver } from './approver.ts';
import { command, type Command } from './command.ts';
import { duration } from './duration.ts';
import { oneLine, shownJson } from './visible.ts';

/** How many calls are fetched at a time. */
const AT_ONCE = 4;
/** Enough to judge by; `--reveal` shows all. */
const MOST_SHOWN = 2_000;

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
    const approver = createApprover(values.url, io);
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
    io.write(approvals.map((approval) => asText(approval, at, values.reveal)).join('\n'));
    return 0;
  },
});

/** With what is to run. One that the gateway has forgotten meanwhile is left out. */
async function withCalls(heads: readonly ApprovalHead[], approver: Approver): Promise<readonly ApprovalView[]> {
  const some = pLimit(AT_ONCE);
  const found = await Promise.all(heads.map(async ({ approval_id: id }) => some(async () => approver.one(id))));
  return found.filter((approval) => approval !== undefined);
}

function withoutExact({ arguments: _arguments, headers: _headers, url: _url, ...rest }: ApprovalView) {
  return rest;
}

function asText(approval: ApprovalView, now: number, isRevealed: boolean): string {
  const { approval_id: id, summary, function_name: functionName, redacted_fields: hidden } = approval;
  const shown = (exact: unknown, redacted: unknown): string =>
    isRevealed ? shownJson(exact) : shownJson(redacted, MOST_SHOWN);
  const rows = [
    ['tool', toolOf(approval, isRevealed ? approval.url : approval.redacted_url)],
    ['asked by', askerOf(approval)],
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
function askerOf({ key_id: key, agent_name: name, agent_id: id }: ApprovalView): string {
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
