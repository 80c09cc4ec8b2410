import {
  APPROVER_ENVIRONMENT,
  APPROVER_OPTIONS,
  APPROVER_REFUSED,
  MAX_SHOWN_CHARACTERS,
  requesterOf,
  wholeId,
} from './approvals.ts';
import { createApprovalsClient, type GrantView } from './approvals-client.ts';
import { command, type Command } from './command.ts';
import { duration, oneLine, shownJson } from './format.ts';

export const approvalsGrants: Command = command({
  name: 'grants',
  summary: 'Show the grants by which calls need no approval',
  description: 'A grant is given with approvals approve ID --for conversation or --for similar.',
  options: APPROVER_OPTIONS,
  environment: APPROVER_ENVIRONMENT,
  refused: APPROVER_REFUSED,
  examples: [['interven-openai-assistants approvals grants', 'grants in effect, and those that ended just now']],
  async run({ values, json }, io) {
    const listed = await createApprovalsClient(values.url, io).grants();
    const at = listed.now === undefined ? Date.now() : Date.parse(listed.now);
    const text =
      listed.grants.length === 0 ? 'No grants.\n' : listed.grants.map((one) => grantText(one, at)).join('\n');
    io.write(json ? `${JSON.stringify(listed)}\n` : text);
    return 0;
  },
});

export const approvalsRevoke: Command = command({
  name: 'revoke',
  summary: 'End a grant',
  description: 'ID is a grant’s id from approvals grants, or a unique prefix of at least 8 characters.',
  operands: 'ID',
  options: APPROVER_OPTIONS,
  environment: APPROVER_ENVIRONMENT,
  refused: APPROVER_REFUSED,
  examples: [['interven-openai-assistants approvals revoke 3f2a91bc', 'requires approvals again']],
  async run({ values, operands: [given = ''], json }, io) {
    const approver = createApprovalsClient(values.url, io);
    const id = await wholeId('grant', given, async () =>
      (await approver.grants()).grants.map(({ grant_id: each }) => each),
    );
    const revoked = await approver.revoke(id);
    io.write(json ? `${JSON.stringify(revoked)}\n` : `revoked: ${oneLine(revoked.function_name)}, ${oneLine(id)}\n`);
    return 0;
  },
});

function grantText(grant: GrantView, now: number): string {
  const { grant_id: id, status, function_name: name, description, pinned, expires_at: expires } = grant;
  const left = status === 'active' ? `${duration(Date.parse(expires) - now)} left` : status;
  const rows = [
    ['pinned', pinned === undefined ? '' : shownJson(pinned, MAX_SHOWN_CHARACTERS)],
    ['for', requesterOf(grant)],
    ['granted', grant.granted_by === undefined ? '' : `by ${grant.granted_by}, with the approval ${grant.approval_id}`],
    ['revoked', grant.revoked_by === undefined ? '' : `by ${grant.revoked_by}`],
    ['note', grant.note ?? ''],
  ] as const;
  const lines = rows.filter(([, text]) => text !== '').map(([row, text]) => `  ${row.padEnd(9)}  ${oneLine(text)}`);
  return `${[`${oneLine(id)}  ${left}`, `  ${oneLine(name)}: ${oneLine(description)}`, ...lines].join('\n')}\n`;
}
