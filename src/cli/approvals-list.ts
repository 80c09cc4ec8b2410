import { APPROVER_ENVIRONMENT, APPROVER_OPTIONS, APPROVER_REFUSED } from './approver-options.ts';
import { createApprover, type ApprovalView } from './approver.ts';
import { command, type Command } from './command.ts';
import { duration } from './duration.ts';
import { oneLine, shownJson } from './visible.ts';

/** Enough to judge by; `--reveal` shows all. */
const MOST_SHOWN = 2_000;

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
    const { approvals, now } = await createApprover(values.url, io).list(values.all ? 'all' : 'pending');
    if (json) {
      const listed = values.reveal
        ? approvals
        : approvals.map(({ arguments: _exact, ...rest }) => ({ ...rest, url: shortUrl(rest.url) }));
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

function asText(approval: ApprovalView, now: number, isRevealed: boolean): string {
  const { approval_id: id, summary, function_name: functionName, redacted_fields: hidden } = approval;
  const exact = shownJson(approval.arguments);
  const shown = isRevealed ? exact : shownJson(approval.redacted_arguments, MOST_SHOWN);
  const rows = [
    ['tool', toolOf(isRevealed ? approval : { ...approval, url: shortUrl(approval.url) })],
    ['agent', approval.agent_name ?? approval.agent_id ?? ''],
    ['asked by', ruleOf(approval)],
    ['arguments', shown],
    ['redacted', isRevealed ? '' : hidden.join(', ')],
    ['decided', decisionOf(approval)],
  ] as const;
  const lines = rows.filter(([, text]) => text !== '').map(([name, text]) => `  ${name.padEnd(9)}  ${oneLine(text)}`);
  return `${[`${oneLine(id)}  ${timesOf(approval, now)}`, `  ${oneLine(summary ?? functionName)}`, ...lines].join('\n')}\n`;
}

function toolOf({ function_name: functionName, tool_name: tool, operation, method, url }: ApprovalView): string {
  const target = [tool, operation].filter((part) => part !== undefined && part !== functionName).join(' ');
  const address = [method, url].filter((part) => part !== undefined).join(' ');
  return [functionName, target, address].filter((part) => part !== '').join(' · ');
}

/** Paths and queries are arguments too: some services' addresses are secrets. */
function shortUrl(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin, href } = new URL(url);
  return href === `${origin}/` ? href : `${origin}/…`;
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
  return `${status} by ${by}${note === undefined ? '' : `: ${note}`}`;
}
